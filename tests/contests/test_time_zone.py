"""The time zone of a contest's dates: its own, else its team's; it changes how times look, never which they are."""

import html
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import Team
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, PointRule
from contests.services import copy_contest
from tests.blitzrocket.adminsite.test_time_zones import Inputs
from tests.contests.rules_form import settings_form, url
from tests.support import Shop, make_shop, set_rules, signed_in

STARTS, ENDS = datetime(2026, 12, 1, 0, 0, 0, 123456, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC)


def team_url(team: Team, view: str = "change") -> str:
    return reverse(f"admin:accounts_team_{view}", args=[quote(team.pk)])


def save(client: Client, shop: Shop, time_zone: str) -> str:
    """Save the contest's form as it stands, with that time zone; the page with its errors, else nothing."""
    shown = Inputs(client.get(url(shop, "change")).content.decode()).values
    dates = {name: value for name, value in shown.items() if re.search("_at_[01]$|^zone$", name)}
    answer = client.post(url(shop, "change"), settings_form(shop, **dates, time_zone=time_zone))
    return html.unescape(answer.content.decode())


class TestWhichZone:
    def test_a_team_is_in_utc_and_its_contests_in_the_teams_zone(self, shop: Shop) -> None:
        assert (shop.team.time_zone, shop.contest.time_zone) == ("UTC", "")
        assert shop.contest.zone == ZoneInfo("UTC")
        Team.objects.update(time_zone="Europe/Berlin")
        assert Contest.objects.get().zone == ZoneInfo("Europe/Berlin")

    def test_a_contests_own_zone_counts_more(self, shop: Shop) -> None:
        Team.objects.update(time_zone="Europe/Berlin")
        Contest.objects.update(time_zone="America/New_York")
        assert Contest.objects.get().zone == ZoneInfo("America/New_York")

    def test_a_copy_has_the_same(self, shop: Shop) -> None:
        Contest.objects.update(time_zone="Asia/Kathmandu")
        copy = copy_contest(Contest.objects.get(), "Winter", keeps_dates=True, audit=AuditContext())
        assert Contest.objects.get(pk=copy.pk).time_zone == "Asia/Kathmandu"

    @pytest.mark.parametrize("name", ["Europe/Berlim", "CST", "-03", "Factory", "../../etc/passwd", "a" * 65])
    def test_only_iana_names_are_stored(self, shop: Shop, name: str) -> None:
        for row in (shop.team, shop.contest):
            row.time_zone = name
            with pytest.raises(ValidationError) as error:
                row.full_clean()
            assert list(error.value.message_dict) == ["time_zone"]


class TestChangingIt:
    def test_moves_no_stored_time(self, shop: Shop) -> None:
        set_rules(shop.contest, {"valid_from": STARTS, "valid_until": ENDS})
        Contest.objects.update(starts_at=STARTS, ends_at=ENDS)
        version = Contest.objects.get().rule_set_id
        owner = signed_in(shop, "owner")
        save(owner, shop, "Pacific/Auckland")
        owner.post(team_url(shop.team), {"time_zone": "America/New_York"})
        contest, rule = Contest.objects.get(), PointRule.objects.get()
        assert (contest.time_zone, contest.team.time_zone) == ("Pacific/Auckland", "America/New_York")
        assert contest.rule_set_id == version
        assert (rule.valid_from, rule.valid_until) == (STARTS, ENDS)

    def test_is_in_the_activity_log(self, shop: Shop) -> None:
        owner = signed_in(shop, "owner")
        save(owner, shop, "Europe/Berlin")
        event = AuditEvent.objects.get(action="changed", object_type="contest")
        assert (event.contest_id, event.before["time_zone"], event.after["time_zone"]) == (
            shop.contest.pk,
            "",
            "Europe/Berlin",
        )
        owner.post(team_url(shop.team), {"time_zone": "Asia/Tokyo"})
        event = AuditEvent.objects.get(action="changed", object_type="team")
        assert (event.team_id, event.before, event.after) == (
            shop.team.pk,
            {"time_zone": "UTC"},
            {"time_zone": "Asia/Tokyo"},
        )

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("europe/berlin", "Europe/Berlin"),
            (" Berlin ", "Europe/Berlin"),
            ("new york", "America/New_York"),
            ("utc", "UTC"),
            ("", ""),
        ],
    )
    def test_a_place_is_enough(self, shop: Shop, typed: str, stored: str) -> None:
        Contest.objects.update(time_zone="Asia/Tokyo")
        save(signed_in(shop, "owner"), shop, typed)
        assert Contest.objects.get().time_zone == stored

    def test_an_unknown_zone_is_refused_and_the_message_says_what_to_choose(self, shop: Shop) -> None:
        page = save(signed_in(shop, "owner"), shop, "Atlantis")
        assert "Choose a time zone from the list, such as Europe/Berlin." in page
        assert 'value="Atlantis"' in page
        assert Contest.objects.get().time_zone == ""


class TestDays:
    """Where days are only shown: as in the form, the end day is the last one."""

    def test_are_those_of_the_contests_zone_for_everyone(self, shop: Shop) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        days = {"valid_from": datetime(2026, 12, 3, tzinfo=berlin), "valid_until": datetime(2026, 12, 6, tzinfo=berlin)}
        set_rules(shop.contest, days, time_zone="Europe/Berlin")
        Contest.objects.update(
            starts_at=datetime(2026, 12, 1, tzinfo=berlin), ends_at=datetime(2026, 12, 24, 18, tzinfo=berlin)
        )
        support = signed_in(shop, "support")
        support.cookies["timezone"] = "Asia/Tokyo"
        lists = reverse("admin:contests_contest_changelist")
        settings = url(shop, "change")
        for page, texts in (
            (lists, ["1 Dec 2026", "24 Dec 2026, 18:00 Europe/Berlin"]),
            (settings, ["1 Dec 2026", "24 Dec 2026, 18:00 Europe/Berlin"]),
            (url(shop), ["3–5 Dec 2026", "3 Dec 2026", "5 Dec 2026"]),
        ):
            shown = support.get(page).content.decode()
            assert [text for text in texts if f">{text}<" not in shown and f", {text}" not in shown] == [], page


class TestTeamSettings:
    def test_an_owner_opens_the_own_team_and_changes_its_zone_only(self, shop: Shop) -> None:
        owner = signed_in(shop, "owner")
        answer = owner.get(reverse("admin:accounts_team_changelist"))
        assert answer.headers["Location"] == team_url(shop.team)
        page = owner.get(team_url(shop.team)).content.decode()
        assert '<option value="Europe/Berlin">' in page
        owner.post(team_url(shop.team), {"time_zone": "Europe/Berlin", "name": "Other"})
        team = Team.objects.get()
        assert (team.name, team.time_zone) == (shop.team.name, "Europe/Berlin")

    def test_others_do_not(self, shop: Shop) -> None:
        other = make_shop()
        owner, support = signed_in(shop, "owner"), signed_in(shop, "support")
        for client, team in ((owner, other.team), (support, shop.team)):
            assert client.post(team_url(team), {"time_zone": "Asia/Tokyo"}).status_code in (302, 403, 404)
            assert client.get(team_url(team, "history")).status_code in (403, 404)
        assert not Team.objects.filter(time_zone="Asia/Tokyo").exists()
        assert support.get(reverse("admin:accounts_team_changelist")).status_code == 403

    def test_the_owner_of_two_teams_chooses(self, shop: Shop) -> None:
        other = make_shop()
        owner = signed_in(shop, "owner")
        other.team.memberships.create(user_id=owner.session["_auth_user_id"], role="owner")
        make_shop()
        page = owner.get(reverse("admin:accounts_team_changelist"))
        assert {team.pk for team in page.context["cl"].result_list} == {shop.team.pk, other.team.pk}
