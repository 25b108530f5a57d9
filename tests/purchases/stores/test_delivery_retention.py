"""How long deliveries are kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from contests.models import Contest
from purchases.models import Purchase, RetentionGap, StoreDelivery, StoreOrderId
from purchases.services import delete_old_rejected_purchases
from tests.purchases.stores.deliveries import connect, shopify_order
from tests.support import Shop, make_shop

State = StoreDelivery.State
LONG_AGO = timedelta(days=django_settings.REJECTED_PURCHASE_DAYS, minutes=1)


@pytest.fixture
def shop(db: None) -> Shop:
    shop = make_shop()
    store = connect(shop, "shopify")
    now = timezone.now()
    for state in State:
        for name, at in (("old", now - LONG_AGO), ("new", now)):
            StoreDelivery.objects.create(
                contest=shop.contest,
                connection=store.connection,
                provider_id=f"{state}-{name}",
                state=state,
                body=b"",
                received_at=at,
            )
    return shop


def remaining_states(shop: Shop) -> set[str]:
    rows = StoreDelivery.objects.filter(contest=shop.contest, provider_id__endswith="-old")
    return {row.state for row in rows}


def test_those_that_are_over_go_and_failed_ones_stay(shop: Shop) -> None:
    assert delete_old_rejected_purchases().deliveries == len(State) - 2
    assert remaining_states(shop) == {State.FAILED, State.RECEIVED}
    assert StoreDelivery.objects.filter(contest=shop.contest, provider_id__endswith="-new").count() == len(State)
    assert RetentionGap.objects.filter(contest=shop.contest).exists(), "an unusable one may have been an order"


@pytest.mark.parametrize("is_set", [True, False])
def test_failed_ones_go_with_held_orders(shop: Shop, settings: Any, is_set: bool) -> None:
    if is_set:
        settings.HELD_PURCHASE_DAYS = django_settings.REJECTED_PURCHASE_DAYS
    else:
        ended = timezone.now() - timedelta(days=91)
        Contest.objects.filter(pk=shop.contest.pk).update(starts_at=None, ends_at=ended)
    delete_old_rejected_purchases()
    assert remaining_states(shop) == set()


def test_the_other_ids_of_an_order_stay(db: None) -> None:
    shop = make_shop()
    connect(shop, "shopify").deliver("orders/paid", shopify_order())
    StoreDelivery.objects.filter(contest=shop.contest).update(received_at=timezone.now() - LONG_AGO)
    assert delete_old_rejected_purchases().deliveries == 1
    assert Purchase.objects.filter(contest=shop.contest).exists()
    assert list(StoreOrderId.objects.filter(contest=shop.contest).values_list("other_id", flat=True)) == ["#1001"]
