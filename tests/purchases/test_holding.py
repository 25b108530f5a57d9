"""Orders without an entry are held: each of them, lean, in the order in which they were sent, and as first received."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.audit.context import AuditContext
from blitzrocket.datetimes import format_rfc3339
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import
from contests.models import Contest, Entry
from contests.services import create_entry
from contests.services.entries import announce_reachable
from purchases.models import Purchase, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    HeldOrdersScan,
    NewPurchase,
    NotHeld,
    attach_purchase,
    detach_purchase,
    dismiss_rejected_purchase,
    holding,
    record_batch,
    record_purchase,
    record_rejected_purchase,
    release_all_held_purchases,
    release_held_purchases,
    reopen_rejected_purchase,
)
from tests.purchases.orders import hold
from tests.support import Shop, make_shop, set_rules

LATE = "late@example.com"


@pytest.fixture
def shop(db: None) -> Shop:
    shop = make_shop()
    ApiKey.objects.update(rate_limit=None)
    return shop


def post(shop: Shop, path: str, body: Any) -> Any:
    url = f"/api/v1/contests/{shop.contest.pk}/{path}"
    return Client().post(url, body, content_type="application/json", headers={"x-api-key": shop.private_key})


def held_order(shop: Shop, order_id: str, **fields: Any) -> dict[str, Any]:
    return shop.order(orderId=order_id, email=LATE) | fields


# Never crowded out, and nothing is counted


def alone(shop: Shop, order_ids: list[str]) -> None:
    for order_id in order_ids:
        assert post(shop, "purchases", held_order(shop, order_id)).status_code == 404


def together(shop: Shop, order_ids: list[str]) -> None:
    rows = [held_order(shop, order_id) for order_id in order_ids]
    assert post(shop, "purchases/batch", {"purchases": rows}).json()["data"]["counts"]["rejected"] == len(rows)


def among_others(shop: Shop, order_ids: list[str]) -> None:
    rows = [held_order(shop, order_id) for order_id in order_ids]
    post(shop, "purchases/batch", {"purchases": [shop.order(amount=0), *rows, shop.order(), shop.order(email="?")]})


WAYS = pytest.mark.parametrize("send", [alone, together, among_others])


@WAYS
def test_orders_are_held_also_beyond_the_daily_limit_of_rejections(
    shop: Shop, settings: Any, send: Callable[[Shop, list[str]], None]
) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 3
    for number in range(5):
        post(shop, "purchases", shop.order(orderId=f"bad-{number}", amount=0))
    ids = [f"o{number}" for number in range(6)]
    send(shop, ids)
    held = RejectedPurchase.objects.filter(state="held")
    assert sorted(held.values_list("order_id", flat=True)) == sorted(ids)
    assert RejectedPurchase.objects.filter(state="rejected").count() == 3


@WAYS
def test_held_orders_do_not_count_to_the_daily_limit(
    shop: Shop, settings: Any, send: Callable[[Shop, list[str]], None]
) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 4
    send(shop, [f"o{number}" for number in range(6)])
    for number in range(5):
        post(shop, "purchases", shop.order(orderId=f"bad-{number}", amount=0))
    assert RejectedPurchase.objects.filter(state="rejected").count() == 4


@pytest.mark.parametrize("receipt", ["first", "again", "as another address"])
@pytest.mark.parametrize("size", [1, 2, 500])
def test_holding_takes_few_statements(shop: Shop, size: int, receipt: str) -> None:
    ApiKey.objects.update(rate_limit=6000)
    post(shop, "purchases", shop.order())  # notes that the key is used
    rows = [held_order(shop, f"o{number}") for number in range(size)]
    if receipt != "first":
        post(shop, "purchases/batch", {"purchases": rows})
    if receipt == "as another address":
        rows = [row | {"email": "later@example.com"} for row in rows]
    with CaptureQueriesContext(connection) as captured:
        if size == 1:
            assert post(shop, "purchases", rows[0]).status_code == 404
        else:
            assert post(shop, "purchases/batch", {"purchases": rows}).json()["data"]["counts"]["rejected"] == size
    statements_sent = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(statements_sent) == 6, statements_sent
    about_rejected = [sql for sql in statements_sent if "rejectedpurchase" in sql]
    assert not [sql for sql in about_rejected if "count(" in sql.lower()]
    assert RejectedPurchase.objects.count() == size


def test_a_held_order_is_in_few_indexes(shop: Shop) -> None:
    """Each index is paid for by every order that is held; those of other rows are partial."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = 'purchases_rejectedpurchase'::regclass
            AND coalesce(pg_get_expr(indpred, indrelid), 'held') ~ 'held' AND NOT coalesce(
                pg_get_expr(indpred, indrelid) ~* 'NOT|<>', false)
        """)
        names = {name for (name,) in cursor.fetchall()}
    assert len(names) == 7, names


# As it was first received


def resend(shop: Shop, **fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = post(shop, "purchases?explain=true", held_order(shop, "7", **fields)).json()["data"]
    return data


def resend_in_a_batch(shop: Shop, **fields: Any) -> dict[str, Any]:
    rows = [held_order(shop, "7", **fields), shop.order()]
    data: dict[str, Any] = post(shop, "purchases/batch", {"purchases": rows}).json()["data"]["results"][0]
    return data


def resend_in_a_batch_with_a_refund(shop: Shop, **fields: Any) -> dict[str, Any]:
    """One that is recorded order by order."""
    post(shop, "refunds", {"orderId": "other", "refundId": "r1"})
    rows = [held_order(shop, "7", **fields), shop.order(orderId="other")]
    data: dict[str, Any] = post(shop, "purchases/batch", {"purchases": rows}).json()["data"]["results"][0]
    return data


def preview(shop: Shop, **fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = post(shop, "purchases/preview", held_order(shop, "7", **fields)).json()["data"]
    return data


RESENT = pytest.mark.parametrize("send_again", [resend, resend_in_a_batch, resend_in_a_batch_with_a_refund, preview])
NOW = timezone.now().replace(microsecond=0)
FIRST, OTHER = format_rfc3339(NOW - timedelta(days=9)), format_rfc3339(NOW - timedelta(days=2))


@RESENT
@pytest.mark.parametrize(
    ("first", "second", "differences"),
    [
        ({"purchasedAt": FIRST}, {"purchasedAt": OTHER}, {"purchasedAt": {"recorded": FIRST, "received": OTHER}}),
        ({"purchasedAt": OTHER}, {"purchasedAt": FIRST}, {"purchasedAt": {"recorded": OTHER, "received": FIRST}}),
        (
            {"purchasedAt": FIRST, "email": "latte@example.com"},
            {"purchasedAt": OTHER, "amount": 20, "currency": "EUR"},
            {"purchasedAt": {"recorded": FIRST, "received": OTHER}},
        ),
        ({"purchasedAt": FIRST}, {"purchasedAt": FIRST}, None),
        ({"purchasedAt": FIRST}, {"purchasedAt": FIRST.replace(".000Z", "+00:00")}, None),
        ({"purchasedAt": FIRST}, {}, None),
        ({"purchasedAt": FIRST}, {"purchasedAt": None}, None),
        ({}, {}, None),
        ({}, {"amount": 20, "currency": "EUR"}, None),
        ({"email": "latte@example.com"}, {"amount": 1}, None),
    ],
)
def test_differences_from_the_first_receipt_are_returned(
    shop: Shop,
    send_again: Callable[..., dict[str, Any]],
    first: dict[str, Any],
    second: dict[str, Any],
    differences: dict[str, Any] | None,
) -> None:
    assert post(shop, "purchases", held_order(shop, "7", **first)).status_code == 404
    create_entry(shop.contest, LATE)
    data = send_again(shop, **second)
    assert data.get("differences") == differences
    assert data["pointsAwarded"] == second.get("amount", 50)
    if send_again is not preview:
        assert Purchase.objects.get(order_id="7").purchased_at == RejectedPurchase.objects.get().purchased_at
        assert "differences" not in resend(shop, **second)


@RESENT
def test_without_a_time_the_first_receipt_is_the_time_of_purchase(
    shop: Shop, send_again: Callable[..., dict[str, Any]]
) -> None:
    post(shop, "purchases", held_order(shop, "7"))
    create_entry(shop.contest, LATE)
    at = RejectedPurchase.objects.get().first_received_at
    differences = send_again(shop, purchasedAt=OTHER)["differences"]
    assert differences == {"purchasedAt": {"recorded": format_rfc3339(at), "received": OTHER}}


@RESENT
def test_the_rules_of_the_first_receipt_apply_to_later_ones(
    shop: Shop, send_again: Callable[..., dict[str, Any]]
) -> None:
    post(shop, "purchases", held_order(shop, "7", purchasedAt=FIRST))
    set_rules(shop.contest, {"points_per_unit": 7}, starts_at=NOW - timedelta(days=1))
    create_entry(shop.contest, LATE)
    assert send_again(shop, amount=10, purchasedAt=OTHER)["pointsAwarded"] == 10


def test_an_order_never_held_has_no_differences(shop: Shop) -> None:
    data = post(shop, "purchases", shop.order(purchasedAt=FIRST)).json()["data"]
    assert "differences" not in data


# In the order in which they were sent


def new(order_id: str, received_at: datetime) -> NewPurchase:
    return NewPurchase(
        email=Email.parse(LATE), order_id=order_id, amount=Decimal(10), currency="USD", purchased_at=received_at
    )


def send_in_a_batch(shop: Shop, order_ids: list[str], at: Callable[[], datetime]) -> None:
    moment = at()
    orders = [new(order_id, moment) for order_id in order_ids]
    record_batch(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=moment)


def send_alone(shop: Shop, order_ids: list[str], at: Callable[[], datetime]) -> None:
    for order_id in order_ids:
        moment = at()
        with suppress(EntryMissing):
            record_purchase(shop.contest.pk, new(order_id, moment), api_key=shop.keys["private"], received_at=moment)


def send_in_batches(shop: Shop, order_ids: list[str], at: Callable[[], datetime]) -> None:
    for start in range(0, len(order_ids), 3):
        send_in_a_batch(shop, order_ids[start : start + 3], at)


def send_in_turn(shop: Shop, order_ids: list[str], at: Callable[[], datetime]) -> None:
    send_alone(shop, order_ids[:2], at)
    send_in_a_batch(shop, order_ids[2:6], at)
    send_alone(shop, order_ids[6:], at)


def send_twice(shop: Shop, order_ids: list[str], at: Callable[[], datetime]) -> None:
    send_in_batches(shop, order_ids, at)
    send_in_a_batch(shop, order_ids[::-1], at)
    send_alone(shop, order_ids[::3], at)


def real_clock() -> Callable[[], datetime]:
    return timezone.now


def standing_clock() -> Callable[[], datetime]:
    moment = timezone.now()
    return lambda: moment


def clock_that_goes_back() -> Callable[[], datetime]:
    """Of machines whose clocks differ: each call is received by one that is slower."""
    moments = (timezone.now() - timedelta(milliseconds=number) for number in range(1000))
    return lambda: next(moments)


def release_by_entry(shop: Shop) -> None:
    release_held_purchases(create_entry(shop.contest, LATE))


def release_by_contest(shop: Shop) -> None:
    create_entry(shop.contest, LATE)
    release_all_held_purchases(shop.contest)


def release_by_chore(shop: Shop) -> None:
    create_entry(shop.contest, LATE)
    scan = HeldOrdersScan()
    while scan.go_on():  # one turn ends after some seconds, which a loaded machine needs
        pass


def release_by_import(shop: Shop) -> None:
    entry_import = create_entry_import(shop.contest, "people.csv", f"email\n{LATE}\n".encode(), by=None)
    start_import(entry_import, audit=AuditContext())
    run_all_jobs()


SENT = [
    (send, clock, release_by_entry)
    for send in (send_in_a_batch, send_alone, send_in_batches, send_in_turn, send_twice)
    for clock in (real_clock, standing_clock, clock_that_goes_back)
] + [
    (send_in_turn, clock_that_goes_back, release)
    for release in (release_by_contest, release_by_chore, release_by_import)
]


@pytest.mark.parametrize(("send", "clock", "release"), SENT)
def test_held_orders_are_released_in_the_order_received(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    send: Callable[..., None],
    clock: Callable[[], Callable[[], datetime]],
    release: Callable[[Shop], None],
) -> None:
    """Also where ids were made by processes that disagree about the time: here, each id sorts before the last one."""
    numbers = iter(range(10_000, 0, -1))
    monkeypatch.setattr(holding, "new_id", lambda prefix: f"{prefix}_{next(numbers):05}")
    set_rules(shop.contest, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True})
    order_ids = [str(number * 5 % 8) for number in range(8)]  # not in the order of their ids either
    send(shop, order_ids, clock())
    release(shop)
    recorded = Purchase.objects.order_by("id").values_list("order_id", "points_awarded")
    assert list(recorded) == [(order_id, 0 if place else 100) for place, order_id in enumerate(order_ids)]


# Whatever becomes of it meanwhile


def deleted(shop: Shop) -> RejectedPurchase:
    rejected = hold(shop)
    RejectedPurchase.objects.filter(pk=rejected.pk).delete()
    return rejected


def order_by_hand(shop: Shop, rejected: RejectedPurchase) -> NewPurchase:
    return NewPurchase(
        email=Email.parse(shop.entry.email),
        order_id=rejected.order_id,
        amount=Decimal(10),
        currency="USD",
        purchased_at=rejected.first_received_at,
    )


ACTS: dict[str, tuple[Callable[[Shop, RejectedPurchase], Any], type[Exception]]] = {
    "attach": (lambda shop, rejected: attach_purchase(rejected, shop.entry, audit=AuditContext()), NotHeld),
    "release": (lambda shop, rejected: attach_purchase(rejected, shop.entry), NotHeld),
    "detach": (lambda shop, rejected: detach_purchase(rejected, audit=AuditContext()), NotHeld),
    "dismiss": (lambda shop, rejected: dismiss_rejected_purchase(rejected, audit=AuditContext()), AlreadyHandled),
    "reopen": (lambda shop, rejected: reopen_rejected_purchase(rejected, audit=AuditContext()), AlreadyHandled),
    "record": (
        lambda shop, rejected: record_rejected_purchase(
            rejected, shop.contest, order_by_hand(shop, rejected), audit=AuditContext()
        ),
        AlreadyHandled,
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_action_on_a_deleted_order_is_refused(shop: Shop, name: str) -> None:
    do, refusal = ACTS[name]
    with pytest.raises(refusal):
        do(shop, deleted(shop))
    assert not Purchase.objects.exists()


def test_a_dismissed_order_stays_dismissed_when_it_is_received_again(shop: Shop) -> None:
    rejected = hold(shop)
    dismiss_rejected_purchase(rejected, audit=AuditContext())
    together(shop, ["7", "8"])
    rejected.refresh_from_db()
    assert (rejected.state, rejected.times) == ("dismissed", 2)
    assert release_all_held_purchases(shop.contest) == 0


# The walk through all held orders


def test_the_walk_resumes_where_it_stopped_and_starts_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("purchases.services.release.CHUNK", 3)
    monkeypatch.setattr("purchases.services.release.CHORE_SECONDS", 0)
    shops = [shop, make_shop(), make_shop()]
    for each in shops:
        together(each, [f"o{number}" for number in range(4)])
        create_entry(each.contest, "other@example.com")
    for each in shops[:2]:
        create_entry(each.contest, LATE)
    walk = HeldOrdersScan()
    assert [walk.go_on() for _ in range(8)][:1] != [12]
    assert Purchase.objects.count() == 8
    create_entry(shops[2].contest, LATE)
    for _ in range(4):
        walk.go_on()
    assert (Purchase.objects.count(), RejectedPurchase.objects.filter(state="held").count()) == (12, 0)


def test_the_walk_skips_contests_with_manual_attaching(shop: Shop) -> None:
    together(shop, ["1", "2"])
    Contest.objects.filter(pk=shop.contest.pk).update(attaches_automatically=False)
    create_entry(shop.contest, LATE)
    assert (HeldOrdersScan().go_on(), release_all_held_purchases()) == (0, 0)


def test_the_walk_skips_entries_without_an_email(shop: Shop) -> None:
    together(shop, ["1", "2"])
    RejectedPurchase.objects.update(email_key="")
    Entry.objects.create(contest=shop.contest, phone="+15550001", phone_key="+15550001")
    assert HeldOrdersScan().go_on() == 0


def test_a_release_with_a_time_limit_leaves_the_rest_to_the_background(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("purchases.services.release.CHUNK", 2)
    for number in range(6):
        post(shop, "purchases", shop.order(orderId=str(number), email=f"p{number}@example.com"))
        create_entry(shop.contest, f"p{number}@example.com")
    assert release_all_held_purchases(shop.contest, seconds=0) == 1  # not to the end of the chunk
    assert HeldOrdersScan().go_on() == 5


def test_the_time_limit_holds_among_several_entries_and_within_one(shop: Shop) -> None:
    together(shop, ["1", "2", "3"])
    hold(shop, "other", "other@example.com")
    entries = [create_entry(shop.contest, email) for email in (LATE, "other@example.com")]
    assert announce_reachable(entries, seconds=0) == 1
    assert announce_reachable(entries[:1], seconds=0) == 1
    assert release_all_held_purchases(shop.contest, seconds=0) == 1
    assert announce_reachable(entries, seconds=60) == 1


def test_a_walk_whose_time_runs_out_in_a_chunk_records_its_rest_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("purchases.services.release.CHORE_SECONDS", 0)
    together(shop, ["1", "2", "3"])
    create_entry(shop.contest, LATE)
    walk = HeldOrdersScan()
    assert [walk.go_on() for _ in range(3)] == [1, 1, 1]
