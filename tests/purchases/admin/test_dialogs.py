"""Dialogs of actions: opening and previewing one only reads; sending it acts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Entry
from contests.services import NewEntry, create_entry, sign_up
from purchases.admin.dialogs import VoidForm
from purchases.models import PendingRefund, RejectedPurchase
from purchases.services import (
    attach_purchase,
    detach_purchase,
    dismiss_refund,
    dismiss_rejected_purchase,
    void_purchase,
)
from tests.purchases.orders import buy, hold, only_reads, points_of, refund_early
from tests.purchases.support.test_complaints import SupportDesk
from tests.support import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


@pytest.fixture
def desk(shop: Shop) -> SupportDesk:
    return SupportDesk(shop)


def voided(shop: Shop) -> Any:
    purchase = buy(shop)
    void_purchase(purchase, audit=AuditContext())
    return purchase


def attached(shop: Shop) -> RejectedPurchase:
    waiting = hold(shop)
    attach_purchase(waiting, shop.entry, audit=AuditContext())
    return waiting


def detached(shop: Shop) -> RejectedPurchase:
    waiting = attached(shop)
    detach_purchase(waiting, audit=AuditContext())
    return waiting


def held_with_refunds(shop: Shop) -> RejectedPurchase:
    waiting = hold(shop)
    refund_early(shop, waiting.order_id, "4.00", "r1")
    refund_early(shop, waiting.order_id, "100.00", "r2")  # more than is left: it is refused
    return waiting


def dismissed(shop: Shop) -> RejectedPurchase:
    waiting = hold(shop)
    dismiss_rejected_purchase(waiting, audit=AuditContext())
    return waiting


def pending_refund(shop: Shop) -> PendingRefund:
    refund_early(shop, "7")
    return PendingRefund.objects.get()


def dismissed_refund(shop: Shop) -> PendingRefund:
    pending = pending_refund(shop)
    dismiss_refund(pending, audit=AuditContext())
    return pending


def referred(shop: Shop) -> Entry:
    shop.contest.advocate_points, shop.contest.friend_points = 50, 25
    friend = NewEntry(email=Email.parse("joan@example.com"), referral_code=shop.entry.referral_code)
    return sign_up(shop.contest, friend, audit=AuditContext()).entry


# What each dialog is opened on, what is filled in, and what its preview says.
DIALOGS: dict[str, tuple[Callable[[Shop], Any], str, dict[str, str], list[str]]] = {
    "refund": (buy, "refund", {"amount": "12.00"}, ["30 → 18"]),
    "refund of too much": (buy, "refund", {"amount": "99.00"}, ["Only 30.00 USD of this order is left"]),
    "void": (buy, "void", {}, ["30 → 0"]),
    "restore": (voided, "restore", {}, ["0 → 30"]),
    "move": (buy, "move", {"to": "grace@example.com"}, ["30 → 0", "0 → 30", "rank 2 → rank 1"]),
    "move of a voided order": (voided, "move", {"to": "grace@example.com"}, ["This order is voided"]),
    "adjust": (lambda shop: shop.entry, "adjust", {"points": "50"}, ["0 → 50", "rank 1"]),
    "adjust too low": (lambda shop: shop.entry, "adjust", {"points": "-5"}, ["The entry has 0 points"]),
    "remove referral points": (referred, "remove_referral", {}, ["ada@example.com 50 → 0", "joan@example.com 25 → 0"]),
    "attach": (hold, "attach", {"other": "grace@example.com"}, ["grace@example.com 0 → 10"]),
    "attach with refunds": (held_with_refunds, "attach", {"other": "grace@example.com"}, ["0 → 6"]),
    "attach again": (detached, "attach", {"other": "grace@example.com"}, ["grace@example.com 0 → 10", "ada"]),
    "detach": (attached, "detach", {}, ["10 → 0"]),
    "record by hand": (
        hold,
        "record",
        {"email": "ada@example.com", "amount": "20", "currency": "USD"},
        ["ada@example.com 0 → 20"],
    ),
    "record by hand with refunds": (
        held_with_refunds,
        "record",
        {"email": "grace@example.com", "amount": "20", "currency": "USD"},
        ["grace@example.com 0 → 16"],
    ),
    "dismiss": (hold, "dismiss", {}, []),
    "reopen": (dismissed, "reopen", {}, []),
    "dismiss a refund": (pending_refund, "dismiss", {}, ["It still applies"]),
    "reopen a refund": (dismissed_refund, "reopen", {}, []),
}


@pytest.mark.parametrize("dialog", DIALOGS)
def test_a_dialog_is_opened_and_previewed_by_reading_alone(
    shop: Shop, grace: Entry, desk: SupportDesk, dialog: str
) -> None:
    make, action, fields, sentences = DIALOGS[dialog]
    obj = make(shop)
    if action == "record":
        fields = fields | {"contest": shop.contest.pk, "purchased_at": "2026-11-01 10:00"}
    url = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[change_url(obj).split("/")[-3]])
    with only_reads():
        assert desk.client.get(url).status_code == 200
        shown = desk.preview(obj, action, **fields)
    for sentence in sentences:
        assert sentence in shown


def test_the_orders_chosen_in_a_list_are_previewed_by_reading_alone(
    shop: Shop, grace: Entry, desk: SupportDesk
) -> None:
    chosen = [buy(shop).pk, buy(shop).pk, voided(shop).pk]
    url = reverse("admin:purchases_purchase_changelist")
    for values in ({"action": "void_selected"}, {"action": "move_selected", "to": grace.pk, "preview": "1"}):
        with only_reads():
            page = desk.client.post(url, values | {"_selected_action": chosen, "reason": "", "request_id": "act_1"})
        assert "60 → 0" in page.content.decode()


def test_a_dialog_previewed_is_sent_with_the_same_id(shop: Shop, desk: SupportDesk) -> None:
    purchase = buy(shop)
    url = reverse("admin:purchases_purchase_void", args=[change_url(purchase).split("/")[-3]])
    form = {"_form_submitted": "True", "reason": "asked for", "request_id": "act_1"}
    desk.client.post(url, form | {"preview": "1"})
    assert points_of(shop.entry) == 30
    assert "HX-Redirect" in desk.client.post(url, form).headers
    assert points_of(shop.entry) == 0


def test_asking_whether_a_form_is_valid_does_not_act(shop: Shop, desk: SupportDesk, rf: Any) -> None:
    purchase = buy(shop)
    request = rf.post("/", {"_form_submitted": "True", "reason": "asked for", "request_id": "act_1"})
    request.user = User.objects.get(username="agent")
    form = VoidForm(request, purchase.pk, data=request.POST)
    assert form.is_valid()
    assert points_of(shop.entry) == 30
    assert form.run()
    assert points_of(shop.entry) == 0
