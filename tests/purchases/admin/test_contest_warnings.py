"""The warnings about a contest: each is shown while its reason lasts, and only then."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import Membership, User
from contests.admin.contest_pages import contest_admin
from contests.models import Contest
from contests.services import create_contest
from purchases.admin.contest_warnings import warnings_about, warnings_by_contest, warnings_for
from purchases.models import RejectedPurchase, StoreConnection, WebhookEndpoint
from purchases.stats import catch_up_all
from tests.clock import Clock, clock
from tests.purchases.outgoing.receiver import subscribe
from tests.purchases.stores.deliveries import connect
from tests.support import Shop, hold, make_shop, open_session, record, reject, set_rules

__all__ = ["clock"]


def sentences(shop: Shop) -> list[str]:
    return [
        warning.sentence for warning in warnings_for(Contest.objects.select_related("rule_set").get(pk=shop.contest.pk))
    ]


def change(shop: Shop, **fields: Any) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(**fields)


def test_a_contest_without_problems_has_no_warnings(shop: Shop) -> None:
    record(shop)
    assert sentences(shop) == []


def test_a_second_currency_warns_if_a_rule_is_for_any_currency(shop: Shop) -> None:
    record(shop)
    record(shop, currency="EUR")
    (sentence,) = sentences(shop)
    assert sentence.startswith("Orders arrive in EUR and USD, but one rule treats 1.00 of each the same.")
    set_rules(shop.contest, {"currency": "USD"}, {"points_per_unit": 0, "fixed_points": 5})
    assert sentences(shop) == []  # so many points for an order are no matter of its currency


def test_currencies_come_from_the_daily_stats(db: None, clock: Clock) -> None:
    shop = make_shop()
    record(shop, currency="EUR")
    clock.go(days=40)
    for _ in range(3):
        record(shop)
    catch_up_all()
    assert "EUR and USD" in sentences(shop)[0]
    clock.go(days=60)
    record(shop)
    catch_up_all()
    assert sentences(shop) == []


def test_warns_if_no_rule_is_on(shop: Shop) -> None:
    set_rules(shop.contest, {"is_active": False}, {"valid_until": timezone.now() - timedelta(days=1)})
    assert sentences(shop) == ["No rule is on, so purchases earn nothing. Turn a rule on, or add one."]
    change(shop, status="paused")
    assert sentences(shop) == []
    change(shop, status="active")
    set_rules(shop.contest, {"is_active": False}, {"valid_from": timezone.now() - timedelta(days=1)})
    assert sentences(shop) == []


def test_warns_if_a_rule_ends_soon(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"points_per_unit": 2, "valid_until": timezone.now() + timedelta(days=2)})
    (sentence,) = sentences(shop)
    assert sentence.startswith("A rule ends soon: 2 points per 1.00")
    set_rules(shop.contest, {}, {"points_per_unit": 2, "valid_until": timezone.now() + timedelta(days=4)})
    assert sentences(shop) == []


def test_warns_if_an_active_contest_has_ended(shop: Shop) -> None:
    change(shop, ends_at=timezone.now() - timedelta(minutes=1))
    assert "The contest has ended, so purchases earn nothing" in sentences(shop)[0]
    change(shop, status="ended")
    assert sentences(shop) == []
    change(shop, status="active", ends_at=timezone.now() + timedelta(minutes=1))
    assert sentences(shop) == []


def test_warns_if_purchases_earn_nothing(shop: Shop) -> None:
    change(shop, tracking_enabled=False)
    assert "“Purchases earn points” is off" in sentences(shop)[0]
    change(shop, status="draft")
    assert sentences(shop) == []


def test_warns_of_rejected_orders_and_links_to_them(shop: Shop) -> None:
    hold(shop)
    reject(shop)
    (warning,) = warnings_for(shop.contest)
    assert warning.sentence == "2 orders need review."
    client = member(shop, "support")
    assert len(client.get(warning.url).context["cl"].result_list) == 2
    RejectedPurchase.objects.update(state="dismissed")
    assert sentences(shop) == []
    assert len(client.get(warning.url).context["cl"].result_list) == 0


def member(shop: Shop, role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role=role)
    client = Client()
    open_session(client, user)
    return client


def test_warnings_of_many_contests_take_five_statements(shop: Shop, django_assert_num_queries: Any) -> None:
    hold(shop)
    contests = [create_contest(shop.team, title=f"C{n}", slug=f"c{n}", status="active") for n in range(5)]
    contests_by_id = list(Contest.objects.select_related("rule_set"))
    with django_assert_num_queries(5):
        warnings = warnings_by_contest(contests_by_id)
    assert {pk: len(of_it) for pk, of_it in warnings.items()} == {shop.contest.pk: 1} | {c.pk: 0 for c in contests}


def test_each_page_shows_the_warnings_about_it(shop: Shop) -> None:
    record(shop)
    record(shop, currency="EUR")
    reject(shop)
    connect(shop, "shopify")
    subscribe(shop)
    StoreConnection.objects.update(problem="secret")
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=2))
    soon, past = timezone.now() + timedelta(days=2), timezone.now() - timedelta(minutes=1)
    pages = [tab.page for tab in contest_admin().tabs]
    warned_of = set()
    for fields, rules in (
        ({}, [{"valid_until": soon}]),
        ({}, [{"currency": "USD"}]),
        ({"tracking_enabled": False}, [{"is_active": False}]),
        ({"ends_at": past}, [{}]),
    ):
        set_rules(shop.contest, *rules)
        change(shop, **fields)
        contest = Contest.objects.select_related("rule_set").get(pk=shop.contest.pk)
        warnings = warnings_for(contest)
        for page in pages:
            assert warnings_about(contest, page) == [warning for warning in warnings if warning.page == page], page
        warned_of |= {warning.page for warning in warnings}
    assert warned_of == {"", "change", "rules", "stores", "webhooks"}
    assert warned_of - set(pages) == {""}


@pytest.mark.parametrize(("page", "statements"), [("change", 0), ("rules", 1), ("stores", 1), ("webhooks", 1)])
def test_a_page_reads_what_its_warnings_are_about(
    shop: Shop, django_assert_num_queries: Any, page: str, statements: int
) -> None:
    contest = Contest.objects.select_related("rule_set").get(pk=shop.contest.pk)
    with django_assert_num_queries(statements):
        warnings_about(contest, page)


def test_another_page_reads_nothing_for_warnings(shop: Shop, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert warnings_about(shop.contest, "history") == []


@pytest.mark.parametrize("role", ["owner", "support"])
def test_the_contests_page_shows_its_warnings(shop: Shop, role: str) -> None:
    change(shop, tracking_enabled=False)
    page = member(shop, role).get(f"/admin/contests/contest/{shop.contest.pk}/change/").content.decode()
    assert "“Purchases earn points” is off" in page
