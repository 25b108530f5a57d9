"""The first page and a contest's overview: figures, the lists behind them, and what to do first."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.audit.context import AuditContext
from contests.models import Contest
from contests.services import create_contest, create_entry
from purchases.admin.panels import DashboardPanels
from purchases.models import DailyStat, Purchase, RollupCursor
from purchases.services import refund_purchase
from purchases.stats import catch_up_all, rollup
from tests.clock import Clock, clock
from tests.support import Shop, hold, make_shop, open_session, record

__all__ = ["clock"]

FRONT_PAGE = "/admin/"


@pytest.fixture
def shop(db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Shop:
    # All days at once: that they come to the same day by day is held by tests/purchases/stats/test_rollup.py.
    monkeypatch.setattr(rollup, "STEP", timedelta(days=1000))
    return make_shop()


def sign_in(team: Team | None, role: str) -> Client:
    user = User.objects.create_user(f"{role}{User.objects.count()}", is_staff=True, is_superuser=role == "superuser")
    if team is not None:
        Membership.objects.create(team=team, user=user, role=role)
    client = Client()
    open_session(client, user)
    return client


def overview(contest: Contest) -> str:
    return reverse("admin:contests_contest_overview", args=[quote(contest.pk)])


def fill(shop: Shop, clock: Clock) -> None:
    """Orders of a hundred days, in two currencies, some sent again; entries among them."""
    for number in range(20):
        record(shop, currency="EUR" if number % 3 == 0 else "USD", order_id=f"n{number}")
        record(shop, order_id=f"n{number - number % 4}")
        create_entry(shop.contest, f"e{clock.at:%j%Y}@example.com")
        clock.go(days=5)
    record(shop, currency="EUR")


def rows_behind(client: Client, url: str) -> int:
    response = client.get(url)
    assert response.status_code == 200, url
    return len(response.context["cl"].result_list)


def test_each_figure_leads_to_as_many_rows(shop: Shop, clock: Clock) -> None:
    fill(shop, clock)
    fill(make_shop("eve@example.com"), clock)
    clock.go(days=-100)
    catch_up_all()
    client = sign_in(shop.team, "support")
    for url, days in product((FRONT_PAGE, overview(shop.contest)), (7, 30, 90)):
        panels: DashboardPanels = client.get(url, {"days": days}).context["panels"]
        purchases, points, entries, repeat = panels.tiles
        assert rows_behind(client, purchases.url) == int(purchases.figure) == -(-days // 5), (url, days)
        assert points.url == purchases.url
        assert rows_behind(client, entries.url) == int(entries.figure), (url, days)
        sent_again = client.get(repeat.url)
        assert {row.order_id for row in sent_again.context["cl"].result_list} <= {f"n{n}" for n in range(0, 20, 4)}
        assert "Duplicates ignored" in sent_again.content.decode()
        assert {row.label for row in panels.revenue} == {"EUR", "USD"}
        for row in panels.revenue:
            assert rows_behind(client, row.url) == int(row.note.split()[0]), (url, days)


def test_each_day_has_its_own_figures(shop: Shop, clock: Clock) -> None:
    record(shop)
    clock.go(days=2)
    for _ in range(2):
        record(shop)
    catch_up_all()
    page = sign_in(shop.team, "owner").get(overview(shop.contest))
    assert page.context["panels"].tiles[0].figure == "3"
    assert page.context["panels"].tiles[0].note == "2 today"
    today, yesterday, before = page.context["panels"].table[:3]
    assert today == ["4 Mar 2026", "2", "100", "0", "0"]
    assert (yesterday[1], before[1]) == ("0", "1")
    text = page.content.decode()
    assert "Purchases per day from 3 Feb to 4 Mar: 3 in total, at most 2 per day." in text
    assert "4 Mar 2026" in text


def test_incomplete_figures_are_marked(shop: Shop, clock: Clock) -> None:
    record(shop)
    clock.go(days=20)
    client = sign_in(shop.team, "owner")
    sentence = "Older days are still being counted"
    assert sentence in client.get(FRONT_PAGE).content.decode()
    catch_up_all()
    assert sentence not in client.get(FRONT_PAGE).content.decode()


@pytest.mark.parametrize("page", ["front", "overview", "rules", "change", "entries", "leaderboard", "history"])
def test_opening_a_page_writes_no_figures(shop: Shop, clock: Clock, page: str) -> None:
    record(shop)
    clock.go(hours=2)
    client = sign_in(shop.team, "owner")
    url = FRONT_PAGE if page == "front" else reverse(f"admin:contests_contest_{page}", args=[quote(shop.contest.pk)])
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    assert [query["sql"] for query in queries if re.search(r"\b(INSERT|UPDATE|DELETE)\b", query["sql"])] == []
    assert not DailyStat.objects.exists()
    assert not RollupCursor.objects.exists()


def test_points_removed_by_refunds_and_voids_are_shown(shop: Shop, clock: Clock) -> None:
    purchase = Purchase.objects.get(pk=record(shop, "30").purchase_id)
    refund_purchase(
        purchase, refund_id="r", amount=Decimal(10), audit=AuditContext(at=clock.now()), received_at=clock.now()
    )
    panels = sign_in(shop.team, "owner").get(overview(shop.contest)).context["panels"]
    assert panels.tiles[1].note == "10 removed by refunds and voids"
    assert [(row.figure, row.note) for row in panels.revenue] == [("20.00", "1 order")]


def test_deleted_rules_keep_their_sentence(shop: Shop, clock: Clock) -> None:
    record(shop, "30")
    client = sign_in(shop.team, "owner")
    assert [row.label for row in client.get(overview(shop.contest)).context["rules"]] == ["1 point per 1.00"]
    shop.contest.rules.all().delete()
    (row,) = client.get(overview(shop.contest)).context["rules"]
    assert (row.label, row.figure, row.url) == ("1 point per 1.00", "30", "")


def test_the_entry_with_the_most_points_leads(shop: Shop, clock: Clock) -> None:
    other = create_contest(shop.team, title="Other", slug="other", status="active")
    create_entry(other, "grace@example.com")
    record(shop)
    (row,) = sign_in(shop.team, "support").get(FRONT_PAGE).context["panels"].leaders()
    assert (row.label, row.figure, row.note) == ("ada@example.com", "50", "Ada · Summer")


@pytest.mark.parametrize("days", ["", "0", "-1", "31", "abc", "9999999999999999999999", "٧"])
def test_an_unknown_range_means_thirty_days(shop: Shop, days: str) -> None:
    assert sign_in(shop.team, "support").get(FRONT_PAGE, {"days": days}).context["panels"].days == 30


def test_a_team_sees_only_its_own_figures(shop: Shop) -> None:
    other = make_shop("eve@example.com", title="Their secret contest")
    record(other)
    client = sign_in(shop.team, "owner")
    assert client.get(overview(other.contest)).status_code in (302, 403, 404)
    page = client.get(FRONT_PAGE)
    assert page.context["panels"].tiles[0].figure == "0"
    assert "Their secret contest" not in page.content.decode()
    assert sign_in(None, "superuser").get(FRONT_PAGE).context["panels"].tiles[0].figure == "1"


def test_a_filter_by_another_teams_contest_has_no_results(shop: Shop) -> None:
    other = make_shop("eve@example.com")
    for _ in range(2):
        record(other, order_id="same", currency="GBP")
    client = sign_in(shop.team, "owner")
    for query in ("sent_again=30", "recorded=30", "currency=GBP"):
        assert rows_behind(client, f"/admin/purchases/purchase/?contest={other.contest.pk}&{query}") == 0
    offered = client.get("/admin/purchases/purchase/", {"contest": other.contest.pk}).content.decode()
    assert "GBP" not in offered


@pytest.mark.parametrize("query", ["recorded=never", "sent_again=1", "currency=usd", "currency=€€€"])
def test_an_invalid_filter_is_ignored(shop: Shop, query: str) -> None:
    record(shop)
    assert rows_behind(sign_in(shop.team, "owner"), f"/admin/purchases/purchase/?{query}") == 1


def test_the_number_of_statements_does_not_grow(shop: Shop, clock: Clock, django_assert_max_num_queries: Any) -> None:
    for number in range(2):
        fill(shop, clock)
        client = sign_in(shop.team, "owner")
        hold(shop)
        create_contest(shop.team, title=f"C{number}", slug=f"c{number}", status="active")
        catch_up_all()
        for url, most in ((FRONT_PAGE, 17), (overview(shop.contest), 16)):
            client.get(url)
            with django_assert_max_num_queries(most, info=url):
                client.get(url)


def test_many_contests_are_bounded_and_the_busy_ones_come_first(shop: Shop) -> None:
    for number in range(30):
        create_contest(shop.team, title=f"C{number}", slug=f"c{number}")
    record(shop)
    page = sign_in(shop.team, "support").get(FRONT_PAGE)
    titles = [line["title"] for line in page.context["contests"]]
    assert (len(titles), titles[:2]) == (25, ["Summer", "C29"])
    assert "All contests" in page.content.decode()


# --- What to do first


def test_without_a_contest_the_owner_is_asked_to_create_one(db: None) -> None:
    team = Team.objects.create(name="New")
    page = sign_in(team, "owner").get(FRONT_PAGE).content.decode()
    assert 'href="/admin/contests/contest/add/"' in page
    page = sign_in(team, "support").get(FRONT_PAGE).content.decode()
    assert "Ask its owner to create one." in page
    assert 'href="/admin/contests/contest/add/"' not in page


def test_without_a_key_the_owner_is_asked_to_create_one(shop: Shop) -> None:
    ApiKey.objects.filter(kind="private").update(revoked_at=shop.contest.created_at)
    for url in (FRONT_PAGE, overview(shop.contest)):
        assert sign_in(shop.team, "owner").get(url).context["step"].url == "/admin/apikeys/apikey/add/"
        assert sign_in(shop.team, "support").get(url).context["step"].url == ""


def test_without_a_purchase_the_owner_gets_a_command_to_send_one(shop: Shop) -> None:
    owner, support = sign_in(shop.team, "owner"), sign_in(shop.team, "support")
    for url in (FRONT_PAGE, overview(shop.contest)):
        page = owner.get(url).content.decode()
        assert f"curl -X POST http://testserver/api/v1/contests/{shop.contest.pk}/purchases" in page
        assert "Orders appear here as soon as the shop sends them." in support.get(url).content.decode()
        assert "curl" not in support.get(url).content.decode()
        assert urlsplit(owner.get(url).context["step"].url).path == "/api/docs"


def test_a_period_without_purchases_says_that_there_are_earlier_ones(shop: Shop, clock: Clock) -> None:
    record(shop)
    clock.go(days=50)
    catch_up_all()
    client = sign_in(shop.team, "owner")
    assert client.get(FRONT_PAGE).context["step"].title == "No purchases in this period"
    assert client.get(FRONT_PAGE, {"days": 90}).context["step"] is None


def test_a_user_without_a_team_sees_no_dashboard(shop: Shop) -> None:
    page = sign_in(None, "nobody").get(FRONT_PAGE)
    assert page.status_code == 200
    assert "panels" not in page.context
