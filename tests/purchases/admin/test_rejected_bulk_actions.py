"""Actions on several rejected orders: previewed, done once, and undone together."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry
from contests.services import create_entry
from purchases.models import Purchase, RejectedPurchase
from purchases.services import Rejection, record_rejection
from tests.support import Shop, hold, make_shop, record, signed_in

LIST = reverse("admin:purchases_rejectedpurchase_changelist")
DONE = {"confirmed": "1", "reason": "Agreed with the shop"}


@pytest.fixture(autouse=True)
def _by_hand(shop: Shop) -> None:
    Contest.objects.update(attaches_automatically=False)


@pytest.fixture
def client(shop: Shop) -> Client:
    return signed_in(shop, "support")


def reject(shop: Shop, order_id: str, **values: Any) -> RejectedPurchase:
    """An order that a public key sent: all of its values are valid."""
    sent: dict[str, Any] = {
        "email": shop.entry.email,
        "amount": "30.5",
        "currency": "USD",
        "contest_sent": shop.contest.pk,
    }
    values = (
        sent | {"contest": shop.contest, "order_id": order_id, "code": "private_key_required", "details": []} | values
    )
    record_rejection(Rejection(api_key=shop.keys["public"], **values), timezone.now())
    return RejectedPurchase.objects.get(order_id=order_id)


def send(client: Client, action: str, rows: Any, **form: Any) -> str:
    """The page that the action's form leads to; posted as the preview posts it."""
    selection = {"action": f"{action}_selected", "_selected_action": [row.pk for row in rows]}
    url = f"{LIST}?attention=all"
    return client.post(url, selection | {"back": "attention=open"} | form, follow=True).content.decode()


def undo(client: Client, page: str) -> str:
    """The page that the undo in a message leads to, after it is confirmed."""
    (url,) = re.findall(r'<a class="desk-link" href="([^"]+/undo/)">Undo', page)
    preview = client.get(url).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(action|back|request_id)" value="([^"]*)"', preview))
    ids = re.findall(r'name="_selected_action" value="([^"]+)"', preview)
    (post_url,) = re.findall(r'<form method="post" action="(/admin/purchases/[^"]*)"', preview)
    return client.post(post_url, hidden | DONE | {"_selected_action": ids}, follow=True).content.decode()


def states() -> list[str]:
    return list(RejectedPurchase.objects.order_by("order_id").values_list("state", flat=True))


def test_orders_are_dismissed_and_the_undo_reopens_just_these(client: Client, shop: Shop) -> None:
    rows = [reject(shop, f"#{number}") for number in range(3)]
    preview = send(client, "dismiss", rows[:2])
    assert "Dismiss 2 orders" in preview
    assert states() == ["rejected"] * 3
    page = send(client, "dismiss", rows[:2], request_id="act_1", **DONE)
    assert "Dismissed 2 orders." in page
    assert states() == ["dismissed", "dismissed", "rejected"]
    assert AuditEvent.objects.filter(action="dismissed", reason=DONE["reason"]).count() == 2
    assert "Reopened 2 orders." in undo(client, page)
    assert states() == ["rejected"] * 3


def test_the_same_page_sent_twice_acts_once(client: Client, shop: Shop) -> None:
    rows = [reject(shop, f"#{number}") for number in range(2)]
    for _ in range(2):
        assert "Dismissed 2 orders." in send(client, "dismiss", rows, request_id="act_1", **DONE)
    assert AuditEvent.objects.filter(action="dismissed").count() == 2


def test_handled_orders_are_skipped_and_the_preview_says_why(client: Client, shop: Shop) -> None:
    rows = [reject(shop, "#1"), reject(shop, "#2")]
    send(client, "dismiss", rows[:1], request_id="act_1", **DONE)
    preview = send(client, "dismiss", rows)
    assert "Dismiss 1 order" in preview
    assert "Already handled" in preview
    page = send(client, "dismiss", rows, request_id="act_2", **DONE)
    assert "Dismissed 1 order." in page
    assert "Skipped 1 order" in page


def test_orders_are_attached_to_the_previewed_entries(client: Client, shop: Shop) -> None:
    held = [hold(shop, "a.da+shop@example.com", order_id="#1", amount=Decimal(10)), hold(shop, "eve@example.com")]
    preview = send(client, "attach", held)
    assert "Attach 1 order" in preview
    assert "0 → 10" in preview
    assert "No suggested entry." in preview
    chosen = re.findall(r'name="chosen" value="([^"]+)"', preview)
    assert chosen == [f"{held[0].pk}:{shop.entry.pk}"]
    page = send(client, "attach", held, chosen=chosen, request_id="act_1", **DONE)
    assert "Attached 1 order." in page
    assert Purchase.objects.get().entry == shop.entry
    assert "Detached 1 order." in undo(client, page)
    assert Purchase.objects.get().is_voided
    assert set(states()) == {"held"}


def test_an_entry_of_another_contest_is_not_taken(client: Client, shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    held = hold(shop, "a.da+shop@example.com")
    page = send(client, "attach", [held], chosen=[f"{held.pk}:{stranger.entry.pk}"], request_id="act_1", **DONE)
    assert "Attached 0 orders." in page
    assert not Purchase.objects.exists()


def test_orders_are_recorded_as_received_and_the_undo_voids_them(client: Client, shop: Shop) -> None:
    rows = [
        reject(shop, "#1"),
        reject(shop, "#2", amount='"12.00"'),
        reject(shop, "#3", amount="", currency=""),
        reject(shop, "#4", email="nobody@example.com"),
        reject(shop, "#5", contest=None, contest_sent="nothing"),
    ]
    RejectedPurchase.objects.update(first_received_at=timezone.now() - timedelta(days=2))
    preview = send(client, "record", rows)
    assert "Record 2 orders" in preview
    for reason in ("amount or currency is missing", "No entry has this email.", "contest doesn&#x27;t exist"):
        assert reason in preview
    page = send(client, "record", rows, request_id="act_1", **DONE)
    assert "Recorded 2 orders." in page
    assert states() == ["recorded", "recorded", "rejected", "rejected", "rejected"]
    assert [str(purchase.money) for purchase in Purchase.objects.order_by("order_id")] == ["30.50", "12.00"]
    assert all(purchase.purchased_at < timezone.now() - timedelta(days=1) for purchase in Purchase.objects.all())
    assert Entry.objects.get(pk=shop.entry.pk).points == 43
    assert "Voided 2 orders." in undo(client, page)
    assert Entry.objects.get(pk=shop.entry.pk).points == 0


def test_voided_purchases_are_restored_together(client: Client, shop: Shop) -> None:
    for _ in range(2):
        record(shop)
    url = reverse("admin:purchases_purchase_changelist")
    ids = [str(pk) for pk in Purchase.objects.values_list("pk", flat=True)]
    form = {"action": "void_selected", "_selected_action": ids, "request_id": "act_1", "back": ""}
    page = client.post(url, form | DONE, follow=True).content.decode()
    assert "Voided 2 orders." in page
    assert "Restored 2 orders." in undo(client, page)
    assert set(Purchase.objects.values_list("status", flat=True)) == {"recorded"}


def test_another_teams_orders_are_out_of_reach(client: Client, shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    foreign = reject(stranger, "#theirs")
    page = send(client, "dismiss", [foreign], request_id="act_1", **DONE)
    assert "#theirs" not in page
    assert states() == ["rejected"]
    assert client.get(f"{LIST}undo/").status_code == 404
    assert signed_in(stranger, "support").get(f"{LIST}undo/").status_code == 404


def test_the_list_offers_what_its_rows_may_need(client: Client, shop: Shop) -> None:
    row = reject(shop, "#1")
    hold(shop, "late@example.com")
    names = {"record", "attach", "dismiss", "reopen", "detach"}

    def offered(query: str) -> set[str]:
        page = client.get(f"{LIST}?{query}").content.decode()
        return {name for name in names if f'value="{name}_selected"' in page}

    assert offered("attention=open") == {"record", "attach", "dismiss"}
    assert offered("state__exact=held&attention=all") == {"attach", "dismiss"}
    send(client, "dismiss", [row], request_id="act_1", **DONE)
    assert offered("attention=all&state__exact=dismissed") == {"reopen"}
    assert offered("attention=all") == names


def test_the_page_returns_to_the_list_as_it_was(client: Client, shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com")
    form = {"action": "dismiss_selected", "_selected_action": [reject(shop, "#1").pk], "request_id": "act_1"}
    answer = client.post(f"{LIST}?attention=all", form | DONE | {"back": "attention=open&sort=last_received_at"})
    assert answer["Location"] == f"{LIST}?attention=open&sort=last_received_at"
