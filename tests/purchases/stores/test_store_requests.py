"""Requests to the URLs of Shopify, Stripe and WooCommerce: only what is signed is kept, and nothing of it fails."""

import hmac
import json
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from blitzrocket.limits import LARGEST_BODY
from purchases.models import Purchase, StoreDelivery
from purchases.stores.connections import replace_secret
from tests.profiles import times
from tests.purchases.stores.deliveries import (
    Store,
    base64_hmac,
    connect,
    deliveries,
    points,
    shopify_order,
    shopify_refund,
    status_of,
    stripe_charge,
    stripe_event,
    stripe_refund,
    stripe_session,
    stripe_signature,
    woocommerce_order,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("shopify", "stripe", "woocommerce")
SIGNATURES = {
    "shopify": "x_shopify_hmac_sha256",
    "stripe": "stripe_signature",
    "woocommerce": "x_wc_webhook_signature",
}
TOPICS = {
    "shopify": {"x_shopify_topic": "orders/paid"},
    "stripe": {},
    "woocommerce": {"x_wc_webhook_topic": "order.created"},
}
BODIES: dict[str, dict[str, Any]] = {
    "shopify": shopify_order(),
    "stripe": stripe_event("checkout.session.completed", stripe_session()),
    "woocommerce": woocommerce_order(),
}


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture(params=KINDS)
def store(request: Any, shop: Shop) -> Store:
    return connect(shop, request.param)


def body_of(store: Store) -> bytes:
    return json.dumps(BODIES[store.connection.kind]).encode()


def signature(kind: str, body: bytes) -> str:
    return stripe_signature(body) if kind == "stripe" else base64_hmac(body)


def post(store: Store, body: bytes, **headers: str) -> Any:
    """Signed, unless the headers say otherwise."""
    kind = store.connection.kind
    return store.post(body, **(TOPICS[kind] | {SIGNATURES[kind]: signature(kind, body)} | headers))


def flipped(content: bytes, chance: random.Random) -> bytes:
    """The content with one bit changed."""
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def assert_refused(response: Any, shop: Shop) -> None:
    assert (response.status_code, response.json()["code"]) == (401, "invalid_signature"), response.content
    assert deliveries(shop) == []


class TestSignatures:
    @pytest.mark.parametrize("text", ["", "x", "t=1,v1=00", "é", "v1,aaaa", "," * 5000, "t=,v1=", "=" * 1000])
    def test_an_invalid_signature_is_401_and_nothing_is_kept(self, shop: Shop, store: Store, text: str) -> None:
        assert_refused(post(store, body_of(store), **{SIGNATURES[store.connection.kind]: text}), shop)

    def test_one_bit_of_the_body(self, shop: Shop, store: Store) -> None:
        chance, body = random.Random(1), body_of(store)
        header = {SIGNATURES[store.connection.kind]: signature(store.connection.kind, body)}
        for _ in range(times(5, 100)):
            assert_refused(post(store, flipped(body, chance), **header), shop)
        assert_refused(post(store, body[:-1], **header), shop)
        assert_refused(post(store, body + b" ", **header), shop)

    def test_one_bit_of_the_signature(self, shop: Shop, store: Store) -> None:
        chance, body = random.Random(2), body_of(store)
        signed = signature(store.connection.kind, body)
        place = signed.index("v1=") + 3 if "v1=" in signed else 0
        for _ in range(times(5, 100)):
            changed = flipped(signed[place:].rstrip("=").encode(), chance).decode("latin-1")
            # The last character of base64 has bits that say nothing; a lenient decoder would take them.
            text = signed[:place] + changed + "=" * signed.endswith("=")
            assert_refused(post(store, body, **{SIGNATURES[store.connection.kind]: text}), shop)

    def test_another_secret(self, shop: Shop, store: Store) -> None:
        body = body_of(store)
        forged = stripe_signature(body, "other") if store.connection.kind == "stripe" else base64_hmac(body, "other")
        assert_refused(post(store, body, **{SIGNATURES[store.connection.kind]: forged}), shop)

    @pytest.mark.parametrize("shift", [-301, 301, -(10**9), 10**15])
    def test_replay_after_the_tolerance(self, shop: Shop, shift: int) -> None:
        """And what is signed for a time to come."""
        store, body = connect(shop, "stripe"), body_of(connect(shop, "stripe"))
        sent_at = int(timezone.now().timestamp()) + shift
        assert_refused(post(store, body, stripe_signature=stripe_signature(body, seconds=sent_at)), shop)

    @pytest.mark.parametrize("shift", [-295, 295])
    def test_within_the_tolerance(self, shop: Shop, shift: int) -> None:
        store, body = connect(shop, "stripe"), body_of(connect(shop, "stripe"))
        sent_at = int(timezone.now().timestamp()) + shift
        assert status_of(post(store, body, stripe_signature=stripe_signature(body, seconds=sent_at))) == "done"

    def test_one_bit_of_the_time(self, shop: Shop) -> None:
        store, body = connect(shop, "stripe"), body_of(connect(shop, "stripe"))
        signed = stripe_signature(body)
        digit = str((int(signed[11]) + 1) % 10)
        assert_refused(post(store, body, stripe_signature=signed[:11] + digit + signed[12:]), shop)

    def test_several_signatures_while_stripe_rolls_the_secret(self, shop: Shop) -> None:
        store, body = connect(shop, "stripe"), body_of(connect(shop, "stripe"))
        signed, other = stripe_signature(body), stripe_signature(body, "other").partition(",")[2]
        assert status_of(post(store, body, stripe_signature=f"{signed},{other},v0=00")) == "done"
        moment, valid = signed.split(",")
        assert status_of(post(store, body, stripe_signature=f"{moment},{other},{valid}")) == "done"

    def test_timing_says_nothing(self, shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """A signature is compared with that of each valid secret, all of them, and in the same time for any."""
        replace_secret(store.connection, "new", timezone.now())
        compare, compared = hmac.compare_digest, 0

        def count(one: Any, other: Any) -> bool:
            nonlocal compared
            compared += 1
            return compare(one, other)

        monkeypatch.setattr(hmac, "compare_digest", count)
        body, kind = body_of(store), store.connection.kind
        for _ in range(2):  # the first one changes the connection, and the second one reads that
            post(store, body)
        for text in (signature(kind, body), signature(kind, b"other")):
            compared = 0
            post(store, body, **{SIGNATURES[kind]: text})
            assert compared == 2


class TestRequests:
    def test_ssrf_no_request_goes_out(self, shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not even where the body names addresses."""

        def refuse(*arguments: Any, **options: Any) -> None:
            raise AssertionError(arguments)

        open_connection = connection.connection
        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse, raising=False)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        address = "http://169.254.169.254/latest/meta-data/"
        order = BODIES[store.connection.kind] | {"order_status_url": address, "success_url": address, "url": address}
        assert status_of(post(store, json.dumps(order).encode(), referer=address)) == "done"
        assert connection.connection is open_connection

    def test_an_oversized_header(self, shop: Shop, store: Store) -> None:
        """It is verified as any other, and shown in part."""
        long = "x" * 100_000
        assert status_of(post(store, body_of(store), x_long=long, x_shopify_webhook_id=long)) == "done"
        row = StoreDelivery.objects.get(contest=shop.contest)
        assert len(row.headers["x-long"]) == 500
        assert post(store, body_of(store), **{SIGNATURES[store.connection.kind]: long}).status_code == 401

    def test_many_headers(self, shop: Shop, store: Store) -> None:
        assert status_of(post(store, body_of(store), **{f"x_{number}": "1" for number in range(500)})) == "done"
        assert len(StoreDelivery.objects.get(contest=shop.contest).headers) <= 50

    def test_no_cookie_and_no_secret_is_kept(self, shop: Shop, store: Store) -> None:
        post(store, body_of(store), cookie="a=b", authorization="Bearer x", x_webhook_secret="x")
        assert not {"cookie", "authorization", "x-webhook-secret"} & {*StoreDelivery.objects.get().headers}

    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "é/;"],
    )
    def test_wrong_content_type(self, shop: Shop, store: Store, content_type: str) -> None:
        """It is not checked: the signature says who sent the body."""
        kind, body = store.connection.kind, body_of(store)
        names = TOPICS[kind] | {SIGNATURES[kind]: signature(kind, body)}
        headers: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in names.items()}
        url = f"/api/webhooks/{kind}/{store.connection.pk}"
        assert status_of(Client().generic("POST", url, body, content_type=content_type, **headers)) == "done"
        assert Client().generic("POST", url, body, content_type=content_type).status_code == 401

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    def test_other_methods(self, shop: Shop, store: Store, method: str) -> None:
        response = Client().generic(method, f"/api/webhooks/{store.connection.kind}/{store.connection.pk}")
        assert (response.status_code, response["Allow"]) == (405, "POST")

    @pytest.mark.parametrize("connection_id", ["connection_1", "%00", "é", "x" * 1000])
    def test_unknown_connections(self, shop: Shop, store: Store, connection_id: str) -> None:
        for kind in (store.connection.kind, "etsy", "custom", "%00"):
            response = Client().post(f"/api/webhooks/{kind}/{connection_id}", b"{}", content_type="application/json")
            assert response.status_code == 404

    def test_the_connection_of_another_kind(self, shop: Shop, store: Store) -> None:
        other = next(kind for kind in KINDS if kind != store.connection.kind)
        response = Client().post(f"/api/webhooks/{other}/{store.connection.pk}", b"{}", content_type="application/json")
        assert response.status_code == 404

    def test_a_paused_connection(self, shop: Shop, store: Store) -> None:
        store.connection.is_active = False
        store.connection.save()
        assert post(store, body_of(store)).status_code == 404
        assert deliveries(shop) == []


DEEP = b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


class TestSignedBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"id": 1',
            b"[]",
            b"null",
            b"\xff\xfe",
            b'{"id": "\xe9"}',
            DEEP,
            b"x" * LARGEST_BODY,
            b"1" * 10_000,
        ],
        ids=["empty", "brace", "truncated", "list", "null", "non-UTF-8", "latin-1", "deep", "1 MiB", "long number"],
    )
    def test_what_is_no_usable_json_is_kept_and_shown(self, shop: Shop, store: Store, body: bytes) -> None:
        assert status_of(post(store, body)) == "unusable"
        row = StoreDelivery.objects.get(contest=shop.contest)
        assert (bytes(row.body), row.state, bool(row.message)) == (body, "unusable", True)

    def test_a_truncated_order(self, shop: Shop, store: Store) -> None:
        assert status_of(post(store, body_of(store)[:-20])) == "unusable"
        assert status_of(post(store, body_of(store))) == "done"

    def test_1_mib_and_one_byte(self, shop: Shop, store: Store) -> None:
        response = post(store, b"x" * (LARGEST_BODY + 1))
        assert (response.status_code, response.json()["code"]) == (413, "request_body_too_large")
        assert deliveries(shop) == []

    def test_odd_times_are_never_a_failure(self, shop: Shop, store: Store) -> None:
        names = ("processed_at", "date_paid_gmt", "date_modified_gmt")
        for time in ODD_TIMES:
            order = BODIES[store.connection.kind] | dict.fromkeys(names, time)
            assert status_of(post(store, json.dumps(order).encode())) == "done"

    def test_odd_values_are_never_a_failure(self, shop: Shop, store: Store) -> None:
        chance = random.Random(3)
        bodies = [*_odd_bodies(store.connection.kind)]
        for topic, body in chance.sample(bodies, min(len(bodies), times(60, 2000))):
            headers = TOPICS[store.connection.kind] and dict.fromkeys(TOPICS[store.connection.kind], topic)
            status_of(post(store, json.dumps(body).encode(), **headers))
        assert not StoreDelivery.objects.filter(contest=shop.contest, state__in=("failed", "received")).exists()


# Valid in ISO 8601; PostgreSQL has no offsets of more than 16 hours.
ODD_TIMES = ("9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00+23:59", "2026-11-20T10:00:00-23:59")
ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "\0",
    "\ud800",
    -1,
    0,
    10**30,
    1e300,
    1e-300,
    True,
    [],
    {},
    "9" * 300,
    "sNaN",
    "-Infinity",
    *ODD_TIMES,
    ["x"],
    [{}],
)
PARTS = {"refund_line_items": [{"subtotal_set": {"shop_money": {"amount": "1.00"}}, "total_tax": 1}]}
REFUND = shopify_refund(5, "30.00") | {"order_adjustments": [{"amount": "1", "kind": "x"}], "transactions": [{}]}
KINDS_OF_BODIES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "shopify": [
        ("orders/paid", shopify_order(line_items=[{"gift_card": True}], shipping_lines=[{"tax_lines": [{}]}])),
        ("orders/updated", shopify_order(refunds=[REFUND], current_total_tax="1")),
        ("orders/cancelled", shopify_order()),
        ("refunds/create", REFUND | PARTS),
    ],
    "stripe": [
        ("", stripe_event("checkout.session.completed", stripe_session())),
        ("", stripe_event("charge.refunded", stripe_charge(100))),
        ("", stripe_event("refund.failed", stripe_refund("re_1", 100, "failed"))),
        ("", stripe_event("refund.created", stripe_refund("re_2", 100))),
    ],
    "woocommerce": [
        ("order.updated", woocommerce_order(refunds=[{"id": 1, "total": "-1.00", "reason": "x"}])),
        ("order.updated", woocommerce_order(status="refunded", refunds=[{"id": 1, "total": "-1.00"}])),
        ("order.updated", woocommerce_order(status="cancelled", date_modified_gmt="2026-11-20T20:00:00")),
    ],
}


def _odd_bodies(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for topic, body in KINDS_OF_BODIES[kind]:
        yield from ((topic, odd) for odd in _with_odd_values(body))


def _with_odd_values(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The object with each of its values, at any depth, replaced by odd ones."""
    for name, old in value.items():
        yield from (value | {name: odd} for odd in ODD)
        if isinstance(old, dict):
            yield from (value | {name: changed} for changed in _with_odd_values(old))
        if isinstance(old, list) and old and isinstance(old[0], dict):
            yield from (value | {name: [changed]} for changed in _with_odd_values(old[0]))


AT_ONCE = "INTO purchases_storedelivery ("  # in one transaction with the order


class TestFailures:
    def test_the_database_is_away(self, shop: Shop, store: Store) -> None:
        """503 with Retry-After, so that the store sends it again; then it is recorded once."""

        def fail(*arguments: Any) -> None:
            raise OperationalError("the database is away")

        with connection.execute_wrapper(fail):
            response = post(store, body_of(store))
        assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
        assert int(response["Retry-After"]) > 0
        assert status_of(post(store, body_of(store))) == "done"
        assert Purchase.objects.filter(contest=shop.contest).count() == 1

    @pytest.mark.parametrize("cut", ["purchases_purchase", "UPDATE purchases_storedelivery"])
    def test_it_is_cut_off_after_it_was_kept(self, shop: Shop, store: Store, cut: str) -> None:
        """It is processed when it comes again: each as often as it can be, and recorded once."""

        def fail(execute: Any, sql: str, *args: Any) -> Any:
            if cut in sql or AT_ONCE in sql:
                raise OperationalError("the database is away")
            return execute(sql, *args)

        with connection.execute_wrapper(fail):
            assert post(store, body_of(store), x_shopify_webhook_id="w-1").status_code == 503
        assert deliveries(shop) == ["received"]
        assert status_of(post(store, body_of(store), x_shopify_webhook_id="w-1")) == "done"
        assert Purchase.objects.filter(contest=shop.contest).count() == 1
        assert points(shop) == (29 if store.connection.kind == "woocommerce" else 80)

    def test_an_error_that_nobody_expects(self, shop: Shop, store: Store) -> None:
        def fail(execute: Any, sql: str, *args: Any) -> Any:
            if "purchases_purchase" in sql:
                raise ZeroDivisionError
            return execute(sql, *args)

        with connection.execute_wrapper(fail):
            response = post(store, body_of(store), x_shopify_webhook_id="w-1")
        assert (response.status_code, response.json()["code"]) == (500, "internal_error")
        row = StoreDelivery.objects.get(contest=shop.contest)
        assert (row.state, row.message) == ("failed", "ZeroDivisionError: see the server's log.")
        assert status_of(post(store, body_of(store), x_shopify_webhook_id="w-1")) == "done"
