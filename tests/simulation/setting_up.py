"""The contest at the beginning, as its owner has made it: a team, an owner, a key, rules and all stores."""

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership, Team, User
from contests.models import Contest, PointRule
from contests.services import create_contest, create_entry, publish_rules
from purchases.stores.connections import create_connection
from tests.purchases.stores.deliveries import SECRET
from tests.simulation.account import FIRST_PURCHASE, MOST_A_PURCHASE
from tests.simulation.calls import Target
from tests.simulation.stores import STORES

CALLS_PER_MINUTE = 1_000_000
ADVOCATE, FRIEND = 50, 25
PASSWORD = "a password for two weeks"
HEIR = "heir@example.com"


def set_up(base_url: str) -> Target:
    team = Team.objects.create(name="Simulation")
    owner = User.objects.create_user("owner", password=PASSWORD, is_staff=True)
    Membership.objects.create(team=team, user=owner, role=Membership.Role.OWNER)
    contest = create_contest(team, title="Two weeks", slug="two-weeks", status=Contest.Status.ACTIVE, is_evergreen=True)
    Contest.objects.filter(pk=contest.pk).update(
        cap_per_purchase=MOST_A_PURCHASE, advocate_points=ADVOCATE, friend_points=FRIEND
    )
    contest.refresh_from_db()
    set_points_per_unit(contest, 1)
    create_entry(contest, HEIR)
    key = ApiKey(team=team, kind=ApiKey.Kind.PRIVATE, name="Shop", rate_limit=CALLS_PER_MINUTE)
    secret = key.new_secret()
    key.save()
    connections = {
        kind: create_connection(contest, kind=kind, name=f"My {kind}", secret=words.secret).pk
        for kind, words in STORES.items()
    }
    create_connection(contest, kind="custom", name="Own shop", secret=SECRET)
    return Target(base_url, contest.pk, secret, owner.username, PASSWORD, connections, SECRET)


def set_points_per_unit(contest: Contest, points: int) -> None:
    """Publish other rules."""
    contest.rules.all().delete()
    PointRule.objects.create(contest=contest, points_per_unit=points)
    PointRule.objects.create(contest=contest, points_per_unit=0, fixed_points=FIRST_PURCHASE, first_purchase_only=True)
    publish_rules(contest)
