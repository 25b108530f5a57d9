"""How a connection is doing, from what its store sends."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apikeys.models import ApiKey
from blitzrocket.audit.context import AuditContext
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.connections import create_connection
from purchases.stores.dismissal import dismiss_delivery
from tests.clock import Clock, clock
from tests.purchases.stores.deliveries import Store, connect, shopify_order
from tests.support import Shop, make_shop, signed_in

__all__ = ["clock"]
pytestmark = pytest.mark.django_db(transaction=True)
State = StoreConnection.State


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def state_of(store: Store, clock: Clock) -> State:
    store.connection.refresh_from_db()
    return store.connection.state_at(clock.now())


def deliver(store: Store, number: int = 1, **fields: Any) -> Any:
    return store.deliver("orders/paid", shopify_order(number, **fields))


def test_waiting_active_failing_and_active_again(clock: Clock, shop: Shop) -> None:
    store = connect(shop, "shopify")
    assert state_of(store, clock) == State.WAITING
    assert store.post(b"{}", x_shopify_hmac_sha256="x").status_code == 401
    assert (state_of(store, clock), store.connection.problem) == (State.FAILING, "signature")
    assert not StoreDelivery.objects.filter(contest=shop.contest).exists()
    assert deliver(store, test=True).status_code == 200
    assert state_of(store, clock) == State.ACTIVE
    assert deliver(store, total_price="x").status_code == 200
    assert (state_of(store, clock), store.connection.problem) == (State.FAILING, "unusable")
    deliver(store, 2)
    assert state_of(store, clock) == State.ACTIVE


def test_a_dismissed_delivery_is_no_problem(clock: Clock, shop: Shop) -> None:
    store = connect(shop, "shopify")
    deliver(store, total_price="x")
    assert state_of(store, clock) == State.FAILING
    dismiss_delivery(StoreDelivery.objects.get(contest=shop.contest), audit=AuditContext(reason="Known"))
    assert state_of(store, clock) == State.ACTIVE


def test_silent_for_longer_than_ever(clock: Clock, shop: Shop) -> None:
    store = connect(shop, "shopify")
    clock.go(days=9)  # before the first delivery nothing is a silence
    for number, hours in enumerate([0, 3 * 24, 1]):
        clock.go(hours=hours)
        deliver(store, number)
    assert state_of(store, clock) == State.ACTIVE
    assert timedelta() < store.connection.longest_silence - timedelta(days=3) < timedelta(seconds=1)
    clock.go(days=3, seconds=-1)  # deliveries take time too
    assert state_of(store, clock) == State.ACTIVE
    clock.go(seconds=2)
    assert state_of(store, clock) == State.SILENT
    deliver(store, 9)
    clock.go(days=3)
    assert state_of(store, clock) == State.ACTIVE


def test_a_busy_store_writes_its_row_once_a_minute(clock: Clock, shop: Shop) -> None:
    store = connect(shop, "shopify")
    deliver(store, 1)
    store.connection.refresh_from_db()
    first = store.connection.last_delivery_at
    clock.go(seconds=58)
    deliver(store, 2)
    store.connection.refresh_from_db()
    assert store.connection.last_delivery_at == first


@pytest.mark.parametrize("kind", ["shopify", "custom"])
def test_without_a_readable_secret_the_store_is_to_try_again(
    settings: Any, shop: Shop, kind: str, clock: Clock
) -> None:
    store = connect(shop, kind)
    settings.STORE_SECRET_KEYS = ["another key"]
    url = f"/api/webhooks/{'purchase' if kind == 'custom' else kind}/{shop.contest.pk}"
    if kind == "custom":
        response = Client().post(url, "{}", content_type="application/json", HTTP_X_WEBHOOK_SECRET="any")
    else:
        response = deliver(store)
        assert (state_of(store, clock), store.connection.problem) == (State.FAILING, "secret")
    assert (response.status_code, response.json()["code"]) == (503, "store_connection_not_ready")
    assert int(response["Retry-After"]) > 0


def test_a_secret_that_was_not_entered_yet_verifies_nothing(shop: Shop) -> None:
    store = Store(shop, create_connection(shop.contest, kind="shopify", name="Shop", secret=""))
    assert deliver(store).status_code == 503


def test_its_key_is_in_no_list_of_keys(shop: Shop) -> None:
    key = connect(shop, "shopify").connection.api_key
    owner = signed_in(shop, "owner")
    for url in (
        "/admin/apikeys/apikey/",
        "/admin/apikeys/apikey/?q=shopify",
        "/admin/purchases/purchase/desk/?q=shopify",
    ):
        assert key.pk not in owner.get(url, follow=True).content.decode(), url
    assert owner.get(f"/admin/apikeys/apikey/{key.pk}/change/").status_code == 302
    form = {"name": "Mine", "team": shop.team.pk, "kind": "store"}
    page = owner.post("/admin/apikeys/apikey/add/", form).content.decode()
    assert "Select a valid choice" in page
    assert "Store: what" not in page
    assert ApiKey.objects.filter(kind="store").count() == 1
