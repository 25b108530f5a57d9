"""An order is an entry's first where it has no other that is not voided, whatever its last ledger line is of."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from contests.models import Entry
from contests.services import adjust_points, create_entry
from purchases.models import Purchase
from purchases.services import move_purchase, refund_purchase, restore_purchase, void_purchase
from tests.support import Shop, record, set_rules

pytestmark = pytest.mark.django_db

FIRST, LATER = 110, 10


@pytest.fixture
def shop(shop: Shop) -> Shop:
    set_rules(
        shop.contest, {"points_per_unit": 1}, {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True}
    )
    return shop


def void(shop: Shop, purchase: Purchase) -> None:
    void_purchase(purchase, audit=AuditContext())


def void_and_restore(shop: Shop, purchase: Purchase) -> None:
    void(shop, purchase)
    restore_purchase(purchase, audit=AuditContext())


def move(shop: Shop, purchase: Purchase) -> None:
    move_purchase(purchase, create_entry(shop.contest, "grace@example.com"), audit=AuditContext())


def refund(shop: Shop, purchase: Purchase) -> None:
    refund_purchase(purchase, refund_id="r1", amount=purchase.amount, audit=AuditContext(), received_at=timezone.now())


def refund_and_void(shop: Shop, purchase: Purchase) -> None:
    refund(shop, purchase)
    void(shop, purchase)


def adjust(shop: Shop, purchase: Purchase) -> None:
    adjust_points(Entry.objects.get(pk=shop.entry.pk), 5, adjustment_id="gift", audit=AuditContext())


def leave(shop: Shop, purchase: Purchase) -> None:
    pass


@pytest.mark.parametrize(
    ("action", "points"),
    [
        (leave, LATER),
        (adjust, LATER),
        (refund, LATER),
        (void_and_restore, LATER),
        (void, FIRST),
        (refund_and_void, FIRST),
        (move, FIRST),
    ],
)
def test_what_became_of_the_order_before_decides(
    shop: Shop, action: Callable[[Shop, Purchase], None], points: int
) -> None:
    before = record(shop, "10.00")
    assert before.points_awarded == FIRST
    action(shop, Purchase.objects.get(pk=before.purchase_id))
    assert record(shop, "10.00").points_awarded == points


def test_an_order_without_points_is_one_as_well(shop: Shop) -> None:
    set_rules(
        shop.contest,
        {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True, "amount_from": Decimal(50)},
    )
    assert record(shop, "10.00").points_awarded == 0
    assert record(shop, "50.00").points_awarded == 0


def test_an_adjustment_is_no_order(shop: Shop) -> None:
    adjust_points(shop.entry, 5, adjustment_id="gift", audit=AuditContext())
    assert record(shop, "10.00").points_awarded == FIRST


def test_one_order_left_of_two(shop: Shop) -> None:
    record(shop, "10.00")
    void_purchase(Purchase.objects.get(pk=record(shop, "10.00").purchase_id), audit=AuditContext())
    assert record(shop, "10.00").points_awarded == LATER


def test_the_last_line_of_a_recording_saves_the_look_at_orders(shop: Shop) -> None:
    """Else each order reads a page of the entry's orders, which is half of what reading its facts takes."""
    record(shop, "10.00")
    Purchase.objects.update(
        status=Purchase.Status.VOIDED, points_now=0
    )  # without its line, which no service leaves out
    assert record(shop, "10.00").points_awarded == LATER
