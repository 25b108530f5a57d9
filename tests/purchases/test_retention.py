"""How long rejected orders are kept, and that reconciling says whether a contest's records are incomplete."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.audit.context import AuditContext
from blitzrocket.datetimes import format_rfc3339
from contests.models import Contest
from contests.services import create_contest
from purchases.admin.contest_warnings import warnings_for
from purchases.models import PendingRefund, Purchase, RejectedPurchase, RejectionCount, RetentionGap
from purchases.services import (
    attach_purchase,
    delete_old_rejected_purchases,
    limit_held_purchases,
    retention,
    retention_gaps,
)
from tests.purchases.orders import buy, hold, refund_early
from tests.support import Shop, make_shop, signed_in, wait_for_blocked

LONG_AGO = timedelta(days=django_settings.REJECTED_PURCHASE_DAYS, minutes=1)


@pytest.fixture
def shop(db: None) -> Shop:
    shop = make_shop()
    ApiKey.objects.update(rate_limit=None)
    return shop


def post(shop: Shop, path: str, body: Any, *, key: str = "") -> Any:
    url = f"/api/v1/contests/{shop.contest.pk}/{path}"
    return Client().post(url, body, content_type="application/json", headers={"x-api-key": key or shop.private_key})


def reconciled(shop: Shop, *order_ids: str) -> Any:
    orders = [{"orderId": order_id} for order_id in order_ids or ["never-sent"]]
    return post(shop, "purchases/reconcile", {"orders": orders}).json()["data"]


def since(shop: Shop) -> datetime | None:
    return RetentionGap.objects.filter(contest=shop.contest).values_list("since", flat=True).first()


def make_old(**state: Any) -> None:
    """Make all saved rows old."""
    at = timezone.now() - LONG_AGO
    RejectedPurchase.objects.update(first_received_at=at, last_received_at=at, **state)
    PendingRefund.objects.update(received_at=at)


def malformed_call(shop: Shop) -> None:
    post(shop, "purchases", shop.order(amount="49.99"))


def malformed_rows(shop: Shop) -> None:
    post(shop, "purchases/batch", {"purchases": [shop.order(amount=0), shop.order(currency="?"), shop.order()]})


def call_with_a_public_key(shop: Shop) -> None:
    post(shop, "purchases", shop.order(), key=shop.public_key)


def nothing_of_a_negative_amount(shop: Shop) -> None:
    post(shop, "purchases", shop.order(amount=-1))


@pytest.mark.parametrize("call", [malformed_call, malformed_rows, call_with_a_public_key, nothing_of_a_negative_amount])
def test_a_call_beyond_the_daily_limit_makes_the_contest_incomplete(
    shop: Shop, settings: Any, call: Callable[[Shop], None]
) -> None:
    assert reconciled(shop)["results"][0]["status"] == "missing"
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    before = timezone.now()
    call(shop)
    noted = since(shop)
    assert noted is not None
    assert before <= noted <= timezone.now()
    data = reconciled(shop)
    assert (data["results"][0]["status"], data["counts"]["unknown"], data["counts"]["missing"]) == ("unknown", 1, 0)
    assert data["incompleteSince"] == format_rfc3339(noted)


def test_a_retention_gap_is_written_once_and_not_for_each_call(
    shop: Shop, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    malformed_call(shop)
    first = since(shop)
    with django_assert_num_queries(0):
        retention_gaps.note_call_not_kept(shop.contest, timezone.now())
    retention_gaps._noted.clear()  # another process
    malformed_call(shop)
    assert since(shop) == first


def dismissed(shop: Shop) -> None:
    hold(shop)
    RejectedPurchase.objects.update(state="dismissed")


def recorded_in_another_contest(shop: Shop) -> None:
    other = make_shop()
    hold(shop)
    RejectedPurchase.objects.update(state="recorded", purchase=buy(other))


def pending_refund(shop: Shop) -> None:
    refund_early(shop, "not-yet")


def refused_refund(shop: Shop) -> None:
    refund_early(shop, "not-yet")
    PendingRefund.objects.update(state="refused")


def amount_as_text(shop: Shop) -> None:
    malformed_call(shop)


@pytest.mark.parametrize(
    "keep",
    [
        amount_as_text,
        call_with_a_public_key,
        dismissed,
        recorded_in_another_contest,
        pending_refund,
        refused_refund,
    ],
)
def test_deletion_by_age_makes_the_contest_incomplete_since_the_first_receipt(
    shop: Shop, keep: Callable[[Shop], None]
) -> None:
    keep(shop)
    make_old()
    first = timezone.now() - timedelta(days=400)
    RejectedPurchase.objects.update(first_received_at=first)
    refunds_at = timezone.now() - LONG_AGO
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.count(), PendingRefund.objects.count()) == (0, 0)
    noted = since(shop)
    assert noted is not None
    assert abs(noted - (refunds_at if "refund" in keep.__name__ else first)) < timedelta(seconds=5)
    assert reconciled(shop)["results"][0]["status"] == "unknown"


def recorded_since(shop: Shop) -> None:
    post(shop, "purchases", shop.order(orderId="a", amount=0))
    buy(shop, order_id="a")


def recorded_and_voided(shop: Shop) -> None:
    recorded_since(shop)
    Purchase.objects.update(status="voided", points_now=0)
    RejectedPurchase.objects.update(state="rejected", purchase=None)


def sent_to_no_contest(shop: Shop) -> None:
    body = shop.order()
    headers = {"x-api-key": shop.private_key}
    Client().post("/api/v1/contests/none/purchases", body, content_type="application/json", headers=headers)


def sent_to_this_contest_by_another_team(shop: Shop) -> None:
    other = make_shop()
    url = f"/api/v1/contests/{shop.contest.pk}/purchases"
    headers = {"x-api-key": other.private_key}
    Client().post(url, other.order(), content_type="application/json", headers=headers)


def applied_refund(shop: Shop) -> None:
    refund_early(shop, "a", "1.00")
    buy(shop, order_id="a")


@pytest.mark.parametrize(
    "keep",
    [
        recorded_since,
        recorded_and_voided,
        sent_to_no_contest,
        sent_to_this_contest_by_another_team,
        applied_refund,
    ],
)
def test_deletion_of_recorded_orders_leaves_the_contest_complete(shop: Shop, keep: Callable[[Shop], None]) -> None:
    keep(shop)
    assert RejectedPurchase.objects.exists() or PendingRefund.objects.exists()
    make_old()
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.count(), PendingRefund.objects.count()) == (0, 0)
    assert not RetentionGap.objects.exists()
    assert reconciled(shop)["results"][0]["status"] == "missing"


def test_the_contest_is_incomplete_since_the_earliest_deletion(shop: Shop) -> None:
    now = timezone.now()
    for days in (5, 9, 7, 9, 1):
        retention_gaps.note_gap(shop.contest.pk, now - timedelta(days=days))
    retention_gaps.note_call_not_kept(shop.contest, now)
    assert since(shop) == now - timedelta(days=9)


def test_another_contest_of_the_team_stays_complete(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    malformed_call(shop)
    contest = create_contest(shop.team, title="Winter", slug="winter")
    other = Shop(shop.team, contest, shop.entry, shop.private_key, shop.public_key)
    assert "incompleteSince" not in reconciled(other)


def test_existing_orders_keep_their_status_in_an_incomplete_contest(shop: Shop) -> None:
    buy(shop, order_id="recorded")
    hold(shop, "held")
    post(shop, "purchases", shop.order(orderId="rejected", amount=0))
    retention_gaps.note_gap(shop.contest.pk, timezone.now())
    data = reconciled(shop, "recorded", "held", "rejected", "none")
    assert [row["status"] for row in data["results"]] == ["recorded", "held", "rejected", "unknown"]


def test_held_orders_and_their_refunds_are_kept_longer_than_rejected_ones(shop: Shop) -> None:
    hold(shop, "held")
    refund_early(shop, "held")
    refund_early(shop, "never-came")
    make_old()
    deleted = delete_old_rejected_purchases()
    assert (deleted.rejected, deleted.refunds) == (0, 1)
    assert RejectedPurchase.objects.get().order_id == PendingRefund.objects.get().order_id == "held"


def test_deletion_works_in_chunks_of_several_contests(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 3)
    shops = [shop, make_shop(), make_shop()]
    for each in shops * 3:
        malformed_call(each)
        refund_early(each, f"not-yet-{RejectedPurchase.objects.count()}")
        sent_to_no_contest(each)
    make_old()
    for each in shops:
        malformed_call(each)
    deleted = delete_old_rejected_purchases()
    assert (deleted.rejected, deleted.refunds, RejectedPurchase.objects.count()) == (18, 9, 3)
    assert set(RetentionGap.objects.values_list("contest", flat=True)) == {each.contest.pk for each in shops}


# Held orders: by age


def hold_many(shop: Shop, count: int, *, days_ago: float = 0, name: str = "o") -> None:
    """Orders on hold that were last received so long ago, each a second after the one before."""
    rows = [shop.order(orderId=f"{name}{number}", email=f"p{number}@example.com") for number in range(count)]
    post(shop, "purchases/batch", {"purchases": rows})
    at = timezone.now() - timedelta(days=days_ago)
    for number in range(count):
        RejectedPurchase.objects.filter(contest=shop.contest, order_id=f"{name}{number}").update(
            first_received_at=at - timedelta(days=1), last_received_at=at + timedelta(seconds=number)
        )


def held_ids(shop: Shop) -> list[str]:
    held = RejectedPurchase.objects.filter(contest=shop.contest, state="held")
    return sorted(held.values_list("order_id", flat=True))


@pytest.mark.parametrize(
    "case",  # the contest, the setting, when the orders were last received, and whether they are kept
    [
        ({"ends_at": -91}, None, 200, False),
        ({"ends_at": -91}, None, 0, False),
        ({"ends_at": -89}, None, 200, True),
        ({"ends_at": 30}, None, 2000, True),
        ({"ends_at": None}, None, 2000, True),
        ({"ends_at": None, "status": "ended"}, None, 2000, True),
        ({"ends_at": -91, "status": "paused"}, None, 1, False),
        ({"ends_at": None}, 30, 31, False),
        ({"ends_at": None}, 30, 29, True),
        ({"ends_at": -500}, 30, 29, True),
        ({"ends_at": 30}, 1, 2, False),
        ({"ends_at": None}, 400, 399, True),
    ],
)
def test_held_orders_are_deleted_after_the_contests_end_or_by_the_setting(
    shop: Shop, settings: Any, case: tuple[dict[str, Any], int | None, float, bool]
) -> None:
    contest, days, last_received, is_kept = case
    hold_many(shop, 3, days_ago=last_received)
    settings.HELD_PURCHASE_DAYS = days
    if contest["ends_at"] is not None:
        contest = contest | {"ends_at": timezone.now() + timedelta(days=contest["ends_at"])}
    Contest.objects.filter(pk=shop.contest.pk).update(**contest)
    first = RejectedPurchase.objects.earliest("first_received_at").first_received_at
    deleted = delete_old_rejected_purchases()
    assert (deleted.held, len(held_ids(shop))) == ((0, 3) if is_kept else (3, 0))
    assert since(shop) == (None if is_kept else first)
    assert reconciled(shop, "o1")["results"][0]["status"] == ("held" if is_kept else "unknown")


def test_the_refunds_of_held_orders_are_deleted_with_them(shop: Shop, settings: Any) -> None:
    hold(shop, "held")
    refund_early(shop, "held")
    make_old()
    settings.HELD_PURCHASE_DAYS = 1
    deleted = delete_old_rejected_purchases()
    assert (deleted.held, deleted.refunds) == (1, 1)


# Held orders: by number


@pytest.mark.parametrize(
    "case",
    [
        (6, ["o0", "o1", "o2", "o3", "o4"]),
        (5, ["o0", "o1", "o2", "o3", "o4"]),
        (4, ["o1", "o2", "o3", "o4"]),
        (2, ["o3", "o4"]),
        (1, ["o4"]),
    ],
)
def test_a_contest_at_its_limit_keeps_the_orders_received_last(
    shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch, case: tuple[int, list[str]]
) -> None:
    limit, remaining = case
    monkeypatch.setattr(retention, "CHUNK", 2)
    other = make_shop()
    hold_many(other, 1, days_ago=30)
    hold_many(shop, 5, days_ago=2)
    settings.HELD_PURCHASES_PER_CONTEST = limit
    assert limit_held_purchases() == 5 - len(remaining)
    assert (held_ids(shop), held_ids(other)) == (remaining, ["o0"])
    assert limit_held_purchases() == 0


def test_an_order_received_again_is_among_the_last_received(shop: Shop, settings: Any) -> None:
    hold_many(shop, 4, days_ago=3)
    post(shop, "purchases", shop.order(orderId="o0", email="p0@example.com"))
    settings.HELD_PURCHASES_PER_CONTEST = 2
    limit_held_purchases()
    assert held_ids(shop) == ["o0", "o3"]


def test_other_states_do_not_count_to_the_limit(shop: Shop, settings: Any) -> None:
    hold_many(shop, 3, days_ago=3)
    for number in range(3):
        malformed_call(shop)
        buy(shop, order_id=f"bought-{number}")
    RejectedPurchase.objects.filter(order_id="o0").update(state="dismissed")
    settings.HELD_PURCHASES_PER_CONTEST = 2
    assert limit_held_purchases() == 0


def test_the_team_is_warned_of_orders_deleted_at_the_limit(shop: Shop, settings: Any) -> None:
    hold_many(shop, 5, days_ago=2)
    settings.HELD_PURCHASES_PER_CONTEST = 3
    first = RejectedPurchase.objects.earliest("first_received_at").first_received_at
    limit_held_purchases()
    hold_many(shop, 2, name="late")
    limit_held_purchases()
    gap = RetentionGap.objects.get()
    assert (gap.since, gap.held_deleted) == (first, 4)
    statuses = {row["orderId"]: row["status"] for row in reconciled(shop, "o0", "o4", "late1")["results"]}
    assert statuses == {"o0": "unknown", "o4": "held", "late1": "held"}
    sentence = [notice for notice in warnings_for(fresh(shop)) if "on hold" in notice.sentence]
    assert len(sentence) == 1
    assert "At most 3 orders" in sentence[0].sentence
    assert "the oldest 4 orders were deleted" in sentence[0].sentence
    client = signed_in(shop, "support")
    for url in (reverse("admin:contests_contest_overview", args=[shop.contest.pk]), reverse("admin:index")):
        assert "the oldest 4 orders were deleted" in client.get(url).content.decode()
    RetentionGap.objects.update(held_deleted_at=timezone.now() - timedelta(days=31))
    assert not [notice for notice in warnings_for(fresh(shop)) if "on hold" in notice.sentence]


def test_the_team_is_not_warned_of_orders_deleted_by_age(shop: Shop, settings: Any) -> None:
    hold_many(shop, 2, days_ago=9)
    settings.HELD_PURCHASE_DAYS = 5
    delete_old_rejected_purchases()
    assert RetentionGap.objects.get().held_deleted_at is None
    assert not warnings_for(fresh(shop))


def fresh(shop: Shop) -> Contest:
    return Contest.objects.select_related("rule_set").get(pk=shop.contest.pk)


def test_the_limit_is_checked_by_index(shop: Shop) -> None:
    hold_many(shop, 3)
    held = RejectedPurchase.objects.filter(state="held").order_by()
    oldest = held.filter(contest=shop.contest).order_by("last_received_at", "pk")[:10]
    counts = held.values("contest").annotate(count=Count("pk"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for rows in (oldest, counts):
        assert "rejected_held_by_time" in rows.explain()


@pytest.mark.django_db(transaction=True)
def test_an_order_is_not_deleted_while_it_is_attached(settings: Any) -> None:
    shop = make_shop()
    hold_many(shop, 3, days_ago=2)
    settings.HELD_PURCHASES_PER_CONTEST = 1
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        attach_purchase(RejectedPurchase.objects.get(order_id="o0"), shop.entry, audit=AuditContext())
        assert pool.submit(over_a_connection_of_its_own, limit_held_purchases).result(10) == 1
    assert (Purchase.objects.get().order_id, held_ids(shop)) == ("o0", ["o2"])


@pytest.mark.django_db(transaction=True)
def test_an_order_sent_again_while_it_is_deleted_is_held_anew(settings: Any) -> None:
    shop = make_shop()
    hold_many(shop, 2, days_ago=2)
    settings.HELD_PURCHASES_PER_CONTEST = 1
    body = shop.order(orderId="o0", email="p0@example.com")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert limit_held_purchases() == 1
            call = pool.submit(over_a_connection_of_its_own, lambda: post(shop, "purchases", body))
            wait_for_blocked()
        assert call.result(10).status_code == 404
    assert held_ids(shop) == ["o0", "o1"]
    assert RejectedPurchase.objects.get(order_id="o0").times == 1


def over_a_connection_of_its_own(run: Callable[[], Any]) -> Any:
    try:
        return run()
    finally:
        connection.close()


def test_old_rejection_counts_are_deleted(shop: Shop) -> None:
    RejectionCount.objects.create(day=(timezone.now() - LONG_AGO).date() - timedelta(days=1), code="x", slot=0, times=1)
    RejectionCount.objects.create(day=timezone.now().date(), code="x", slot=0, times=1)
    assert delete_old_rejected_purchases().counts == 1


def test_a_killed_process_deletes_nothing_without_a_retention_gap(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    malformed_call(shop)
    make_old()

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retention, "note_gap", killed)
    with transaction.atomic(), pytest.raises(KeyboardInterrupt):
        delete_old_rejected_purchases()
    assert RejectedPurchase.objects.exists()
    monkeypatch.undo()
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.exists(), since(shop) is not None) == (False, True)


def test_a_retention_gap_is_shown_with_its_contest(shop: Shop) -> None:
    retention_gaps.note_gap(shop.contest.pk, timezone.now())
    assert str(RetentionGap.objects.get()).startswith(Contest.objects.get().pk)
