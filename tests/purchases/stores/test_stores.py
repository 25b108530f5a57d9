"""What becomes of stores' deliveries: orders, refunds and cancellations, in any order and any number."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from blitzrocket.audit.context import AuditContext
from contests.models import Entry
from purchases.models import Purchase, RejectedPurchase, StoreDelivery
from purchases.services import void_purchase
from tests.purchases.stores.deliveries import (
    Store,
    connect,
    shopify_order,
    shopify_refund,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
    woocommerce_order,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)
BIG = "9007199254740993"  # one more than a double can hold


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def status_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    return str(response.json()["data"]["status"])


def points(shop: Shop) -> int:
    return Entry.objects.get(contest=shop.contest, pk=shop.entry.pk).points


def purchase(shop: Shop, order_id: str) -> Purchase:
    return Purchase.objects.get(contest=shop.contest, order_id=order_id)


def deliveries(shop: Shop) -> list[str]:
    return list(StoreDelivery.objects.filter(contest=shop.contest).order_by("id").values_list("state", flat=True))


class TestShopify:
    def test_a_paid_order_earns_points_once(self, shop: Shop) -> None:
        store = connect(shop, "shopify")
        for _ in range(3):
            assert status_of(store.deliver("orders/paid", shopify_order(), x_shopify_webhook_id="w-1")) == "done"
        assert (purchase(shop, BIG).amount, points(shop)) == (Decimal(80), 80)
        assert deliveries(shop) == ["done"]
        assert StoreDelivery.objects.get(contest=shop.contest).times == 3

    def test_the_owner_chooses_when_an_order_earns(self, shop: Shop) -> None:
        store = connect(shop, "shopify", earns="create")
        assert status_of(store.deliver("orders/paid", shopify_order())) == "not_used"
        assert status_of(store.deliver("orders/create", shopify_order(financial_status="pending"))) == "done"
        assert points(shop) == 80

    @pytest.mark.parametrize(
        ("amount", "included", "earned"),
        [
            ("total", False, 80),
            ("without_shipping", False, 70),
            ("without_tax_and_shipping", False, 65),
            ("without_tax_and_shipping", True, 65),
        ],
    )
    def test_the_owner_chooses_the_amount(self, shop: Shop, amount: str, included: bool, earned: int) -> None:
        connect(shop, "shopify", amount=amount).deliver("orders/paid", shopify_order(taxes_included=included))
        assert points(shop) == earned

    def test_refunds_edits_and_the_order_in_any_sequence(self, shop: Shop) -> None:
        refund = shopify_refund(5, "30.00")
        edited = shopify_order(
            current_total_price="40.00",
            current_total_price_set={"shop_money": {"amount": "40.00", "currency_code": "USD"}},
            refunds=[refund],
        )
        events = [("orders/paid", shopify_order()), ("refunds/create", refund), ("orders/updated", edited)]
        for sequence in permutations(events):
            shop = make_shop()
            store = connect(shop, "shopify")
            for _ in range(2):
                for topic, body in sequence:
                    assert status_of(store.deliver(topic, body)) in ("done", "not_used")
            assert (purchase(shop, BIG).refunded_amount, points(shop)) == (Decimal(40), 40)

    def test_a_cancelled_order_is_void_and_refunded_with_0_points(self, shop: Shop) -> None:
        store = connect(shop, "shopify")
        cancelled = shopify_order(cancelled_at="2026-11-21T10:00:00Z", cancel_reason="customer")
        for topic, body in [
            ("orders/cancelled", cancelled),
            ("orders/paid", shopify_order()),
            ("refunds/create", shopify_refund(5, "80.00")),
        ]:
            store.deliver(topic, body)
        assert (purchase(shop, BIG).status, points(shop)) == ("voided", 0)

    @pytest.mark.parametrize(
        ("fields", "state"),
        [
            ({"test": True}, "test"),
            ({"financial_status": "voided"}, "not_used"),
            ({"cancelled_at": "2026-11-21T10:00:00Z"}, "not_used"),
            ({"total_price": "0.00", "total_price_set": None}, "not_used"),
            ({"total_price": None}, "unusable"),
            ({"currency": "XAU"}, "unusable"),
            ({"id": None}, "unusable"),
            ({"email": "no address"}, "unusable"),
        ],
    )
    def test_what_earns_nothing(self, shop: Shop, fields: dict[str, Any], state: str) -> None:
        response = connect(shop, "shopify").deliver("orders/paid", shopify_order(**fields))
        assert status_of(response) == state
        assert not Purchase.objects.filter(contest=shop.contest).exists()
        assert deliveries(shop) == [state]

    def test_an_order_without_an_email_is_on_hold(self, shop: Shop) -> None:
        order = shopify_order(email="", contact_email=None)
        assert status_of(connect(shop, "shopify").deliver("orders/paid", order)) == "done"
        held = RejectedPurchase.objects.get(contest=shop.contest)
        assert (held.state, held.email, held.order_id) == ("held", "", BIG)


class TestStripe:
    def test_each_refund_counts_once_in_any_sequence(self, shop: Shop) -> None:
        events = [
            stripe_event("checkout.session.completed", stripe_session(), "evt_1"),
            stripe_event("refund.created", stripe_refund("re_1", 5000), "evt_2"),
            stripe_event("charge.refunded", stripe_charge(5000), "evt_3"),
            stripe_event("refund.updated", stripe_refund("re_1", 5000), "evt_4"),
        ]
        for sequence in permutations(events):
            shop = make_shop()
            store = connect(shop, "stripe")
            for event in sequence:
                store.deliver("", event)
            assert (purchase(shop, "ORD-1").refunded_amount, points(shop)) == (Decimal(50), 30), sequence

    def test_an_unpaid_session_waits_for_its_payment(self, shop: Shop) -> None:
        store = connect(shop, "stripe")
        unpaid = stripe_event("checkout.session.completed", stripe_session(payment_status="unpaid"))
        assert status_of(store.deliver("", unpaid)) == "not_used"
        paid = stripe_event("checkout.session.async_payment_succeeded", stripe_session(), "evt_2")
        assert status_of(store.deliver("", paid)) == "done"
        assert points(shop) == 80

    @pytest.mark.parametrize(
        ("units", "currency", "amount"),
        [(8000, "usd", "80"), (8000, "jpy", "8000"), (8000, "kwd", "8"), (8000, "isk", "80"), (8000, "ugx", "80")],
    )
    def test_units_of_currencies(self, shop: Shop, units: int, currency: str, amount: str) -> None:
        session = stripe_session(amount_total=units, currency=currency)
        connect(shop, "stripe").deliver("", stripe_event("checkout.session.completed", session))
        assert purchase(shop, "ORD-1").amount == Decimal(amount)

    def test_a_failed_refund_takes_nothing(self, shop: Shop) -> None:
        store = connect(shop, "stripe")
        store.deliver("", stripe_event("checkout.session.completed", stripe_session()))
        for number, status in enumerate(("pending", "failed")):
            event = stripe_event("refund.updated", stripe_refund("re_1", 5000, status), f"evt_r{number}")
            assert status_of(store.deliver("", event)) == "not_used"
        assert points(shop) == 80


class TestWooCommerce:
    def test_complete_cancelled_complete(self, shop: Shop) -> None:
        store = connect(shop, "woocommerce")
        for status, earned in (("processing", 29), ("cancelled", 0), ("completed", 29), ("completed", 29)):
            store.deliver("order.updated", woocommerce_order(status=status))
            assert points(shop) == earned

    def test_an_order_that_was_cancelled_before_it_was_paid(self, shop: Shop) -> None:
        store = connect(shop, "woocommerce")
        assert status_of(store.deliver("order.updated", woocommerce_order(status="cancelled"))) == "waiting"
        store.deliver("order.updated", woocommerce_order())
        assert (points(shop), deliveries(shop)) == (29, ["not_used", "done"])

    def test_what_a_person_voided_stays_void(self, shop: Shop) -> None:
        store = connect(shop, "woocommerce")
        store.deliver("order.created", woocommerce_order())
        void_purchase(purchase(shop, "727"), audit=AuditContext(reason="Fraud"))
        store.deliver("order.updated", woocommerce_order(status="completed"))
        assert points(shop) == 0

    def test_refunds_of_an_order(self, shop: Shop) -> None:
        store = connect(shop, "woocommerce")
        refunds = [{"id": 9, "reason": "", "total": "-9.35"}]
        for _ in range(2):
            store.deliver("order.updated", woocommerce_order(refunds=refunds))
        assert (purchase(shop, "727").refunded_amount, points(shop)) == (Decimal("9.35"), 20)
        store.deliver("order.updated", woocommerce_order(status="refunded"))
        assert points(shop) == 0

    def test_the_unsigned_ping(self, shop: Shop) -> None:
        assert connect(shop, "woocommerce").post(b"webhook_id=4").status_code == 200
        assert deliveries(shop) == []


@pytest.mark.parametrize("kind", ["shopify", "stripe", "woocommerce"])
class TestSignatures:
    def deliver(self, store: Store, **headers: str) -> Any:
        bodies = {"shopify": shopify_order(), "stripe": stripe_event("x", {}), "woocommerce": woocommerce_order()}
        return store.deliver("orders/paid", bodies[store.connection.kind], **headers)

    @pytest.mark.parametrize("signature", ["", "x", "t=1,v1=00", "é"])
    def test_an_invalid_signature_is_401_and_nothing_is_kept(self, shop: Shop, kind: str, signature: str) -> None:
        names = ("x_shopify_hmac_sha256", "stripe_signature", "x_wc_webhook_signature")
        response = self.deliver(connect(shop, kind), **dict.fromkeys(names, signature))
        assert (response.status_code, response.json()["code"]) == (401, "invalid_signature")
        assert deliveries(shop) == []

    def test_another_store_s_connection(self, shop: Shop, kind: str) -> None:
        store = connect(shop, kind)
        store.connection.pk = "connection_1"
        assert self.deliver(store).status_code == 404
