"""Bringing in past orders from a store's own file, in the admin: upload, preview, progress, undo."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from blitzrocket.jobs.queue import run_all_jobs
from purchases.models import Purchase, PurchaseImport
from purchases.stores.connection_changes import may_delete
from tests.purchases.orders import points_of
from tests.purchases.stores.deliveries import Store, connect
from tests.purchases.stores.order_files import SHOPIFY, shopify_row
from tests.support import Shop, make_shop, signed_in


@pytest.fixture
def store(shop: Shop) -> Store:
    return connect(shop, "shopify")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url_for(shop: Shop, connection: str = "") -> str:
    url = reverse("admin:contests_contest_purchaseimports", args=[quote(shop.contest.pk)])
    return f"{url}?connection={connection}" if connection else url


def upload(client: Client, store: Store, *rows: str, data: str = "", **form: str) -> str:
    file = SimpleUploadedFile("orders.csv", (data or SHOPIFY + "".join(rows)).encode())
    return words(client.post(url_for(store.shop, store.connection.pk), {"file": file} | form, follow=True))


def url_of(action: str = "") -> str:
    purchase_import = PurchaseImport.objects.latest("id")
    view = f"purchaseimport_{action}" if action else "purchaseimport"
    return reverse(f"admin:contests_contest_{view}", args=[quote(purchase_import.contest_id), purchase_import.pk])


def test_a_file_is_previewed_brought_in_and_undone(shop: Shop, store: Store) -> None:
    owner = signed_in(shop, "owner")
    page = upload(
        owner,
        store,
        shopify_row(refunded="30.00"),
        shopify_row(id="2", name="#2", email="late@example.com"),
        shopify_row(id="3", name="#3", status="pending"),
        shopify_row(id="4", name="#4", total="x"),
    )
    for sentence in (
        "All orders of the file, by the rules that are live now.",
        "50 points are added for 1 entry.",
        "1 order without an entry is put on hold.",
        '<span class="desk-figure">1</span> Not paid',
        "30.00 USD refunded",
        "Balance 0 → 50",
        "#1001",
        "Import 2 orders",
        "Total: “x” is not an amount",
    ):
        assert sentence in page
    assert "Keep balances as they are" not in page
    assert not Purchase.objects.exists()
    owner.post(url_of("points"), {"adds_points": "no"})
    assert PurchaseImport.objects.get().adds_points, "its points are those of the rules"
    for _ in range(2):
        owner.post(url_of("start"), {"request_id": "act_one"})
    run_all_jobs()
    page = words(owner.get(url_of()))
    assert "<strong>1</strong> Imported" in page
    assert "<strong>1</strong> On hold" in page
    assert points_of(shop.entry) == 50
    owner.post(url_of("undo"), {"request_id": "act_two", "reason": "The wrong file"})
    run_all_jobs()
    assert "<strong>2</strong> Undone" in words(owner.get(url_of()))
    assert points_of(shop.entry) == 0
    order = words(owner.get(reverse("admin:purchases_purchase_change", args=[quote(Purchase.objects.get().pk)])))
    assert "Import undone" in order
    assert "“The wrong file”" in order
    log = words(owner.get(reverse("admin:audit_auditevent_changelist")))
    for sentence in ("undid the import of", "which was on hold", "undid the import"):
        assert sentence in log


def test_the_file_may_come_from_each_store_that_is_connected(shop: Shop, store: Store) -> None:
    owner = signed_in(shop, "owner")
    elsewhere = connect(make_shop(), "stripe")
    page = words(owner.get(url_for(shop)))
    assert f"connection={store.connection.pk}" in page
    assert "Add these points" in page
    assert elsewhere.connection.pk not in page
    assert "Add these points" in words(owner.get(url_for(shop, elsewhere.connection.pk))), "another team's is none"
    page = words(owner.get(url_for(shop, store.connection.pk)))
    assert "How many days back" in page
    assert "Add these points" not in page
    change = reverse("admin:purchases_storeconnection_change", args=[quote(store.connection.pk)])
    link = f'href="{url_for(shop, store.connection.pk)}">Import past orders</a>'
    assert link in words(owner.get(change))
    assert link not in words(signed_in(shop, "support").get(change))
    assert may_delete(store.connection)
    upload(owner, store, shopify_row())
    assert not may_delete(store.connection)


def test_without_a_store_the_page_says_to_connect_one(shop: Shop) -> None:
    assert "connect the store first" in words(signed_in(shop, "owner").get(url_for(shop)))


@pytest.mark.parametrize(
    ("form", "data", "sentence"),
    [
        ({"days": "0"}, "", "greater than or equal to 1"),
        ({"days": "x"}, "", "Enter a whole number"),
        ({"days": "99999"}, "", "less than or equal to 3650"),
        ({}, "Name,Email\n#1,ada@example.com\n", "This should be the orders CSV of Shopify"),
        ({}, '[{"id": 1}]', "This should be the orders CSV of Shopify"),
    ],
)
def test_unusable_input_is_reported_on_the_form(
    shop: Shop, store: Store, form: dict[str, str], data: str, sentence: str
) -> None:
    assert sentence in upload(signed_in(shop, "owner"), store, shopify_row(), data=data, **form)
    assert not PurchaseImport.objects.exists()


def test_only_owners_bring_in_orders(shop: Shop, store: Store) -> None:
    upload(signed_in(shop, "owner"), store, shopify_row(), days="30")
    assert PurchaseImport.objects.get().since is not None
    support = signed_in(shop, "support")
    assert support.get(url_for(shop, store.connection.pk)).status_code == 403
    for action in ("", "start", "undo", "errors"):
        assert support.post(url_of(action), {"request_id": "act_x", "reason": "x"}).status_code == 403, action


def test_the_number_of_statements_does_not_grow_with_the_file(
    shop: Shop, store: Store, django_assert_max_num_queries: Any
) -> None:
    owner = signed_in(shop, "owner")
    rows = [shopify_row(id=str(number), name=f"#{number}") for number in range(200)]
    with django_assert_max_num_queries(29):
        upload(owner, store, *rows)
    with django_assert_max_num_queries(13):
        assert "Page 1 of 4" in words(owner.get(url_of()))
