"""A script sets a server up: a team, an owner, a contest and a key, each by a command that prints JSON."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership, Team, User
from contests.models import Contest
from tests.support import Shop


def run(command: str, *arguments: str) -> dict[str, Any]:
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return dict(json.loads(output.getvalue()))


def sign_in(client: Client, username: str, password: str) -> bool:
    answer = client.post("/admin/login/", {"username": username, "password": password, "next": "/admin/"})
    return answer.status_code == 302


def test_commands_set_up_a_whole_server(db: None, client: Client) -> None:
    team = run("create_team", "Corner shop")
    owner = run("create_owner", "olga", "--team", "Corner shop", "--email", "olga@example.com")
    contest = run(
        "create_contest",
        "Winter draw",
        "--team",
        team["teamId"],
        "--status",
        "active",
        "--id",
        "clx1abc",
        "--evergreen",
    )
    key = run("create_api_key", "web shop", "--team", "Corner shop")
    assert sign_in(client, "olga", owner["password"])
    assert Membership.objects.get(user__username="olga").role == "owner"
    assert (contest["contestId"], Contest.objects.get(pk="clx1abc").slug) == ("clx1abc", "winter-draw")
    call = {"email": "ada@example.com", "name": "Ada"}
    headers = {"x-api-key": key["key"]}
    entered = client.post("/api/v1/contests/clx1abc/entries", call, "application/json", headers=headers)
    order = {"email": "ada@example.com", "orderId": "1", "amount": 20}
    recorded = client.post("/api/v1/contests/clx1abc/purchases", order, "application/json", headers=headers)
    assert (entered.status_code, recorded.json()["data"]["pointsAwarded"]) == (201, 20)


def test_a_password_is_read_from_standard_input(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run("create_team", "Corner shop")
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    assert "password" not in run("create_owner", "olga", "--team", "Corner shop", "--password-stdin")
    assert sign_in(client, "olga", "correct horse battery")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create_team", "  "], "The name is empty."),
        (["create_team", "Team one"], "A team named “Team one” already exists."),
        (["create_owner", "olga", "--team", "nobody"], "No team has the id or name “nobody”."),
        (["create_owner", "o l g a", "--team", "Team one"], "Enter a valid username."),
        (["create_owner", "grace", "--team", "Team one"], "A user with that username already exists."),
        (["create_contest", "X", "--team", "Team one", "--starts-at", "tomorrow"], "--starts-at is 'tomorrow'"),
        (["create_contest", "X", "--team", "Team one", "--ends-at", "2026-12-01T00:00"], "--ends-at is"),
        (["create_contest", "X", "--team", "Team one", "--id", "a/b"], "Use letters, digits"),
        (["create_contest", "!!!", "--team", "Team one"], "slug"),
        (["create_api_key", "x", "--team", "Team one", "--rate-limit", "0"], "at least 1 request"),
        (["create_api_key", "x" * 101, "--team", "Team one"], "at most 100"),
    ],
)
def test_an_error_is_a_sentence_and_nothing_is_created(db: None, arguments: list[str], sentence: str) -> None:
    team = Team.objects.create(name="Team one")
    User.objects.create_user("grace")
    with pytest.raises(CommandError, match=r".") as refused:
        call_command(*arguments, stdout=io.StringIO())
    assert sentence in str(refused.value)
    assert (Team.objects.count(), User.objects.count(), Contest.objects.count(), ApiKey.objects.count()) == (1, 1, 0, 0)
    assert team.memberships.count() == 0


def test_no_demo_data_beside_a_real_shop(shop: Shop) -> None:
    with pytest.raises(CommandError, match="has teams or users already"):
        call_command("create_demo_data", stdout=io.StringIO())
    assert Team.objects.get() == shop.team


def test_no_demo_data_beside_users_without_a_team(db: None) -> None:
    User.objects.create_user("boss", is_superuser=True)
    with pytest.raises(CommandError, match="has teams or users already"):
        call_command("create_demo_data", stdout=io.StringIO())
