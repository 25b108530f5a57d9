"""The page of an order: what it is, what to do next, what differs, and the reply; nothing to edit."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Contest
from contests.services import create_entry
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services import (
    attach_purchase,
    detach_purchase,
    dismiss_refund,
    dismiss_rejected_purchase,
    void_purchase,
)
from purchases.services.duplicates import MAX_DIFFERING
from tests.purchases.orders import buy, refund, refund_early
from tests.purchases.support.test_open_refunds import refuse_refund
from tests.support import Shop, hold, make_shop, record, reject, set_rules, signed_in


@pytest.fixture
def support(shop: Shop) -> Client:
    return signed_in(shop, "support")


def page_of(client: Client, obj: Any) -> str:
    """The page's HTML, with plain spaces."""
    response = client.get(change_url(obj))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def words(page: str) -> str:
    """What is read on a page, from its content on."""
    content = page[page.index('<div class="order">') :]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content)))


def voided(shop: Shop) -> Purchase:
    purchase = buy(shop)
    void_purchase(purchase, audit=AuditContext(reason="x"))
    return purchase


def refunded(shop: Shop) -> Purchase:
    purchase = buy(shop)
    refund(purchase)
    return purchase


def rejected(shop: Shop) -> RejectedPurchase:
    reject(shop)
    return RejectedPurchase.objects.get()


def dismissed(shop: Shop) -> RejectedPurchase:
    row = rejected(shop)
    dismiss_rejected_purchase(row, audit=AuditContext(reason="x"))
    return row


def attached(shop: Shop) -> RejectedPurchase:
    row = hold(shop)
    attach_purchase(row, shop.entry, audit=AuditContext(reason="x"))
    return row


def detached(shop: Shop) -> Purchase:
    row = attached(shop)
    row.refresh_from_db()
    detach_purchase(row, audit=AuditContext(reason="x"))
    return Purchase.objects.get()


def pending(shop: Shop) -> PendingRefund:
    refund_early(shop, "#1", "5")
    return PendingRefund.objects.get()


# By state: the object, its status, its buttons in order, and which of them stands out.
STATES: dict[str, tuple[Callable[[Shop], Any], str, list[str], str]] = {
    "recorded": (buy, "Recorded", ["Refund", "Move", "Void"], "Refund"),
    "refunded": (refunded, "Refunded", ["Move", "Void"], ""),
    "voided": (voided, "Voided", ["Restore", "Refund"], "Restore"),
    "on hold again": (detached, "Voided", [], "Open rejected order"),
    "on hold": (hold, "Waiting for entry", ["Attach", "Correct and record", "Dismiss"], "Attach"),
    "rejected": (rejected, "Rejected", ["Correct and record", "Dismiss"], "Correct and record"),
    "dismissed": (dismissed, "Dismissed", ["Reopen"], "Reopen"),
    "attached": (attached, "Resolved", ["Undo attach"], "Open recorded order"),
    "pending refund": (pending, "Pending", ["Dismiss"], ""),
}


@pytest.mark.parametrize("state", STATES)
def test_the_next_action_stands_out(shop: Shop, support: Client, state: str) -> None:
    make, badge, names, primary = STATES[state]
    page = page_of(support, make(shop))
    assert re.search(r'class="order-badge[^>]*>(.*?)<', page)[1] == badge  # type: ignore[index]
    buttons = re.findall(
        r'<button type="button" class="(order-button[^"]*)" aria-haspopup.*?</span>(.*?)</button>', page
    )
    assert [name for _, name in buttons] == names
    links = re.findall(r'<a class="(order-button order-primary)" href="[^"]+">(.*?)</a>', page)
    assert [name for classes, name in (*links, *buttons) if "order-primary" in classes] == (
        [primary] if primary else []
    )
    assert [name for classes, name in buttons if "danger" in classes] == (["Void"] if "Void" in names else [])


def test_the_head_says_what_the_order_is(shop: Shop, support: Client) -> None:
    entry = create_entry(shop.contest, "maria@example.com", name="María González")
    purchase = buy(shop, "1260.00", email=Email.parse("maria@example.com"), order_id=" #aB-1 ")
    refund(purchase, "60.00")
    page = page_of(support, purchase)
    assert '<bdi id="order-id" class="order-id"> #aB-1 </bdi>' in page
    for text in (
        "Recorded order", "Partly refunded", "Entry María González maria@example.com", "Points 1,200 1,260 earned",
        "Amount 1,260.00 USD 60.00 USD refunded, 1,200.00 USD left", "Contest Summer",
    ):  # fmt: skip
        assert text in words(page), text
    assert f'href="{change_url(entry)}"' in page


def test_there_is_no_form_to_save_or_close(shop: Shop, support: Client) -> None:
    for obj in (buy(shop), rejected(shop), pending(shop)):
        page = page_of(support, obj)
        assert "submit-row" not in page
        assert "_form" not in page[page.index('<div class="order">') : page.index("</main>")]
        assert support.post(change_url(obj), {"amount": 1}).status_code == 403
    missing = support.get(change_url(buy(shop)).replace("/change/", "0/change/"))
    assert (missing.status_code, missing.headers["Location"]) == (302, "/admin/")


def test_nobody_sees_an_order_of_another_team(shop: Shop, support: Client) -> None:
    other = make_shop(title="Other", email="eve@example.com")
    for obj in (buy(other), rejected(other), pending(other)):
        assert support.get(change_url(obj)).status_code == 302


def test_hostile_values_are_text(shop: Shop, support: Client) -> None:
    attack = "<script>alert(1)</script>"
    shop.entry.name = attack
    shop.entry.save()
    purchase = buy(shop, order_id=attack)
    refund(purchase, "1.00", refund_id=attack)
    held = hold(shop, order_id=f"{attack}2", email="aad@example.com")
    refund_early(shop, f"{attack}3", "5", attack)
    for obj in (purchase, held, PendingRefund.objects.get()):
        assert "<script>alert" not in page_of(support, obj)


class TestOnHold:
    def test_names_the_entry_that_it_is_likely_of(self, shop: Shop, support: Client) -> None:
        create_entry(shop.contest, "maria.gonzalez@example.com", name="María González")
        page = words(page_of(support, hold(shop, "maria.gonzales@example.com")))
        assert "Likely María González maria.gonzalez@example.com is registered; the order came with" in page

    def test_and_no_entry_that_is_only_similar(self, shop: Shop, support: Client) -> None:
        create_entry(shop.contest, "grace@example.com")
        page = words(page_of(support, hold(shop, "late@example.com")))
        assert "late@example.com isn't registered Ask the customer" in page
        assert "2 entries have a similar email. The order is recorded automatically" in page

    def test_nor_one_of_two_that_are_as_close(self, shop: Shop, support: Client) -> None:
        for name in ("marta", "maria"):
            create_entry(shop.contest, f"{name}@example.com")
        assert "Likely" not in words(page_of(support, hold(shop, "marxa@example.com")))

    def test_the_page_says_that_its_entry_exists_now(self, shop: Shop, support: Client) -> None:
        Contest.objects.update(attaches_automatically=False)
        held = hold(shop, "late@example.com")
        create_entry(shop.contest, "late@example.com", name="Late")
        assert "Likely Late late@example.com is registered now." in words(page_of(support, held))

    def test_shows_the_settings_of_its_first_receipt(self, shop: Shop, support: Client) -> None:
        held = hold(shop, "late@example.com")
        set_rules(shop.contest, {"points_per_unit": 2})
        Contest.objects.update(status="paused")
        page = words(page_of(support, held))
        assert "Contest settings at first receipt Rules Version 1 Contest status Active" in page


def test_a_rejected_order_names_its_problems_and_values(shop: Shop, support: Client) -> None:
    page = words(page_of(support, rejected(shop)))
    assert "The amount must be greater than 0" in page
    assert "Correct the values and record the order, or dismiss it if it should not count." in page


def test_a_refund_shows_its_order_and_the_reply(shop: Shop, support: Client) -> None:
    early = pending(shop)
    page = words(page_of(support, early))
    assert "#1" in page
    assert "We received a refund for order #1, but not the order itself." in page
    purchase = buy(shop, order_id="#1")
    page = page_of(support, early)
    assert f'href="{change_url(purchase)}">Open order</a>' in page
    assert "Recorded, 30.00 USD" in words(page)


def test_a_recorded_order_names_a_refused_refund_until_it_is_dismissed(shop: Shop, support: Client) -> None:
    purchase = buy(shop, order_id="#1")
    refused = refuse_refund(shop, "#1", "500.00")
    page = page_of(support, purchase)
    assert f'href="{change_url(refused)}">Refund refused: 500.00 USD</a>' in page
    assert "Only 30.00 USD of this order is left to refund. No points were removed." in words(page)
    assert "Not made" in words(page_of(support, refused))
    dismiss_refund(refused, audit=AuditContext(reason="x"))
    assert "Refund refused: 500.00 USD</a>" not in page_of(support, purchase)


class TestDuplicatesThatDiffer:
    def test_come_first(self, shop: Shop, support: Client) -> None:
        purchase = buy(shop, "60.00", order_id="#1")
        for amount in ("80.00", "80.00", "60.00"):
            record(shop, amount, order_id="#1")
        record(shop, "60.00", order_id="#1", email=Email.parse("grace@example.com"))
        page = words(page_of(support, purchase))
        assert page.index("Received again with other values") < page.index("Recorded order")
        assert "received 4 more times. What came first counts: 60.00 USD with ada@example.com ." in page
        notice = page[: page.index("Recorded order")]
        assert re.search(r"60\.00 USD grace@example\.com .*80\.00 USD ada@example\.com .* · 2×", notice)
        assert "Received again with 80.00 USD, ignored (2×)" in page
        assert "Received again, ignored (4×)" in page

    def test_are_not_mentioned_without_any(self, shop: Shop, support: Client) -> None:
        purchase = buy(shop, "60.00", order_id="#1")
        record(shop, "60.00", order_id="#1")
        assert "other values" not in words(page_of(support, purchase))

    def test_the_number_of_statements_does_not_grow(self, shop: Shop, support: Client) -> None:
        purchase = buy(shop, "60.00", order_id="#1")
        counts = []
        for amounts in (range(1, 2), range(2, MAX_DIFFERING + 5)):
            for amount in amounts:
                record(shop, f"{amount}.00", order_id="#1")
            with CaptureQueriesContext(connection) as statements:
                page = page_of(support, purchase)
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 24
        assert f"Show {MAX_DIFFERING - 3} more" in page
        assert f"Only the latest {MAX_DIFFERING} different ones are kept." in page


def test_how_points_were_calculated_is_folded(shop: Shop, support: Client) -> None:
    set_rules(shop.contest, {}, {"fixed_points": 5, "currency": "EUR"}, cap_per_purchase=20)
    page = page_of(support, buy(shop, "1030.50"))
    part = words(page[page.index("<details") :].replace("<details", '<div class="order"><details', 1))
    for text in (
        "How points were calculated 1 point per 1.00 1,030.5",
        "not applied:",
        "Subtotal 1,030.5 Rounded 1,031 Maximum per purchase 20 Points earned (rules version 2) 20",
        "Contest settings at the time Rules Version 2 Rounding Nearest whole point (0.5 rounds up)",
        "Contest status Active Purchase tracking On Start None End None First purchase of the entry Yes",
        "Source and IDs Recorded",
        "Recorded with private key Email as sent ada@example.com",
    ):
        assert text in part, text
    assert "<details open" not in page
