"""What becomes of deliveries of the stores that come after Shopify, Stripe and WooCommerce."""

import copy
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from contests.models import Contest, Entry
from purchases.models import Purchase, RejectedPurchase, StoreDelivery, StoreOrderId
from purchases.stores.connections import create_connection
from tests.profiles import times
from tests.purchases.stores.deliveries import Store, too_deep_and_too_large
from tests.purchases.stores.more_deliveries import (
    SAMPLES,
    STANDARD_SECRET,
    Body,
    Sample,
    deliver,
    fastspring,
    fastspring_event,
    lemon_squeezy,
    polar,
    razorpay,
    sign,
    standard,
    standard_headers,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = {sample.kind: sample for sample in SAMPLES}
ODD: tuple[Any, ...] = (None, "", "x", "\0", -1, 0, 10**30, 1e300, True, [], {}, "9" * 300, ["x"], {"x": "y"})


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def connect(shop: Shop, kind: str, *, secret: str = "", **options: str) -> Store:
    secret = secret or KINDS[kind].secret
    return Store(shop, create_connection(shop.contest, kind=kind, name=kind, secret=secret, options=options))


def state_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    return str(response.json()["data"]["status"])


def points(shop: Shop) -> int:
    return Entry.objects.get(contest=shop.contest, pk=shop.entry.pk).points


def purchase(shop: Shop) -> Purchase:
    return Purchase.objects.get(contest=shop.contest)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.kind for sample in SAMPLES])
class TestEach:
    def test_an_order_and_its_refund_count_once_in_any_sequence(self, shop: Shop, sample: Sample) -> None:
        for sequence in permutations([sample.order, sample.refund]):
            shop = make_shop()
            store = connect(shop, sample.kind)
            for body in (*sequence, *sequence):
                assert state_of(deliver(store, body)) in ("done", "waiting", "not_used")
            order = purchase(shop)
            assert (order.order_id, order.amount, order.currency) == (sample.order_id, Decimal(80), sample.currency)
            assert (order.refunded_amount, points(shop)) == (Decimal(30), 50)
            states = StoreDelivery.objects.filter(contest=shop.contest).values_list("state", flat=True)
            assert set(states) <= {"done", "not_used"}

    def test_one_bit_more_or_less_is_401_and_nothing_is_kept(self, shop: Shop, sample: Sample) -> None:
        store = connect(shop, sample.kind)
        body = json.dumps(sample.order).encode()
        headers = sign(sample.kind, body)
        for place in (0, len(body) // 2, len(body) - 1):
            flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            assert store.post(flipped, **headers).status_code == 401
        for name in [name for name in headers if name != "x_razorpay_event_id"]:
            assert store.post(body, **(headers | {name: ""})).status_code == 401
            flipped_header = headers[name][:-3] + chr(ord(headers[name][-3]) ^ 1) + headers[name][-2:]
            assert store.post(body, **(headers | {name: flipped_header})).status_code == 401
        assert not StoreDelivery.objects.filter(contest=shop.contest).exists()

    def test_odd_values_are_never_a_failure(self, shop: Shop, sample: Sample) -> None:
        """A store sends a failed delivery again and again, so that only what a retry can mend may fail."""
        store = connect(shop, sample.kind)
        bodies = [body for sent in (sample.order, sample.refund) for body in with_odd_values(sent)]
        for body in random.Random(sample.kind).sample(bodies, times(10, len(bodies))):
            assert state_of(deliver(store, body)) != "failed", body

    def test_a_topic_that_is_not_subscribed_to(self, shop: Shop, sample: Sample) -> None:
        response = deliver(connect(shop, sample.kind), sample.make("customer.updated"))
        assert (state_of(response), response.json()["data"]["message"]) == (
            "not_used",
            "Nothing is done with “customer.updated”.",
        )

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"type":', b"[" * 100_000, b'{"data": 5}'])
    def test_a_signed_body_that_says_nothing(self, shop: Shop, sample: Sample, body: bytes) -> None:
        response = connect(shop, sample.kind).post(body, **sign(sample.kind, body))
        assert state_of(response) in ("unusable", "not_used")

    def test_an_order_nested_too_deep_and_a_byte_too_large(self, shop: Shop, sample: Sample) -> None:
        store = connect(shop, sample.kind)
        deep, large = too_deep_and_too_large(json.dumps(sample.order).encode())
        assert state_of(store.post(deep, **sign(sample.kind, deep))) == "unusable"
        assert store.post(large, **sign(sample.kind, large)).status_code == 413
        assert StoreDelivery.objects.filter(contest=shop.contest).count() == 1
        assert points(shop) == 0


@pytest.mark.parametrize("kind", ["polar", "standard"])
@pytest.mark.parametrize("seconds_ago", [310, -310])
def test_a_delivery_that_is_sent_again_after_the_tolerance(shop: Shop, kind: str, seconds_ago: int) -> None:
    body = json.dumps(KINDS[kind].order).encode()
    headers = standard_headers(body, b"for these tests only", "event-1", seconds_ago)
    assert connect(shop, kind).post(body, **headers).status_code == 401
    assert not StoreDelivery.objects.filter(contest=shop.contest).exists()


def with_odd_values(body: Any) -> Iterator[Any]:
    """The body, each time with another odd value in one of its places."""
    items = list(body.items() if isinstance(body, dict) else enumerate(body))
    for key, value in items:
        for odd in [*ODD, *(with_odd_values(value) if isinstance(value, dict | list) else ())]:
            changed = copy.copy(body)
            changed[key] = odd
            yield changed


@pytest.mark.parametrize(
    ("kind", "body", "state"),
    [
        ("lemonsqueezy", lemon_squeezy("order_created", status="failed"), "not_used"),
        ("lemonsqueezy", lemon_squeezy("order_created", total=0), "not_used"),
        ("lemonsqueezy", lemon_squeezy("order_created", test_mode=True), "test"),
        ("lemonsqueezy", lemon_squeezy("order_created", total="80.00.0"), "unusable"),
        ("polar", polar("order.paid", total_amount=0), "not_used"),
        ("polar", polar("order.paid", customer={"email": "no address"}), "unusable"),
        ("polar", polar("order.refunded"), "not_used"),
        ("fastspring", fastspring("order.completed", live=False), "test"),
        ("fastspring", fastspring("return.created", live=False), "test"),
        ("fastspring", fastspring("order.completed", total=0), "not_used"),
        ("fastspring", fastspring("order.completed", currency="XAU"), "unusable"),
        ("fastspring", {"events": []}, "unusable"),
        ("razorpay", razorpay("order.paid", amount_paid=0), "not_used"),
        ("razorpay", razorpay("order.paid", id=None), "unusable"),
        ("standard", standard("purchase.made", amount="0"), "unusable"),
        ("standard", standard("purchase.made", orderId=""), "unusable"),
        ("standard", standard("purchase.refunded", refundId=None), "unusable"),
    ],
)
def test_what_earns_nothing(shop: Shop, kind: str, body: Body, state: str) -> None:
    assert state_of(deliver(connect(shop, kind), body)) == state
    assert not Purchase.objects.filter(contest=shop.contest).exists()


@pytest.mark.parametrize(
    ("kind", "body", "amount"),
    [
        ("lemonsqueezy", lemon_squeezy("order_created", currency="JPY"), "8000"),
        ("polar", polar("order.paid", currency="kwd"), "8"),
        ("razorpay", razorpay("order.paid", currency="JPY"), "8000"),
        ("fastspring", fastspring("order.completed", total=79.99), "79.99"),
        ("standard", standard("purchase.made", amount=79.99), "79.99"),
    ],
)
def test_amounts(shop: Shop, kind: str, body: Body, amount: str) -> None:
    deliver(connect(shop, kind), body)
    assert purchase(shop).amount == Decimal(amount)


class TestLemonSqueezy:
    def test_refunds_say_how_much_was_refunded_until_now(self, shop: Shop) -> None:
        store = connect(shop, "lemonsqueezy")
        deliver(store, lemon_squeezy("order_created"))
        for refunded, left in ((1000, 70), (3000, 50), (1000, 50), (8000, 0)):
            deliver(store, lemon_squeezy("order_refunded", refunded_amount=refunded))
            assert points(shop) == left

    def test_an_older_refund_is_of_all(self, shop: Shop) -> None:
        store = connect(shop, "lemonsqueezy")
        deliver(store, lemon_squeezy("order_created"))
        deliver(store, lemon_squeezy("order_refunded", status="refunded"))
        assert points(shop) == 0


class TestPolar:
    def test_the_key_of_an_older_secret_is_its_text(self, shop: Shop) -> None:
        body = json.dumps(polar("order.paid")).encode()
        for number, secret in enumerate((STANDARD_SECRET, "polar_whs_for-these-tests", "whsec_abcde")):
            store = connect(shop, "polar", secret=secret)
            assert store.post(body, **standard_headers(body, secret.encode(), f"event-{number}")).status_code == 200


class TestFastSpring:
    def test_each_event_of_a_delivery_counts(self, shop: Shop) -> None:
        bad = fastspring_event("order.completed", id="fs-order-2", total="x")
        events = [bad, fastspring_event("order.completed"), fastspring_event("return.created")]
        response = deliver(connect(shop, "fastspring"), {"events": events})
        assert (state_of(response), points(shop)) == ("unusable", 50)
        assert "total must be a number." in response.json()["data"]["message"]


class TestRazorpay:
    def test_the_receipt_as_order_id(self, shop: Shop) -> None:
        store = connect(shop, "razorpay", order_id="receipt")
        deliver(store, razorpay("order.paid"))
        deliver(store, razorpay("refund.processed"))
        assert (purchase(shop).order_id, points(shop)) == ("R-1", 50)
        others = StoreOrderId.objects.filter(contest=shop.contest).values_list("other_id", flat=True)
        assert sorted(others) == ["order_1", "pay_1"]

    def test_no_receipt(self, shop: Shop) -> None:
        deliver(connect(shop, "razorpay", order_id="receipt"), razorpay("order.paid", receipt=None))
        assert purchase(shop).order_id == "order_1"

    def test_an_email_that_nobody_entered(self, shop: Shop) -> None:
        body = razorpay("order.paid")
        body["payload"]["payment"]["entity"]["email"] = "void@razorpay.com"
        assert state_of(deliver(connect(shop, "razorpay"), body)) == "done"
        assert RejectedPurchase.objects.get(contest=shop.contest).state == "held"


class TestStandardWebhooks:
    @pytest.mark.parametrize("order_id", ["ORD-1", " ORD-1", "\u200bORD-1\ufeff"])
    def test_a_cancelled_order(self, shop: Shop, order_id: str) -> None:
        """That comes before its order, whose ID may have invisible characters around it."""
        store = connect(shop, "standard")
        deliver(store, standard("purchase.cancelled"))
        deliver(store, standard("purchase.made", orderId=order_id))
        assert (purchase(shop).status, points(shop)) == ("voided", 0)

    def test_a_refund_of_all_that_is_left(self, shop: Shop) -> None:
        store = connect(shop, "standard")
        for body in (standard("purchase.made"), standard("purchase.refunded", amount=None)):
            deliver(store, body)
        assert points(shop) == 0

    def test_an_event_of_a_test(self, shop: Shop) -> None:
        assert state_of(deliver(connect(shop, "standard"), standard("purchase.made") | {"test": True})) == "test"

    def test_a_sign_up_with_a_referral_code_records_held_orders(self, shop: Shop) -> None:
        Contest.objects.filter(pk=shop.contest.pk).update(advocate_points=10, friend_points=5)
        store, person = (
            connect(shop, "standard"),
            {"email": "new@example.com", "referralCode": shop.entry.referral_code},
        )
        deliver(store, standard("purchase.made", email="new@example.com"))
        for message in (
            "Entry added. Referral points: 10 for the advocate, 5 for the friend.",
            "The entry exists already.",
        ):
            body = standard("entry.signed_up", name="Grace", **person) | {"timestamp": message}
            assert deliver(store, body).json()["data"]["message"] == message
        entry = Entry.objects.get(contest=shop.contest, email="new@example.com")
        assert (entry.name, entry.points, points(shop)) == ("Grace", 85, 10)

    @pytest.mark.parametrize("fields", [{"email": ""}, {"email": "x"}, {"phone": "1"}, {"name": "x" * 201}])
    def test_a_sign_up_that_cannot_be_used(self, shop: Shop, fields: Body) -> None:
        body = standard("entry.signed_up", **({"email": "new@example.com"} | fields))
        assert state_of(deliver(connect(shop, "standard"), body)) == "unusable"
        assert Entry.objects.filter(contest=shop.contest).count() == 1
