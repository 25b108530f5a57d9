"""A process remembers connections as they were last read; what has changed since holds for the next delivery."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from purchases.models import Purchase, StoreConnection, StoreDelivery
from purchases.stores.active_connections import MAX_REMEMBERED, _remembered
from purchases.stores.secrets import encrypt
from tests.purchases.stores.deliveries import Store, base64_hmac, connect, shopify_order, status_of
from tests.support import Shop


@pytest.fixture
def store(shop: Shop) -> Store:
    """A connection that this process remembers as it is now."""
    store = connect(shop, "shopify")
    for number in (1, 2):  # the first one changes the connection: it has delivered
        deliver(store, number)
    return store


def deliver(store: Store, number: int, secret: str = "", **fields: Any) -> Any:
    order = shopify_order(number, name=f"#{number}", **fields)
    signature = {"x_shopify_hmac_sha256": base64_hmac(json.dumps(order).encode(), secret)} if secret else {}
    return store.deliver("orders/paid", order, x_shopify_webhook_id=f"w-{number}", **signature)


def change(store: Store, **fields: Any) -> None:
    StoreConnection.objects.filter(contest=store.shop.contest, pk=store.connection.pk).update(**fields)


def recorded(shop: Shop) -> list[str]:
    return list(Purchase.objects.filter(contest=shop.contest).order_by("id").values_list("order_id", flat=True))


def pause(store: Store) -> None:
    change(store, is_active=False)


def replace_secret(store: Store) -> None:
    change(store, secret=encrypt("another"))


CHANGES = [(pause, 404), (replace_secret, 401)]


def assert_nothing_was_recorded(store: Store) -> None:
    assert recorded(store.shop) == ["1", "2"]
    assert StoreDelivery.objects.filter(contest=store.shop.contest).count() == 2


@pytest.mark.parametrize(("change_it", "status"), CHANGES)
def test_it_changed_before_the_delivery(store: Store, change_it: Callable[[Store], None], status: int) -> None:
    change_it(store)
    assert deliver(store, 3).status_code == status
    assert_nothing_was_recorded(store)


@pytest.mark.parametrize(("change_it", "status"), CHANGES)
def test_it_changes_while_the_delivery_is_verified(
    store: Store, change_it: Callable[[Store], None], status: int
) -> None:
    """The delivery is verified by what the process remembers, and the change is committed before it is recorded."""
    changes = [change_it]

    def change_first(execute: Any, sql: str, *rest: Any) -> Any:
        if changes and "purchases_storeconnection" in sql:
            changes.pop()(store)
        return execute(sql, *rest)

    with connection.execute_wrapper(change_first):
        assert deliver(store, 3).status_code == status
    assert not changes
    assert_nothing_was_recorded(store)


def test_a_new_secret_is_valid_at_once(store: Store) -> None:
    replace_secret(store)
    assert status_of(deliver(store, 3, secret="another")) == "done"
    assert recorded(store.shop) == ["1", "2", "3"]


def test_a_resumed_connection_delivers_again(store: Store) -> None:
    pause(store)
    assert deliver(store, 3).status_code == 404
    change(store, is_active=True)
    assert status_of(deliver(store, 3)) == "done"
    assert recorded(store.shop) == ["1", "2", "3"]


def test_a_new_choice_holds_for_the_next_order(store: Store) -> None:
    change(store, options={"amount": "without_shipping"})
    assert status_of(deliver(store, 3)) == "done"
    amounts = Purchase.objects.filter(contest=store.shop.contest).order_by("id").values_list("amount", flat=True)
    assert [*amounts] == [80, 80, 70]


def test_its_health_is_noted_where_it_had_a_problem(store: Store) -> None:
    change(store, problem=StoreConnection.Problem.FAILED, problem_at=timezone.now())
    assert status_of(deliver(store, 3)) == "done"
    assert StoreConnection.objects.get(contest=store.shop.contest).problem == ""


def test_so_many_are_remembered(store: Store) -> None:
    for number in range(MAX_REMEMBERED - len(_remembered)):
        _remembered["shopify", f"connection_of_a_test_{number}"] = _remembered["shopify", store.connection.pk]
    try:
        deliver(connect(store.shop, "shopify"), 3)
        assert len(_remembered) == MAX_REMEMBERED
    finally:
        _remembered.clear()
