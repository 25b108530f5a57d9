"""What becomes of Stripe's deliveries: payments, invoices and refunds, in any sequence."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from purchases.models import PendingRefund, Purchase, StoreOrderId
from tests.purchases.stores.deliveries import (
    Store,
    connect,
    deliveries,
    message_of,
    points,
    purchase,
    status_of,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def test_each_refund_counts_once_in_any_sequence(shop: Shop) -> None:
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


def test_an_unpaid_session_waits_for_its_payment(shop: Shop) -> None:
    store = connect(shop, "stripe")
    unpaid = stripe_event("checkout.session.completed", stripe_session(payment_status="unpaid"))
    assert status_of(store.deliver("", unpaid)) == "not_used"
    paid = stripe_event("checkout.session.async_payment_succeeded", stripe_session(), "evt_2")
    assert status_of(store.deliver("", paid)) == "done"
    assert points(shop) == 80


@pytest.mark.parametrize(
    ("units", "currency", "amount"),
    [
        (8000, "usd", "80"),
        (8000, "jpy", "8000"),
        (8000, "kwd", "8"),
        (8000, "isk", "80"),
        (8000, "ugx", "80"),
        (8000, "mga", "8000"),
        (8000, "huf", "80"),
    ],
)
def test_units_of_currencies(shop: Shop, units: int, currency: str, amount: str) -> None:
    session = stripe_session(amount_total=units, currency=currency)
    connect(shop, "stripe").deliver("", stripe_event("checkout.session.completed", session))
    assert purchase(shop, "ORD-1").amount == Decimal(amount)


def test_a_failed_refund_takes_nothing(shop: Shop) -> None:
    store = connect(shop, "stripe")
    store.deliver("", stripe_event("checkout.session.completed", stripe_session()))
    for number, status in enumerate(("pending", "failed")):
        event = stripe_event("refund.updated", stripe_refund("re_1", 5000, status), f"evt_r{number}")
        assert status_of(store.deliver("", event)) == "not_used"
    assert points(shop) == 80


PAID = stripe_event("checkout.session.completed", stripe_session(), "evt_paid")
REFUND = stripe_event("refund.created", stripe_refund("re_1", 5000), "evt_made")
TOTAL = stripe_event("charge.refunded", stripe_charge(5000), "evt_total")
REFUND_FAILED = stripe_event("refund.failed", stripe_refund("re_1", 5000, "failed"), "evt_failed")
SECOND_REFUND = stripe_event("refund.created", stripe_refund("re_2", 5000), "evt_again")
SECOND_TOTAL = stripe_event("charge.refunded", stripe_charge(5000), "evt_again_total")


def deliver(store: Store, *events: dict[str, Any]) -> list[str]:
    return [status_of(store.deliver("", event)) for event in events]


class TestFailedRefunds:
    def test_a_refund_already_reported_as_failed_takes_no_points(self, shop: Shop) -> None:
        store = connect(shop, "stripe")
        assert deliver(store, PAID, REFUND_FAILED, REFUND, TOTAL) == ["done", "not_used", "not_used", "not_used"]
        assert points(shop) == 80

    @pytest.mark.parametrize("refund", [[REFUND], [TOTAL], [REFUND, TOTAL], [TOTAL, REFUND]])
    def test_a_failed_refund_that_was_counted_is_shown(self, shop: Shop, refund: list[dict[str, Any]]) -> None:
        store = connect(shop, "stripe")
        deliver(store, PAID, *refund)
        response = store.deliver("", REFUND_FAILED)
        assert (status_of(response), points(shop)) == ("unusable", 30)
        assert message_of(response).startswith("The refund re_1 of 50.00 USD failed after it was counted.")
        # What it took is what the next one takes.
        deliver(store, SECOND_REFUND, SECOND_TOTAL)
        assert points(shop) == 30

    @pytest.mark.parametrize("first", [REFUND, TOTAL])
    def test_a_pending_refund_that_failed_is_dismissed(self, shop: Shop, first: dict[str, Any]) -> None:
        """The order's ids are known before it has an entry."""
        store = connect(shop, "stripe")
        email = {"customer_details": {"email": "late@example.com"}}
        held = stripe_event("checkout.session.completed", stripe_session(**email), "evt_held")
        assert deliver(store, held, first, REFUND_FAILED) == ["done", "done", "not_used"]
        refund = PendingRefund.objects.get(contest=shop.contest)
        assert (refund.state, refund.is_dismissed) == ("refused", True)
        assert deliver(store, PAID, SECOND_REFUND) == ["done", "done"]
        assert points(shop) == 30

    def test_all_sequences_have_the_same_result(self, shop: Shop) -> None:
        """Of a refund that failed and one that did not, one is taken, and whether a person has to look is shown."""
        for sequence in permutations([REFUND, REFUND_FAILED, SECOND_REFUND]):
            shop = make_shop()
            store = connect(shop, "stripe")
            deliver(store, PAID, *sequence)
            refunded_amount = purchase(shop, "ORD-1").refunded_amount
            both = sequence.index(REFUND) < sequence.index(REFUND_FAILED) and sequence.index(
                SECOND_REFUND
            ) < sequence.index(REFUND_FAILED)
            assert (
                (refunded_amount, "unusable" in deliveries(shop)) == (Decimal(80), True)
                if both
                else refunded_amount == Decimal(50)
            )


def choose(store: Store, **options: str) -> None:
    store.connection.options = options
    store.connection.save(update_fields=["options"])


@pytest.mark.parametrize(
    ("fields", "chosen", "order_id"),
    [
        ({}, {}, "ORD-1"),
        ({"client_reference_id": None, "metadata": {"order_id": "ORD-2"}}, {}, "ORD-2"),
        ({"client_reference_id": None, "metadata": {"orderId": "ORD-3"}}, {}, "ORD-3"),
        ({"client_reference_id": None}, {}, "pi_1"),
        ({"client_reference_id": None, "payment_intent": {"id": "pi_2", "object": "payment_intent"}}, {}, "pi_2"),
        ({"client_reference_id": None, "payment_intent": None}, {}, "cs_1"),
        ({}, {"order_id": "payment"}, "pi_1"),
    ],
)
def test_the_order_id(shop: Shop, fields: dict[str, Any], chosen: dict[str, str], order_id: str) -> None:
    store = connect(shop, "stripe", **chosen)
    deliver(store, stripe_event("checkout.session.completed", stripe_session(**fields)))
    assert purchase(shop, order_id).amount == Decimal(80)


def test_a_payment_belongs_to_one_order(shop: Shop) -> None:
    """As where the order ID was chosen differently, and the events are sent again."""
    store = connect(shop, "stripe")
    deliver(store, PAID)
    choose(store, order_id="payment")
    other = stripe_event("checkout.session.completed", stripe_session(), "evt_2")
    response = store.deliver("", other)
    assert (status_of(response), message_of(response)) == ("not_used", "Its payment is that of the order ORD-1.")
    choose(store, order_id="reference")
    assert status_of(store.deliver("", other | {"id": "evt_3"})) == "done"
    assert points(shop) == 80
    other_ids = StoreOrderId.objects.filter(contest=shop.contest, order_id="ORD-1")
    assert sorted(other_ids.values_list("other_id", flat=True)) == ["cs_1", "pi_1"]


def test_an_order_id_that_is_the_payment_is_the_same_order(shop: Shop) -> None:
    store = connect(shop, "stripe", order_id="payment")
    deliver(store, PAID)
    choose(store, order_id="reference")
    other = stripe_event("checkout.session.completed", stripe_session(), "evt_2")
    assert message_of(store.deliver("", other)) == "Its payment is that of the order pi_1."
    assert points(shop) == 80


def test_a_refund_in_another_currency_takes_nothing_from_the_next(shop: Shop) -> None:
    store = connect(shop, "stripe")
    euros = stripe_refund("re_1", 5000) | {"currency": "eur"}
    deliver(store, PAID, stripe_event("refund.created", euros, "evt_euros"))
    assert (points(shop), deliveries(shop)) == (80, ["done", "unusable"])
    deliver(store, TOTAL)
    assert (purchase(shop, "ORD-1").refunded_amount, points(shop)) == (Decimal(50), 30)


def test_two_order_ids_of_one_payment_are_two_orders(shop: Shop) -> None:
    """The first keeps the payment: its refunds are that order's, also where they come before both."""
    store = connect(shop, "stripe")
    session = stripe_session(id="cs_2", client_reference_id=None, metadata={"order_id": "ORD-2"})
    other = stripe_event("checkout.session.completed", session, "evt_2")
    deliver(store, REFUND, PAID, other, other | {"id": "evt_3"}, TOTAL)
    assert purchase(shop, "ORD-1").refunded_amount == Decimal(50)
    assert (purchase(shop, "ORD-2").refunded_amount, points(shop)) == (Decimal(0), 110)


def test_the_other_ids_of_two_connections_are_apart(shop: Shop) -> None:
    for number in (1, 2):
        session = stripe_session(client_reference_id=f"ORD-{number}")
        deliver(connect(shop, "stripe"), stripe_event("checkout.session.completed", session))
    assert points(shop) == 160


@pytest.mark.parametrize("refund", [REFUND, TOTAL])
def test_a_refund_that_comes_first_waits(shop: Shop, refund: dict[str, Any]) -> None:
    store = connect(shop, "stripe")
    assert deliver(store, refund, PAID, refund) == ["waiting", "done", "done"]
    assert (points(shop), deliveries(shop)) == (30, ["done", "done"])


@pytest.mark.parametrize(
    ("kind", "item", "message"),
    [
        ("checkout.session.completed", stripe_session(mode="setup"), "Nothing was paid: it saves how to pay later."),
        ("checkout.session.completed", stripe_session(mode="subscription"), "A subscription's invoices earn its"),
        ("checkout.session.completed", stripe_session(payment_status="unpaid"), "Not paid yet: the payment arrives"),
        ("checkout.session.completed", stripe_session(amount_total=0), "The amount is 0."),
        ("checkout.session.async_payment_failed", stripe_session(), "The payment failed."),
        ("refund.created", stripe_refund("re_1", 5000, "pending"), "The refund has not succeeded yet."),
        ("refund.created", {"id": "re_1", "amount": 1, "status": "succeeded"}, "The refund is not one of a payment."),
        ("charge.refunded", stripe_charge(0), "Nothing of the charge is refunded."),
        ("customer.created", {}, "Nothing is done with “customer.created”."),
    ],
)
def test_what_changes_nothing(shop: Shop, kind: str, item: dict[str, Any], message: str) -> None:
    response = connect(shop, "stripe").deliver("", stripe_event(kind, item))
    assert status_of(response) == "not_used"
    assert message_of(response).startswith(message)


@pytest.mark.parametrize(("chosen", "state", "earned"), [({}, "test", 0), ({"mode": "test"}, "done", 80)])
def test_a_test_mode_payment(shop: Shop, chosen: dict[str, str], state: str, earned: int) -> None:
    assert deliver(connect(shop, "stripe", **chosen), PAID | {"livemode": False}) == [state]
    assert points(shop) == earned


def stripe_invoice(**fields: Any) -> dict[str, Any]:
    return {
        "id": "in_1",
        "number": "A-0001",
        "amount_paid": 2500,
        "currency": "usd",
        "customer_email": "ada@example.com",
        "status_transitions": {"paid_at": 1795360000},
    } | fields


OLD_INVOICE = stripe_invoice(subscription="sub_1", payment_intent="pi_1", charge="ch_1")
NEW_INVOICE = stripe_invoice(parent={"subscription_details": {"subscription": "sub_1"}})
INVOICE_PAYMENT = {"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}


class TestSubscriptions:
    def test_they_earn_nothing_unless_the_owner_wants_it(self, shop: Shop) -> None:
        store = connect(shop, "stripe")
        events = [("invoice.paid", OLD_INVOICE), ("invoice_payment.paid", INVOICE_PAYMENT)]
        assert deliver(store, *(stripe_event(kind, item, kind) for kind, item in events)) == ["not_used", "not_used"]
        assert not Purchase.objects.filter(contest=shop.contest).exists()

    @pytest.mark.parametrize("version", ["old", "new"])
    def test_each_paid_invoice_earns_and_its_refund_finds_it(self, shop: Shop, version: str) -> None:
        paid = stripe_event("invoice.paid", OLD_INVOICE if version == "old" else NEW_INVOICE, "evt_1")
        payment = [stripe_event("invoice_payment.paid", INVOICE_PAYMENT, "evt_2")] if version == "new" else []
        refund = stripe_event("refund.created", stripe_refund("re_1", 1000), "evt_3")
        for sequence in permutations([paid, *payment, refund]):
            shop = make_shop()
            deliver(connect(shop, "stripe", subscriptions="earn"), *sequence)
            assert (purchase(shop, "in_1").refunded_amount, points(shop)) == (Decimal(10), 15)

    def test_an_invoice_without_a_subscription(self, shop: Shop) -> None:
        store = connect(shop, "stripe", subscriptions="earn")
        assert deliver(store, stripe_event("invoice.paid", stripe_invoice())) == ["not_used"]
