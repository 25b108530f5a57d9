"""Actions on several orders, while the entry that they are moved to is removed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from contests.models import Entry
from contests.services import create_entry
from purchases.models import Purchase
from tests.support import Shop, make_shop, record, signed_in, wait_for_blocked


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def move(client: Client, **fields: str) -> str:
    form: dict[str, Any] = {"action": "move_selected", "to": "grace@example.com", "request_id": "act_1"}
    selected = [str(pk) for pk in Purchase.objects.values_list("pk", flat=True)]
    try:
        url = reverse("admin:purchases_purchase_changelist")
        return client.post(url, form | fields | {"_selected_action": selected}, follow=True).content.decode()
    finally:
        connections.close_all()


def test_orders_are_not_moved_to_an_entry_that_is_removed_meanwhile(shop: Shop) -> None:
    entry = create_entry(shop.contest, "grace@example.com")
    record(shop)
    record(shop)
    client = signed_in(shop, "owner")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entry.objects.filter(contest=shop.contest, pk=entry.pk).delete()
            moving = pool.submit(move, client, confirmed="1", reason="Typo")
            wait_for_blocked()
        page = moving.result()
    assert "This entry was removed." in page
    assert set(Purchase.objects.values_list("entry", flat=True)) == {shop.entry.pk}
