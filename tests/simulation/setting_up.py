"""The contest at the beginning, as its owner has made it: a team, an owner, a key, rules and all stores."""

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.audit.context import AuditContext
from contests.models import Contest, PointRule
from contests.services import create_contest, create_entry, publish_rules
from purchases.models import EventKind
from purchases.outgoing.endpoints import add_endpoint
from purchases.stores.connections import create_connection
from tests.purchases.stores.deliveries import SECRET
from tests.simulation.account import FIRST_PURCHASE, MOST_A_PURCHASE
from tests.simulation.calls import Target
from tests.simulation.receiver import Receiver
from tests.simulation.stores import STORES

CALLS_PER_MINUTE = 1_000_000
ADVOCATE, FRIEND = 50, 25
PASSWORD = "a password for two weeks"
ROOT_LOGIN = "root"
HEIR = "heir@example.com"
ALL_EVENTS, ENDED = "/all", "/ended"  # where the receiver is told


def set_up(base_url: str, receiver: Receiver) -> Target:
    team = Team.objects.create(name="Simulation")
    owner = User.objects.create_user("owner", password=PASSWORD, is_staff=True)
    Membership.objects.create(team=team, user=owner, role=Membership.Role.OWNER)
    User.objects.create_superuser(ROOT_LOGIN, password=PASSWORD, must_change_password=False)
    contest = create_contest(team, title="Two weeks", slug="two-weeks", status=Contest.Status.ACTIVE, is_evergreen=True)
    Contest.objects.filter(pk=contest.pk).update(
        cap_per_purchase=MOST_A_PURCHASE, advocate_points=ADVOCATE, friend_points=FRIEND
    )
    contest.refresh_from_db()
    set_points_per_unit(contest, 1)
    subscribe(contest, receiver, ALL_EVENTS)
    create_entry(contest, HEIR)
    secret, public = new_key(team, "Shop", ApiKey.Kind.PRIVATE), new_key(team, "Browser", ApiKey.Kind.PUBLIC)
    connections = {
        kind: create_connection(contest, kind=kind, name=f"My {kind}", secret=words.secret).pk
        for kind, words in STORES.items()
    }
    create_connection(contest, kind="custom", name="Own shop", secret=SECRET)
    return Target(base_url, contest.pk, secret, owner.username, PASSWORD, connections, SECRET, public)


def subscribe(contest: Contest, receiver: Receiver, path: str, *kinds: EventKind) -> None:
    """Tell the receiver of these events of a contest, or of all."""
    _, secret = add_endpoint(
        contest, name=f"To {path}", url=receiver.url(path), kinds=list(kinds or EventKind), audit=AuditContext()
    )
    receiver.received.secrets[path] = secret


def new_key(team: Team, name: str, kind: str) -> str:
    key = ApiKey(team=team, kind=kind, name=name, rate_limit=CALLS_PER_MINUTE)
    secret: str = key.new_secret()
    key.save()
    return secret


def set_points_per_unit(contest: Contest, points: int) -> None:
    """Publish other rules."""
    contest.rules.all().delete()
    PointRule.objects.create(contest=contest, points_per_unit=points)
    PointRule.objects.create(contest=contest, points_per_unit=0, fixed_points=FIRST_PURCHASE, first_purchase_only=True)
    publish_rules(contest)
