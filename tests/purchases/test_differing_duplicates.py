"""Orders received again with other values: each is kept with its values, up to a number per order."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blitzrocket.emails import Email
from contests.services import create_entry
from purchases.models import DifferingDuplicate, DuplicateCount, Purchase
from purchases.services import NewPurchase, duplicates, record_batch
from purchases.services.duplicates import MAX_DIFFERING
from purchases.support.differing_duplicates import differing_duplicates_of
from tests.purchases.orders import buy
from tests.support import Api, Shop, record, wait_for_blocked


def values_received() -> list[tuple[str, str, str, int]]:
    """Amount, currency, email and number of each that is kept, the latest first."""
    rows = DifferingDuplicate.objects.order_by("-last_received_at", "-id")
    return [(f"{row.amount:.2f}", row.currency, row.email, row.times) for row in rows]


def order_of(amount: str, order_id: str = "#1") -> NewPurchase:
    return NewPurchase(
        email=Email.parse("ada@example.com"),
        order_id=order_id,
        amount=Decimal(amount),
        currency="USD",
        purchased_at=timezone.now(),
    )


def test_each_is_kept_with_what_was_received(api: Api, transactional_db: None, shop: Shop) -> None:
    order = shop.order(amount=60)
    create_entry(shop.contest, "grace@example.com")
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"amount": 80},
        {"email": "Grace@example.com"},
        {"currency": "jpy"},
        {"amount": 80, "email": "ADA@example.com"},
        {"amount": 80},
        {},
    )
    for each in changes:
        assert api.record(shop, order | each).status_code in (200, 201)
    assert values_received() == [
        ("80.00", "USD", "ada@example.com", 2),
        ("80.00", "USD", "ADA@example.com", 1),
        ("60.00", "JPY", "ada@example.com", 1),
        ("60.00", "USD", "Grace@example.com", 1),
    ]
    assert Purchase.objects.get().duplicates == 6
    duplicate = DifferingDuplicate.objects.get(times=2)
    assert duplicate.first_received_at < duplicate.last_received_at


def test_one_that_does_not_differ_is_only_counted(shop: Shop) -> None:
    for _ in range(3):
        record(shop, "60.00", order_id="#1")
    record(shop, "60.00", order_id="#1", email=Email.parse("ADA@example.com"))
    assert (values_received(), Purchase.objects.get().duplicates) == ([], 3)


def test_an_order_keeps_the_latest_ones(shop: Shop) -> None:
    """One that comes again counts as late as it came last; those of other orders stay."""
    other = buy(shop, "1.00", order_id="#2")
    record(shop, "2.00", order_id="#2")
    amounts = [f"{100 + number}.00" for number in range(MAX_DIFFERING + 2)]
    for amount in ("60.00", *amounts[:MAX_DIFFERING], amounts[0], *amounts[MAX_DIFFERING:]):
        record(shop, amount, order_id="#1")
    rows = DifferingDuplicate.objects.exclude(purchase=other)
    assert {(f"{row.amount:.2f}", row.times) for row in rows} == {
        (amounts[0], 2), *((amount, 1) for amount in amounts[3:])
    }  # fmt: skip
    assert other.differing_duplicates.count() == 1


def test_a_batch_with_an_order_many_times_keeps_as_many(shop: Shop) -> None:
    amounts = ["60.00", "80.00", "80.00", *(f"{number}.00" for number in range(1, MAX_DIFFERING + 9))]
    record_batch(
        shop.contest.pk, [order_of(each) for each in amounts], api_key=shop.keys["private"], received_at=timezone.now()
    )
    assert len(values_received()) == MAX_DIFFERING
    assert Purchase.objects.get().duplicates == len(amounts) - 1
    record_batch(
        shop.contest.pk,
        [order_of("80.00"), order_of("80.00"), order_of("5.00", "#2"), order_of("6.00", "#2")],
        api_key=shop.keys["private"],
        received_at=timezone.now(),
    )
    assert {row[0]: row[3] for row in values_received()[:2]} == {"80.00": 2, "6.00": 1}


@pytest.mark.django_db(transaction=True)
def test_calls_with_the_same_values_at_once_are_one_row(shop: Shop) -> None:
    """They wait for each other at the purchase, so that none counts from what the other has not committed yet."""
    purchase = buy(shop, "60.00", order_id="#1")

    def send() -> None:
        record(shop, "80.00", order_id="#1")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        with transaction.atomic():
            Purchase.objects.select_for_update().get(pk=purchase.pk)
            calls = [pool.submit(send) for _ in range(4)]
            wait_for_blocked(4)
        for call in calls:
            call.result(30)
    assert values_received() == [("80.00", "USD", "ada@example.com", 4)]


@pytest.mark.django_db(transaction=True)
def test_values_and_count_are_written_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    record(shop, "60.00", order_id="#1")
    with monkeypatch.context() as patch:
        patch.setattr(duplicates, "_DELETE_OLDEST", "SELECT 1 / 0 FROM contests_contest WHERE id = %(contest)s::text")
        with pytest.raises(DatabaseError):
            record(shop, "80.00", order_id="#1")
    assert (values_received(), DuplicateCount.objects.count(), Purchase.objects.get().duplicates) == ([], 0, 0)
    record(shop, "80.00", order_id="#1")
    assert (len(values_received()), Purchase.objects.get().duplicates) == (1, 1)


def test_what_1_0_kept_is_shown_with_later_ones(shop: Shop) -> None:
    purchase = buy(shop, "60.00", order_id="#1")
    at = timezone.now()
    Purchase.objects.update(
        duplicates=1,
        last_duplicate_at=at,
        last_differences={"amount": {"recorded": Decimal("60.00"), "received": Decimal("80.00")}},
    )

    def shown() -> list[tuple[str, str, bool]]:
        values = differing_duplicates_of(Purchase.objects.get(pk=purchase.pk))
        return [(f"{each.amount} {each.currency}", each.email, each.last_at is None) for each in values]

    assert shown() == [("80.00 USD", "ada@example.com", False)]
    record(shop, "70.00", order_id="#1")
    assert shown() == [("70.00 USD", "ada@example.com", False), ("80.00 USD", "ada@example.com", True)]
    record(shop, "80.00", order_id="#1")
    assert [amount for amount, *_rest in shown()] == ["80.00 USD", "70.00 USD"]
