"""Demo data: a team, a running contest with three entries, two keys, three logins."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from apikeys.models import ApiKey, default_rate_limit
from blitzrocket import strict_json
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.devserver.environment import write_private
from contests.models import Contest
from contests.services import create_contest, create_entry

TEAM = "Demo team"
ENTRIES = ("ada@example.com", "grace@example.com", "linus@example.com")
PASSWORD_BYTES = 9


@dataclass(frozen=True)
class Login:
    username: str
    password: str


@dataclass(frozen=True)
class Demo:
    """The demo data with its secrets, which are not stored in the database."""

    contest_id: str
    private_key: str
    public_key: str
    entries: tuple[str, ...]
    admin: Login
    owner: Login
    support: Login

    def as_json(self, base_url: str) -> dict[str, Any]:
        """The data as in ``demo.json``."""
        return {
            "baseUrl": base_url,
            "contestId": self.contest_id,
            "privateKey": self.private_key,
            "publicKey": self.public_key,
            "entries": list(self.entries),
            "admin": asdict(self.admin),
            "owner": asdict(self.owner),
            "support": asdict(self.support),
        }


class NotEmpty(Exception):
    """The database has teams or users, perhaps of a real shop, or of a demo whose secrets are lost."""


def create_demo_data() -> Demo:
    """Create the demo data in one transaction.

    Raises:
        NotEmpty: there are teams or users in the database.
    """
    if Team.objects.exists() or User.objects.exists():
        raise NotEmpty
    with transaction.atomic():
        team = Team.objects.create(name=TEAM)
        contest = create_contest(
            team, title="Summer giveaway", slug="summer-giveaway", status=Contest.Status.ACTIVE, is_evergreen=True
        )
        for email in ENTRIES:
            create_entry(contest, email, name=email.partition("@")[0].title())
        return Demo(
            contest_id=contest.pk,
            private_key=_make_key(team, ApiKey.Kind.PRIVATE),
            public_key=_make_key(team, ApiKey.Kind.PUBLIC),
            entries=ENTRIES,
            admin=_make_login("admin", is_superuser=True),
            owner=_make_login("owner", team=team, role=Membership.Role.OWNER),
            support=_make_login("support", team=team, role=Membership.Role.SUPPORT),
        )


def demo_once(path: Path, base_url: str) -> dict[str, Any]:
    """The demo's keys and logins: created on the first start, read from their file later.

    Empty where the database has teams or users of its own.
    """
    demo: dict[str, Any] = strict_json.read(path.read_bytes()) if path.exists() else {}
    # The file is written before the commit. After a kill between the two, the contest in the file does not exist, and
    # the data is created again.
    if not Contest.objects.filter(pk=demo.get("contestId")).exists():
        try:
            with transaction.atomic():
                demo = create_demo_data().as_json(base_url)
                write_private(path, strict_json.write(demo).decode())
        except NotEmpty:
            return {}
    elif demo["baseUrl"] != base_url:
        demo["baseUrl"] = base_url
        write_private(path, strict_json.write(demo).decode())
    return demo


def _make_key(team: Team, kind: ApiKey.Kind) -> str:
    key = ApiKey(team=team, kind=kind, name=f"Demo, {kind}", rate_limit=default_rate_limit(kind))
    secret = key.new_secret()
    key.save()
    return secret


def _make_login(
    username: str, *, is_superuser: bool = False, team: Team | None = None, role: str = Membership.Role.SUPPORT
) -> Login:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.create_user(username, password=password, is_staff=True, is_superuser=is_superuser)
    if team is not None:
        Membership.objects.create(team=team, user=user, role=role)
    return Login(username, password)
