"""How long rejected orders are kept, and that a contest that has not kept all says so when orders are reconciled."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.api.moments import write_moment
from contests.models import Contest
from contests.services import create_contest
from purchases.models import Purchase, RefusalCount, RejectedPurchase, RetentionGap, WaitingRefund
from purchases.services import delete_old_rejected_purchases, gaps, retention
from tests.purchases.desk import buy, hold, refund_early
from tests.support import Shop, make_shop

LONG_AGO = timedelta(days=django_settings.REJECTED_PURCHASE_DAYS, minutes=1)


@pytest.fixture
def shop(db: None) -> Shop:
    ApiKey.objects.update(rate_limit=None)
    return make_shop()


def post(shop: Shop, path: str, body: Any, *, key: str = "") -> Any:
    url = f"/api/v1/contests/{shop.contest.pk}/{path}"
    return Client().post(url, body, content_type="application/json", headers={"x-api-key": key or shop.private_key})


def reconciled(shop: Shop, *order_ids: str) -> Any:
    orders = [{"orderId": order_id} for order_id in order_ids or ["never-sent"]]
    return post(shop, "purchases/reconcile", {"orders": orders}).json()["data"]


def since(shop: Shop) -> datetime | None:
    return RetentionGap.objects.filter(contest=shop.contest).values_list("since", flat=True).first()


def grow_old(**state: Any) -> None:
    """Everything that is kept was received long ago."""
    at = timezone.now() - LONG_AGO
    RejectedPurchase.objects.update(first_received_at=at, last_received_at=at, **state)
    WaitingRefund.objects.update(received_at=at)


def malformed_call(shop: Shop) -> None:
    post(shop, "purchases", shop.order(amount="49.99"))


def malformed_rows(shop: Shop) -> None:
    post(shop, "purchases/batch", {"purchases": [shop.order(amount=0), shop.order(currency="?"), shop.order()]})


def call_with_a_public_key(shop: Shop) -> None:
    post(shop, "purchases", shop.order(), key=shop.public_key)


def nothing_of_a_negative_amount(shop: Shop) -> None:
    post(shop, "purchases", shop.order(amount=-1))


@pytest.mark.parametrize("call", [malformed_call, malformed_rows, call_with_a_public_key, nothing_of_a_negative_amount])
def test_a_call_beyond_what_a_key_may_leave_behind_is_not_kept_and_the_contest_says_so(
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
    assert data["incompleteSince"] == write_moment(noted)


def test_it_is_noted_once_and_not_for_each_call(shop: Shop, settings: Any, django_assert_num_queries: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    malformed_call(shop)
    first = since(shop)
    with django_assert_num_queries(0):
        gaps.note_call_not_kept(shop.contest, timezone.now())
    gaps._noted.clear()  # another process
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
    WaitingRefund.objects.update(state="refused")


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
def test_what_is_deleted_because_it_is_old_is_noted_as_of_its_first_receipt(
    shop: Shop, keep: Callable[[Shop], None]
) -> None:
    keep(shop)
    grow_old()
    first = timezone.now() - timedelta(days=400)
    RejectedPurchase.objects.update(first_received_at=first)
    refunds_at = timezone.now() - LONG_AGO
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.count(), WaitingRefund.objects.count()) == (0, 0)
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
    RejectedPurchase.objects.update(state="refused", purchase=None)


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
def test_what_takes_nothing_from_the_contest_is_deleted_without_a_note(
    shop: Shop, keep: Callable[[Shop], None]
) -> None:
    keep(shop)
    assert RejectedPurchase.objects.exists() or WaitingRefund.objects.exists()
    grow_old()
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.count(), WaitingRefund.objects.count()) == (0, 0)
    assert not RetentionGap.objects.exists()
    assert reconciled(shop)["results"][0]["status"] == "missing"


def test_the_earliest_of_all_is_told(shop: Shop) -> None:
    now = timezone.now()
    for days in (5, 9, 7, 9, 1):
        gaps.note_gap(shop.contest.pk, now - timedelta(days=days))
    gaps.note_call_not_kept(shop.contest, now)
    assert since(shop) == now - timedelta(days=9)


def test_another_contest_of_the_team_stays_complete(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 0
    malformed_call(shop)
    contest = create_contest(shop.team, title="Winter", slug="winter")
    other = Shop(shop.team, contest, shop.entry, shop.private_key, shop.public_key)
    assert "incompleteSince" not in reconciled(other)


def test_orders_that_are_here_are_told_as_ever(shop: Shop) -> None:
    buy(shop, order_id="recorded")
    hold(shop, "held")
    post(shop, "purchases", shop.order(orderId="rejected", amount=0))
    gaps.note_gap(shop.contest.pk, timezone.now())
    data = reconciled(shop, "recorded", "held", "rejected", "none")
    assert [row["status"] for row in data["results"]] == ["recorded", "held", "rejected", "unknown"]


def test_held_orders_and_their_refunds_do_not_grow_old_with_the_rejected(shop: Shop) -> None:
    hold(shop, "held")
    refund_early(shop, "held")
    refund_early(shop, "never-came")
    grow_old()
    deleted = delete_old_rejected_purchases()
    assert (deleted.rejected, deleted.refunds) == (0, 1)
    assert RejectedPurchase.objects.get().order_id == WaitingRefund.objects.get().order_id == "held"


def test_in_chunks_of_any_contests(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 3)
    shops = [shop, make_shop(), make_shop()]
    for each in shops * 3:
        malformed_call(each)
        refund_early(each, f"not-yet-{RejectedPurchase.objects.count()}")
        sent_to_no_contest(each)
    grow_old()
    for each in shops:
        malformed_call(each)
    deleted = delete_old_rejected_purchases()
    assert (deleted.rejected, deleted.refunds, RejectedPurchase.objects.count()) == (18, 9, 3)
    assert set(RetentionGap.objects.values_list("contest", flat=True)) == {each.contest.pk for each in shops}


def test_counts_of_refusals_grow_old_too(shop: Shop) -> None:
    RefusalCount.objects.create(day=(timezone.now() - LONG_AGO).date() - timedelta(days=1), code="x", slot=0, times=1)
    RefusalCount.objects.create(day=timezone.now().date(), code="x", slot=0, times=1)
    assert delete_old_rejected_purchases().counts == 1


def test_a_process_that_is_ended_in_between_has_deleted_nothing_without_a_note(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    malformed_call(shop)
    grow_old()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retention, "note_gap", killed)
    with transaction.atomic(), pytest.raises(KeyboardInterrupt):
        delete_old_rejected_purchases()
    assert RejectedPurchase.objects.exists()
    monkeypatch.undo()
    delete_old_rejected_purchases()
    assert (RejectedPurchase.objects.exists(), since(shop) is not None) == (False, True)


def test_the_contest_can_be_told_apart(shop: Shop) -> None:
    gaps.note_gap(shop.contest.pk, timezone.now())
    assert str(RetentionGap.objects.get()).startswith(Contest.objects.get().pk)
