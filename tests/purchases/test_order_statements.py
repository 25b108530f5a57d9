"""What is known of orders is found in the same way for few of them and for many."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.postgres.statements import pipelined_transaction
from purchases.services import NewPurchase, order_statements, void_purchase
from purchases.services.record_statements import Call, OrderFacts, Reading, read_locked
from tests.purchases.orders import buy, hold, refund_early
from tests.purchases.test_holding import post
from tests.support import Shop, make_shop

EMAILS = {"held": "late@example.com", "without an entry": "nobody@example.com"}
ORDER_IDS = ["new", "recorded", "voided", "held", "rejected", "recorded, then rejected", "refunded", "without an entry"]


@pytest.fixture
def orders(shop: Shop) -> list[NewPurchase]:
    """An order of each kind; another contest has recorded one with the same id as the new one."""
    buy(make_shop(), order_id="new")
    buy(shop, order_id="recorded")
    void_purchase(buy(shop, order_id="voided"), audit=AuditContext())
    hold(shop, "held", EMAILS["held"])
    buy(shop, order_id="recorded, then rejected")
    for order_id in ("rejected", "recorded, then rejected"):
        assert post(shop, "purchases", shop.order(orderId=order_id, amount=0)).status_code == 400
    refund_early(shop, "refunded")
    return [
        NewPurchase(
            email=Email.parse(EMAILS.get(order_id, shop.entry.email)),
            order_id=order_id,
            amount=Decimal("30.00"),
            currency="USD",
            purchased_at=timezone.now(),
        )
        for order_id in ORDER_IDS
    ]


def read(shop: Shop, orders: list[NewPurchase], *, wait: bool) -> Reading:
    call = Call(shop.contest.pk, shop.team.pk, shop.keys["private"], timezone.now())
    with pipelined_transaction():
        return read_locked(call, orders, wait=wait)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("many", [1, 1000])
def test_few_and_many_orders_are_found_alike(
    shop: Shop, orders: list[NewPurchase], many: int, wait: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_statements, "MANY", many)
    reading = read(shop, orders, wait=wait)
    facts = dict(zip(ORDER_IDS, reading.facts, strict=True))

    def ids(has: Callable[[OrderFacts], object]) -> list[str]:
        return [order_id for order_id in ORDER_IDS if has(facts[order_id])]

    assert ids(lambda known: known.recorded) == ["recorded", "voided", "recorded, then rejected"]
    assert ids(lambda known: known.recorded and known.recorded.is_voided) == ["voided"]
    assert ids(lambda known: known.first_receipt) == ["held"]
    assert ids(lambda known: known.has_open_rejections) == ["held", "rejected", "recorded, then rejected"]
    assert ids(lambda known: known.has_pending_refunds) == ["refunded"]
    assert ids(lambda known: known.entry is None) == ["held", "without an entry"]
    assert {ORDER_IDS[place] for place in reading.locked_entries} == {"new", "rejected", "refunded"}
    assert {*reading.locked_entries.values()} == {shop.entry.pk}


@pytest.mark.parametrize("many", [1, 1000])
def test_nothing_is_found_in_a_contest_of_another_team(
    shop: Shop, orders: list[NewPurchase], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_statements, "MANY", many)
    other = make_shop()
    call = Call(shop.contest.pk, other.team.pk, other.keys["private"], timezone.now())
    with pipelined_transaction():
        reading = read_locked(call, orders)
    assert reading == Reading([], {})
