"""The pages of a contest: tabs, entries, leaderboard, history, and what each form saves."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.imports import create_entry_import
from contests.models import Entry, PointRule
from contests.services import create_contest, create_entry
from purchases.imports.rows import create_purchase_import
from tests.contests.rules_form import form, opened, settings_form, url
from tests.support import Shop, make_shop, record, set_rules, signed_in

PAGES = ["overview", "rules", "change", "entries", "leaderboard", "history"]
ORDERS = b"order id,email,amount,currency,purchased at,points given\n1,a@example.com,1,USD,2026-01-01T00:00:00Z,1"
SCRIPT = "<script>alert(1)</script>"


def enter_many(shop: Shop, count: int, **fields: object) -> list[Entry]:
    """Entries with these fields, beside the shop's own."""
    entries = []
    for number in range(count):
        entry = Entry(contest=shop.contest, name=f"Person {number}", **fields)
        entry.set_email(Email.parse(f"p{number}@example.com"))
        entries.append(entry)
    return Entry.objects.bulk_create(entries)


class TestTabs:
    @pytest.mark.parametrize("role", ["owner", "support"])
    @pytest.mark.parametrize("tab", PAGES)
    def test_each_page_has_the_tabs_and_marks_its_own(self, shop: Shop, role: str, tab: str) -> None:
        content = signed_in(shop, role).get(url(shop, tab)).content.decode()
        assert [url(shop, each) in content for each in PAGES] == [True] * 6
        assert re.findall(r'href="([^"]+)" aria-current="page">', content)[0] == url(shop, tab)
        assert "Running" in content

    def test_the_list_leads_to_the_overview(self, shop: Shop) -> None:
        page = signed_in(shop, "support").get("/admin/contests/contest/").content.decode()
        assert f'href="{url(shop, "overview")}"' in page

    def test_the_menu_has_what_the_role_may_do(self, shop: Shop) -> None:
        menus = {
            role: signed_in(shop, role).get(url(shop, "entries")).content.decode() for role in ("owner", "support")
        }
        for action in ("Recalculate points", "Duplicate contest", "Import entries", "Import past orders"):
            assert (action in menus["owner"], action in menus["support"]) == (True, False), action
        assert "Export entries" in menus["support"]

    @pytest.mark.parametrize("tab", PAGES)
    def test_no_page_of_another_team_opens(self, shop: Shop, tab: str) -> None:
        other = make_shop("eve@example.com", title="Their secret contest")
        answer = signed_in(shop, "owner").get(url(other, tab))
        assert answer.status_code in (302, 404)
        assert b"Their secret" not in answer.content

    @pytest.mark.parametrize("tab", PAGES)
    def test_hostile_titles_and_names_are_escaped(self, shop: Shop, tab: str) -> None:
        Entry.objects.update(name=SCRIPT)
        type(shop.contest).objects.update(title=SCRIPT)
        content = signed_in(shop, "owner").get(url(shop, tab)).content.decode()
        assert SCRIPT not in content
        assert html.escape(SCRIPT) in content


class TestSaving:
    def test_each_form_keeps_what_the_other_saved_meanwhile(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        rule = {"id": PointRule.objects.get().pk}
        rules = form(shop, rule | {"points_per_unit": "3"}, rounding="up", **opened(client, shop))
        settings = settings_form(shop, title="Other", **opened(client, shop, "change"))
        assert client.post(url(shop, "change"), settings).status_code == 302
        assert client.post(url(shop), rules).status_code == 302
        shop.contest.refresh_from_db()
        assert (shop.contest.title, shop.contest.rounding, str(PointRule.objects.get())) == (
            "Other",
            "up",
            "3 points per 1.00",
        )

    def test_the_second_of_two_owners_is_warned_and_may_overwrite_settings(self, shop: Shop) -> None:
        owner, colleague = signed_in(shop, "owner"), signed_in(shop, "owner")
        sent = settings_form(shop, title="Ours", **opened(owner, shop, "change"))
        colleague.post(url(shop, "change"), settings_form(shop, title="Theirs", **opened(colleague, shop, "change")))
        page = owner.post(url(shop, "change"), sent).content.decode()
        assert "Someone saved this contest after you opened it" in page
        match = re.search(r'name="seen" value="([^"]*)"', page)
        assert match
        assert owner.post(url(shop, "change"), sent | {"seen": match[1]}).status_code == 302
        shop.contest.refresh_from_db()
        assert shop.contest.title == "Ours"

    @pytest.mark.parametrize("tab", ["rules", "change"])
    def test_a_page_stays_open_after_saving_with_a_message(self, shop: Shop, tab: str) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {"id": PointRule.objects.get().pk}) if tab == "rules" else settings_form(shop)
        answer = client.post(url(shop, tab), sent, follow=True)
        assert answer.redirect_chain == [(url(shop, tab), 302)]
        assert "Saved." in answer.content.decode()
        assert answer.content.decode().count('type="submit" form="contest_form"') <= 1

    def test_a_page_with_errors_keeps_the_stored_title_above(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        page = client.post(url(shop, "change"), settings_form(shop, title="Other", slug="")).content.decode()
        trail = re.search(r'aria-label="Breadcrumb">(.*?)</nav>', page, re.S)
        assert trail
        assert (f">{shop.contest.title}<" in trail[1], ">Other<" in trail[1]) == (True, False)

    def test_a_page_below_a_tab_has_a_heading_of_its_own(self, shop: Shop) -> None:
        file_import = create_entry_import(shop.contest, "people.csv", b"email\ngrace@example.com", by=None)
        client = signed_in(shop, "owner")
        headings = {
            url(shop, "import", file_import.pk): "Import: people.csv",
            url(shop, "recalculate"): "Recalculate points",
            url(shop, "history"): "History",
        }
        for address, heading in headings.items():
            assert f"<h1>{heading}</h1>" in client.get(address).content.decode(), address

    def test_dates_by_which_a_rule_never_matches_are_saved_with_a_warning(self, shop: Shop) -> None:
        """Refusing them would leave no way to move contest and rules to other dates."""
        set_rules(shop.contest, {"valid_from": datetime(2027, 6, 1, tzinfo=UTC)})
        sent = settings_form(shop, ends_at_0="2027-05-01", ends_at_1="00:00")
        page = signed_in(shop, "owner").post(url(shop, "change"), sent, follow=True).content.decode()
        assert "“1 point per 1.00, from 1 Jun 2027”: This rule can never match: it begins after" in page
        shop.contest.refresh_from_db()
        assert shop.contest.ends_at == datetime(2027, 5, 1, tzinfo=UTC)

    def test_a_new_contest_opens_its_rules(self, shop: Shop) -> None:
        values = {"title": "Winter", "slug": "winter", "id": "w1", "team": shop.team.pk}
        sent = values | {"mode": "giveaway", "status": "active"}
        answer = signed_in(shop, "owner").post("/admin/contests/contest/add/", sent, follow=True)
        assert answer.redirect_chain[0][0] == "/admin/contests/contest/w1/rules/"
        assert "Version 1 is live: 1 point per 1.00." in answer.content.decode()


class TestEntries:
    def test_the_newest_come_first_in_pages(self, shop: Shop) -> None:
        enter_many(shop, 60)
        client = signed_in(shop, "support")
        first = client.get(url(shop, "entries"))
        assert [entry.name for entry, _url in first.context["rows"]] == [f"Person {n}" for n in range(59, 9, -1)]
        assert "61 entries" in first.content.decode()
        second = client.get(first.context["next_url"])
        assert len(second.context["rows"]) == 11
        assert second.context["next_url"] == ""

    def test_a_long_list_is_not_counted(self, shop: Shop) -> None:
        enter_many(shop, 101)
        assert "100+ entries" in signed_in(shop, "support").get(url(shop, "entries")).content.decode()

    def test_the_search_finds_entries_of_this_contest_only(self, shop: Shop) -> None:
        other = create_contest(shop.team, title="Other", slug="other")
        create_entry(other, "adele@example.com")
        client = signed_in(shop, "support")
        page = client.get(url(shop, "entries"), {"q": "ad"})
        assert [str(entry) for entry, _url in page.context["rows"]] == ["ada@example.com"]
        nothing = client.get(url(shop, "entries"), {"q": SCRIPT}).content.decode()
        assert f"No results for “{html.escape(SCRIPT)}”" in nothing

    def test_only_what_is_unusual_has_a_badge(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        assert "desk-refused" not in client.get(url(shop, "entries")).content.decode()
        Entry.objects.update(is_disqualified=True, email_confirmed=False)
        page = client.get(url(shop, "entries")).content.decode()
        assert ("Disqualified" in page, "Not confirmed" in page) == (True, True)

    def test_an_empty_list_offers_what_one_may_do(self, shop: Shop) -> None:
        contest = create_contest(shop.team, title="Other", slug="other")
        shop.contest = contest
        assert "Add entry" in signed_in(shop, "owner").get(url(shop, "entries")).content.decode()
        page = signed_in(shop, "support").get(url(shop, "entries")).content.decode()
        assert ("No entries yet" in page, "Add " in page) == (True, False)


class TestLeaderboard:
    def test_ranks_go_on_over_pages_also_within_a_tie(self, shop: Shop) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        entries = enter_many(shop, 120)
        for number, entry in enumerate(entries):
            entry.points, entry.points_since = 10 - number // 40, now + timedelta(seconds=number)
        Entry.objects.bulk_update(entries, ["points", "points_since"])
        Entry.objects.filter(pk=entries[0].pk).update(is_disqualified=True)
        client = signed_in(shop, "support")
        ranks, names, address = [], [], url(shop, "leaderboard")
        while address:
            page = client.get(address)
            ranks += [place.rank for place in page.context["places"]]
            names += [place.entry.name for place in page.context["places"]]
            address = page.context["next_url"]
        assert ranks == [1] * 39 + [40] * 40 + [80] * 40 + [120]
        assert names[:119] == [f"Person {number}" for number in range(1, 120)]

    def test_places_end_where_they_are_not_counted(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("contests.admin.entry_pages.PLACES_COUNTED", 50)
        enter_many(shop, 60, points=1)
        client = signed_in(shop, "support")
        page = client.get(client.get(url(shop, "leaderboard")).context["next_url"])
        assert "Ranks are counted up to 50." in page.content.decode()

    def test_without_ranked_entries_it_says_when_it_starts(self, shop: Shop) -> None:
        Entry.objects.update(email_confirmed=False)
        assert "No ranked entries yet" in signed_in(shop, "support").get(url(shop, "leaderboard")).content.decode()


class TestHistory:
    def test_support_sees_no_imported_files(self, shop: Shop) -> None:
        create_entry_import(shop.contest, "people.csv", b"email\ngrace@example.com", by=None)
        for role, sees in (("owner", True), ("support", False)):
            page = signed_in(shop, role).get(url(shop, "history"), {"show": "imports"}).content.decode()
            assert ("people.csv" in page, "show=imports" in page) == (sees, sees)

    def test_imports_of_both_kinds_stand_together_in_pages(self, shop: Shop) -> None:
        for number in range(12):
            create_entry_import(shop.contest, f"people-{number}.csv", b"email\ngrace@example.com", by=None)
            create_purchase_import(shop.contest, f"orders-{number}.csv", ORDERS, adds_points=False, by=None)
        client = signed_in(shop, "owner")
        first = client.get(url(shop, "history"), {"show": "imports"})
        names = [str(row[0]) for row in first.context["rows"]]
        assert (len(names), names[:2]) == (20, ["orders-11.csv", "people-11.csv"])
        second = client.get(first.context["next_url"]).context["rows"]
        assert [str(row[0]) for row in second] == ["orders-1.csv", "people-1.csv", "orders-0.csv", "people-0.csv"]

    def test_the_activity_is_of_this_contest_in_pages(self, shop: Shop) -> None:
        other = create_contest(shop.team, title="Other", slug="other")
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        before = AuditEvent.objects.filter(contest_id=shop.contest.pk).count()
        for number in range(30):
            audit = AuditContext(reason=f"Reason {number}.", at=moment)  # at one moment
            audit.record(AuditEvent.Action.EXPORTED, shop.contest, contest=shop.contest)
        AuditContext(reason="Elsewhere").record(AuditEvent.Action.EXPORTED, other, contest=other)
        client = signed_in(shop, "support")
        first = client.get(url(shop, "history"), {"show": "activity"})
        second = client.get(first.context["next_url"])
        events = [line.event.pk for page in (first, second) for line in page.context["rows"]]
        assert len(events) == len(set(events)) == before + 30
        assert "Elsewhere" not in first.content.decode() + second.content.decode()

    @pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "0", SCRIPT])
    @pytest.mark.parametrize("show", ["rules", "recalculations", "imports", "activity", "nothing"])
    def test_any_address_opens(self, shop: Shop, show: str, before: str) -> None:
        page = signed_in(shop, "owner").get(url(shop, "history"), {"show": show, "before": before})
        assert page.status_code == 200
        assert SCRIPT not in page.content.decode()


@pytest.mark.parametrize("tab", ["entries", "leaderboard", "history?show=activity", "history?show=imports"])
def test_a_page_takes_few_statements_for_any_number_of_rows(shop: Shop, tab: str) -> None:
    client = signed_in(shop, "owner")
    name, _, query = tab.partition("?")
    counts = []
    for number in range(2):
        enter_many(make_shop(f"other{number}@example.com"), 5)
        create_entry(shop.contest, f"e{number}@example.com")
        record(shop)
        set_rules(shop.contest, {"points_per_unit": number + 2})
        create_entry_import(shop.contest, "people.csv", b"email\ngrace@example.com", by=None)
        client.get(f"{url(shop, name)}?{query}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{url(shop, name)}?{query}")
        counts.append(len(captured))
        assert not any(" OFFSET " in each["sql"] for each in captured)
    assert counts[0] == counts[1] <= 18
