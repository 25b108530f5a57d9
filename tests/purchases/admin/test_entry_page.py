"""The page of an entry: its orders, points and activity, and the form behind it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext
from contests.models import Entry
from contests.services import adjust_points, create_contest, create_entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services import refund_purchase
from purchases.support import entry_overview
from tests.support import Shop, hold, make_shop, record, signed_in

pytestmark = pytest.mark.django_db


def text_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


def open_entry(client: Client, entry: Entry, **query: Any) -> Any:
    page = client.get(change_url(entry), query)
    assert page.status_code == 200
    return page


def refund(purchase: Purchase, refund_id: str) -> None:
    audit = AuditContext(reason="Sent back")
    refund_purchase(purchase, refund_id=refund_id, amount=Decimal(10), audit=audit, received_at=timezone.now())


def test_it_shows_orders_refunds_points_and_orders_on_hold(shop: Shop) -> None:
    record(shop, "49.99", order_id="#1")
    refund(Purchase.objects.get(), "RE-5")
    adjust_points(shop.entry, 7, adjustment_id="a1", audit=AuditContext(reason="For the trouble"))
    hold(shop, "late@example.com", order_id="#2")
    late = RejectedPurchase.objects.get()
    RejectedPurchase.objects.update(email_key=shop.entry.email_key)  # as one that is attached by hand
    other = create_contest(shop.team, title="Winter raffle", slug="winter", status="active")
    create_entry(other, "ada@example.com")
    page = open_entry(signed_in(shop, "support"), shop.entry)
    text = text_of(page)
    parts = ("RE-5", "10.00 USD", "49.99 USD", "40 points", "For the trouble", "Winter raffle", "Waiting for entry")
    for part in parts:
        assert part in text, part
    assert change_url(late) in text
    assert change_url(Purchase.objects.get()) in text
    assert "Adjust points" in text
    assert "?edit=1" not in text  # support changes no fields


def test_a_name_typed_by_support_opens_it(shop: Shop) -> None:
    client = signed_in(shop, "support")
    grace = create_entry(shop.contest, "grace@example.com", name="Grace Hopper")
    for typed in ("grace hop", "GRACE@example.com", grace.referral_code, grace.pk):
        answer = client.get(reverse("admin:purchases_purchase_desk"), {"q": typed})
        assert answer["Location"] == change_url(grace), typed


def test_older_orders_and_points_are_on_further_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_overview, "PAGE_SIZE", 2)
    for number in range(5):
        record(shop, "1.00", order_id=f"#{number}")
    client, order_ids = signed_in(shop, "support"), []
    query: dict[str, Any] = {}
    while query.get("orders", "") is not None:
        orders = open_entry(client, shop.entry, **query).context["overview"].orders
        order_ids.append([order.purchase.order_id for order in orders.rows])
        query = {"orders": orders.next}
    assert order_ids == [["#4", "#3"], ["#2", "#1"], ["#0"]]
    ledger = open_entry(client, shop.entry, points="2").context["overview"].ledger
    assert [(row.line.number, row.order_id) for row in ledger.rows] == [(1, "#0")]


@pytest.mark.parametrize("number", ["x", "-1", "²", "9" * 30])
def test_an_address_with_no_number_is_not_found(shop: Shop, number: str) -> None:
    assert signed_in(shop, "support").get(change_url(shop.entry), {"points": number}).status_code == 404


def test_an_entry_without_anything(shop: Shop) -> None:
    page = text_of(open_entry(signed_in(shop, "owner"), shop.entry))
    assert "An order with the email ada@example.com will appear here." in page
    assert "No points yet." in page
    assert "?edit=1" in page


def test_it_is_for_its_team_only(shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    for query in ({}, {"edit": "1"}):
        answer = signed_in(stranger, "owner").get(change_url(shop.entry), query)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_a_saved_entry_opens_again(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    assert 'name="email"' in text_of(open_entry(client, shop.entry, edit="1"))
    form = {"email": "grace@example.com", "name": "Grace", "email_confirmed": "on"}
    answer = client.post(f"{change_url(shop.entry)}?edit=1", form, follow=True)
    assert answer.redirect_chain == [(change_url(shop.entry), 302)]
    assert "Grace" in text_of(answer)
    assert "Entry saved." in text_of(answer)


def test_names_and_ids_are_shown_as_they_are(shop: Shop) -> None:
    Entry.objects.filter(pk=shop.entry.pk).update(name="<script>alert(1)</script>")
    record(shop, order_id="<b>1</b>")
    page = text_of(open_entry(signed_in(shop, "support"), shop.entry))
    assert "<script>alert" not in page
    assert "<b>1" not in page


@pytest.fixture
def statements(shop: Shop) -> Callable[[], int]:
    client = signed_in(shop, "support")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            open_entry(client, shop.entry)
        return len(captured)

    return count


def test_it_takes_the_same_statements_for_more_orders(shop: Shop, statements: Callable[[], int]) -> None:
    counts = []
    for turn in range(2):
        for number in range(4):
            record(shop, "20.00", order_id=f"#{turn}-{number}")
            refund(Purchase.objects.get(order_id=f"#{turn}-{number}"), f"r{turn}-{number}")
            hold(shop, f"late{turn}@example.com", order_id=f"#h{turn}-{number}")
        counts.append(statements())
    assert counts[0] == counts[1] <= 17
