"""Deliveries that the stores' makers publish as samples: once, again, in another sequence, and damaged."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from blitzrocket.limits import LARGEST_BODY
from purchases.models import Purchase, StoreDelivery
from tests.purchases.stores.deliveries import (
    Store,
    base64_hmac,
    connect,
    points,
    status_of,
    stripe_signature,
    too_deep_and_too_large,
)
from tests.support import Shop, make_shop

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Sample:
    name: str
    body: bytes
    headers: dict[str, str]


def read(folder: Path, kind: str) -> list[Sample]:
    return [_sample(path, kind) for path in sorted((folder / kind).glob("*.json")) if "fixtures" not in path.name]


def _sample(path: Path, kind: str) -> Sample:
    content = json.loads(path.read_bytes())
    body = content if kind == "stripe" else content["body"]
    names = ("x-shopify-topic", "x-shopify-test", "x-shopify-webhook-id", "x-wc-webhook-topic", "x-wc-webhook-id")
    sent = {} if kind == "stripe" else content["headers"]
    headers = {name.replace("-", "_"): sent[name] for name in names if name in sent}
    return Sample(path.name, json.dumps(body).encode(), headers)


def signature(kind: str, body: bytes) -> dict[str, str]:
    match kind:
        case "stripe":
            return {"stripe_signature": stripe_signature(body)}
        case "shopify":
            return {"x_shopify_hmac_sha256": base64_hmac(body)}
    return {"x_wc_webhook_signature": base64_hmac(body)}


def post(store: Store, sample: Sample) -> Any:
    return store.post(sample.body, **sample.headers, **signature(store.connection.kind, sample.body))


# What the samples of a store come to: states of deliveries, orders with what is left of them, points. Stripe's samples
# are two orders of one payment, in test mode; the first to come is refunded. Shopify's test notifications earn nothing.
EXPECTED: dict[str, tuple[dict[str, int], list[Decimal], int]] = {
    "shopify": ({"test": 6, "not_used": 1, "done": 1}, [Decimal(388)], 388),
    "stripe": ({"done": 3, "not_used": 2}, [Decimal(0), Decimal("129.50")], 130),
    "woocommerce": ({"done": 1, "not_used": 1}, [Decimal("29.35")], 29),
}
EMAILS = {"shopify": "jane.doe@example.com", "stripe": "jane.doe@example.com", "woocommerce": "john.doe@example.com"}


def make_store(kind: str) -> Store:
    shop = make_shop(EMAILS[kind])
    return connect(shop, kind, mode="test")


def sums(shop: Shop) -> tuple[list[Decimal], int]:
    left = [purchase.money_left for purchase in Purchase.objects.filter(contest=shop.contest)]
    return sorted(left), points(shop)


def once(samples: list[Sample]) -> Iterable[Sample]:
    return samples


def twice(samples: list[Sample]) -> Iterable[Sample]:
    return [*samples, *samples]


def each_twice(samples: list[Sample]) -> Iterable[Sample]:
    return [sample for sample in samples for _ in range(2)]


def backwards(samples: list[Sample]) -> Iterable[Sample]:
    return samples[::-1]


def by_chance(samples: list[Sample]) -> Iterable[Sample]:
    return random.Random(len(samples)).sample(samples, len(samples))


@pytest.mark.parametrize("sequence", [once, twice, each_twice, backwards, by_chance])
@pytest.mark.parametrize("kind", EXPECTED)
def test_they_count_once(
    transactional_db: None,
    samples: Path,
    kind: str,
    sequence: Callable[[list[Sample]], Iterable[Sample]],
) -> None:
    store = make_store(kind)
    for sample in sequence(read(samples, kind)):
        assert status_of(post(store, sample)) in ("done", "not_used", "test", "waiting"), sample.name
    states, left, earned = EXPECTED[kind]
    assert sums(store.shop) == (left, earned)
    if sequence is once:
        outcomes = StoreDelivery.objects.filter(contest=store.shop.contest).values_list("state", flat=True)
        assert Counter(outcomes) == states


@pytest.mark.parametrize("kind", EXPECTED)
def test_damaged_ones_are_401_and_nothing_is_kept(transactional_db: None, samples: Path, kind: str) -> None:
    """One bit of the body or the signature, another time, or a body that is cut short."""
    store, chance = make_store(kind), random.Random(4)
    for sample in read(samples, kind):
        place, (name, signed) = chance.randrange(len(sample.body)), *signature(kind, sample.body).items()
        bit = 1 << chance.randrange(8)
        body = sample.body[:place] + bytes([sample.body[place] ^ bit]) + sample.body[place + 1 :]
        last = "0" if signed[-3] != "0" else "1"
        damaged = [(body, signed), (sample.body[:place], signed), (sample.body, f"{signed[:-3]}{last}{signed[-2:]}")]
        if kind == "stripe":
            late = int(timezone.now().timestamp()) - 301
            damaged += [(sample.body, stripe_signature(sample.body, seconds=late)), (sample.body, f"t={late},v1=")]
        for changed, header in damaged:
            assert store.post(changed, **sample.headers, **{name: header}).status_code == 401, sample.name
    assert not StoreDelivery.objects.filter(contest=store.shop.contest).exists()


@pytest.mark.parametrize("kind", EXPECTED)
def test_signed_but_broken_ones_are_kept_and_shown(transactional_db: None, samples: Path, kind: str) -> None:
    store = make_store(kind)
    for sample in read(samples, kind):
        for body in (sample.body[:-1], sample.body.replace(b'"', b'"\xff', 1), sample.body[: len(sample.body) // 2]):
            headers = {name: value for name, value in sample.headers.items() if name != "x_shopify_webhook_id"}
            assert status_of(post(store, Sample(sample.name, body, headers))) == "unusable"
    assert sums(store.shop) == ([], 0)


@pytest.mark.parametrize("kind", EXPECTED)
def test_nested_too_deep_and_a_byte_too_large(transactional_db: None, samples: Path, kind: str) -> None:
    store = make_store(kind)
    for sample in read(samples, kind):
        deep, large = too_deep_and_too_large(sample.body)
        assert status_of(post(store, Sample(sample.name, deep, sample.headers))) == "unusable", sample.name
        count = StoreDelivery.objects.filter(contest=store.shop.contest).count()
        assert len(large) == LARGEST_BODY + 1
        assert post(store, Sample(sample.name, large, sample.headers)).status_code == 413, sample.name
        assert StoreDelivery.objects.filter(contest=store.shop.contest).count() == count
    assert sums(store.shop) == ([], 0)


def test_the_ping(transactional_db: None, samples: Path) -> None:
    store = make_store("woocommerce")
    assert store.post((samples / "woocommerce/ping.form.txt").read_bytes()).status_code == 200
    assert not StoreDelivery.objects.filter(contest=store.shop.contest).exists()
