"""“I bought, where are my points?”: from the customer's complaint through the desk to the reply and the fix."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from purchases.models import Purchase, RejectedPurchase
from tests.support import Shop, hold, open_session, record, set_rules

pytestmark = pytest.mark.django_db(transaction=True)


class SupportDesk:
    """A support agent at the desk."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        user = User.objects.create_user("agent", is_staff=True)
        Membership.objects.create(team=shop.team, user=user, role="support")
        self.client = Client()
        open_session(self.client, user)

    def look_up(self, text: str) -> str:
        """What the agent sees after pasting this: the one hit's page at once, or the list."""
        page = self.client.get(reverse("admin:purchases_purchase_desk"), {"q": text}, follow=True)
        assert page.status_code == 200
        return html.unescape(re.sub(r"\s+", " ", page.content.decode()))

    def reply(self, text: str) -> str:
        """The sentence to copy for the customer."""
        reply = re.search(r'<textarea id="reply"[^>]*>(.*?)</textarea>', self.look_up(text))
        assert reply, "no reply on the page"
        return reply.group(1)

    def perform(self, obj: Any, action: str, **fields: Any) -> str:
        """Fill in a dialog and send it, twice as a double click does; empty when it was done, else the form again."""
        name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}"
        url = reverse(name, args=[change_url(obj).split("/")[-3]])
        request_id = re.search(r'name="request_id" value="([^"]+)"', self.client.get(url).content.decode())
        assert request_id, "the dialog has no id"
        form = {"reason": "The customer wrote", "request_id": request_id.group(1), "_form_submitted": "True"} | fields
        responses = [self.client.post(url, form) for _ in range(2)]
        is_done = ["HX-Redirect" in response.headers for response in responses]
        assert is_done[0] == is_done[1], "the second click was answered otherwise"
        assert AuditEvent.objects.filter(pk=request_id.group(1)).count() == is_done[0]
        return "" if is_done[0] else html.unescape(responses[0].content.decode())

    def preview(self, obj: Any, action: str, **fields: Any) -> str:
        """The effect that the dialog shows for these values."""
        name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}"
        url = reverse(name, args=[change_url(obj).split("/")[-3]])
        form = fields | {"preview": "1", "_form_submitted": "True", "reason": "x", "request_id": "act_x"}
        page = (self.client.post(url, form) if fields else self.client.get(url)).content.decode()
        assert not AuditEvent.objects.filter(pk="act_x").exists()
        effect = page[page.index('id="effect"') : page.index("</div> </div>") if "</div> </div>" in page else None]
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", effect)))


@pytest.fixture
def shop(shop: Shop) -> Shop:
    create_entry(shop.contest, "grace@example.com", name="Grace Hopper")
    return shop


@pytest.fixture
def desk(shop: Shop) -> SupportDesk:
    return SupportDesk(shop)


def points_of(email: str) -> int:
    return Entry.objects.get(email=email).points


def test_i_bought_and_there_is_no_trace(desk: SupportDesk) -> None:
    page = desk.look_up("#9001")
    assert "No results" in page
    assert "We haven't received order #9001 yet." in desk.reply("#9001")


def test_i_bought_with_another_address(desk: SupportDesk, shop: Shop) -> None:
    held = hold(shop, "ada+shop@example.com", order_id="#9002", amount=Decimal(20))
    assert "Tell us which email you entered with" in desk.reply("9002")
    assert "0 → 20" in desk.preview(held, "attach")
    assert not desk.perform(held, "attach", near=shop.entry.pk)
    assert points_of("ada@example.com") == 20
    assert "earned 20 points" in desk.reply("9002")


def test_i_have_signed_up_since(desk: SupportDesk, shop: Shop) -> None:
    hold(shop, "late@example.com", order_id="#9003", amount=Decimal(20))
    owner = User.objects.create_superuser("boss")
    client = Client()
    client.force_login(owner)
    form = {"contest": shop.contest.pk, "email": "Late@example.com", "name": "Late"}
    page = client.post(reverse("admin:contests_entry_add"), form, follow=True)
    assert "1 waiting order was recorded." in page.content.decode()
    assert points_of("Late@example.com") == 20
    assert "earned 20 points" in desk.reply("#9003")


def test_it_was_sent_twice_with_different_amounts(desk: SupportDesk, shop: Shop) -> None:
    record(shop, "10.00", order_id="#9004")
    record(shop, "90.00", order_id="#9004")
    page = desk.look_up(" #9004 ")
    assert "Received again with 90.00 USD, ignored" in page
    assert "We received it more than once; each order counts only once." in desk.reply("9004")
    assert points_of("ada@example.com") == 10


def test_the_shop_sent_it_to_a_wrong_contest(desk: SupportDesk, shop: Shop, api: Any) -> None:
    api.record(shop, shop.order(orderId="#9005", amount=30), contest_id="spring")
    assert "for a contest that doesn't exist" in desk.reply("9005")
    rejected = RejectedPurchase.objects.get()
    assert not desk.perform(rejected, "record", **correction(shop))
    assert points_of("ada@example.com") == 30
    rejected.refresh_from_db()
    assert rejected.state == "recorded"


def test_the_shop_sends_the_amount_as_text(desk: SupportDesk, shop: Shop, api: Any) -> None:
    api.record(shop, shop.order(orderId="#9006", amount="30.00"))
    page = desk.look_up("9006")
    assert "The amount must be a JSON number, without quotation marks" in page
    rejected = RejectedPurchase.objects.get()
    assert "0 → 30" in desk.preview(rejected, "record")
    assert not desk.perform(rejected, "record", **correction(shop))
    assert points_of("ada@example.com") == 30


def test_the_shop_uses_a_public_key(desk: SupportDesk, shop: Shop, api: Any) -> None:
    api.record(shop, shop.order(orderId="#9007", amount=30), key=shop.public_key)
    assert "couldn't be verified as coming from the shop" in desk.reply("9007")
    assert "Sent with a public key" in desk.look_up("9007")
    assert not desk.perform(RejectedPurchase.objects.get(), "record", **correction(shop))
    assert points_of("ada@example.com") == 30


def test_the_contest_was_paused(desk: SupportDesk, shop: Shop) -> None:
    Contest.objects.update(status="paused")
    record(shop, order_id="#9008")
    assert "earned no points because the contest is paused" in desk.reply("9008")
    assert "0 → 50" in desk.preview(shop.entry, "adjust", points="50")
    assert not desk.perform(shop.entry, "adjust", points="50")
    assert points_of("ada@example.com") == 50


def test_i_paid_in_yen_and_the_rule_is_for_dollars(desk: SupportDesk, shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 1, "currency": "USD"})
    record(shop, "5000", order_id="#9009", currency="JPY")
    assert "is for USD only" in desk.reply("9009")


def test_it_was_refunded_twice_in_part(desk: SupportDesk, shop: Shop) -> None:
    record(shop, "50.00", order_id="#9010")
    purchase = Purchase.objects.get()
    assert "50 → 30" in desk.preview(purchase, "refund", amount="20")
    for amount in ("20.00", "15.00"):
        assert not desk.perform(purchase, "refund", amount=amount)
    assert points_of("ada@example.com") == 15
    assert "Later, 35.00 USD was refunded, so 15 points are left." in desk.reply("9010")
    assert "Only 15.00 USD of this order is left to refund." in desk.perform(purchase, "refund", amount="15.04")
    assert not desk.perform(purchase, "refund", amount="15")
    assert desk.reply("9010") == "Order #9010 of 50.00 USD was refunded in full, so its 50 points were removed."


def test_it_was_voided_and_sent_again(desk: SupportDesk, shop: Shop) -> None:
    record(shop, "50.00", order_id="#9011")
    purchase = Purchase.objects.get()
    assert not desk.perform(purchase, "void")
    assert record(shop, "50.00", order_id="#9011").already_exists
    assert points_of("ada@example.com") == 0
    assert "was cancelled, so its 50 points were removed." in desk.reply("9011")
    assert not desk.perform(purchase, "restore")
    assert points_of("ada@example.com") == 50


def test_it_went_to_another_entry(desk: SupportDesk, shop: Shop) -> None:
    record(shop, "50.00", order_id="#9012")
    purchase = Purchase.objects.get()
    effect = desk.preview(purchase, "move", to="Grace@Example.com")
    assert "50 → 0" in effect
    assert "0 → 50" in effect
    assert "No entry in this contest" in desk.perform(purchase, "move", to="nobody@example.com")
    assert not desk.perform(purchase, "move", to="Grace@Example.com")
    assert (points_of("ada@example.com"), points_of("grace@example.com")) == (0, 50)
    assert "From ada@example.com to grace@example.com" in desk.look_up("9012")


def test_one_person_has_two_entries(desk: SupportDesk, shop: Shop) -> None:
    for number in range(3):
        record(shop, "10.00", order_id=f"#{number}")
    purchases = [str(pk) for pk in Purchase.objects.values_list("pk", flat=True)]
    selection = {"action": "move_selected", "_selected_action": purchases, "to": "grace@example.com"}
    url = reverse("admin:purchases_purchase_changelist")
    preview = desk.client.post(url, selection | {"preview": "1", "reason": "", "request_id": "act_1"}).content.decode()
    assert "30 → 0" in html.unescape(preview)
    for _ in range(2):
        desk.client.post(url, selection | {"confirmed": "1", "reason": "The same person", "request_id": "act_1"})
    assert (points_of("ada@example.com"), points_of("grace@example.com")) == (0, 30)
    assert AuditEvent.objects.filter(action="moved", reason="The same person").count() == 3


def test_a_wrong_attach_is_undone(desk: SupportDesk, shop: Shop) -> None:
    held = hold(shop, "adda@example.com", order_id="#9013", amount=Decimal(20))
    grace = Entry.objects.get(email="grace@example.com")
    assert not desk.perform(held, "attach", near="", other="grace@example.com")
    assert not desk.perform(held, "detach")
    assert grace.points == points_of("grace@example.com") == 0
    assert not desk.perform(held, "attach", near=shop.entry.pk)
    assert points_of("ada@example.com") == 20


def test_a_held_order_is_dismissed_and_reopened(desk: SupportDesk, shop: Shop) -> None:
    held = hold(shop, order_id="#9014")
    for audit, state in (("dismiss", "dismissed"), ("reopen", "held")):
        assert not desk.perform(held, audit)
        held.refresh_from_db()
        assert held.state == state


def test_an_invalid_correction_shows_its_error(desk: SupportDesk, shop: Shop, api: Any) -> None:
    api.record(shop, shop.order(orderId="#9015", amount="x"))
    rejected = RejectedPurchase.objects.get()
    for wrong, message in (
        ({"email": "nobody@example.com"}, "No entry in this contest has this email."),
        ({"email": "nonsense"}, "@-sign"),
        ({"amount": "0"}, "The amount must be greater than 0."),
        ({"currency": "JPY", "amount": "0.4"}, "The amount is 0 when rounded"),
        ({"purchased_at": f"{timezone.now() + timedelta(days=1):%Y-%m-%d %H:%M}"}, "is in the future"),
        ({"reason": ""}, "This field is required"),
    ):
        assert message in desk.perform(rejected, "record", **(correction(shop) | wrong)), wrong
    assert points_of("ada@example.com") == 0


def test_a_contest_of_another_team_cannot_be_chosen(desk: SupportDesk, shop: Shop, api: Any) -> None:
    api.record(shop, shop.order(orderId="#9016", amount="x"))
    other = create_contest(type(shop.team).objects.create(name="Other"), title="Theirs", slug="theirs")
    rejected = RejectedPurchase.objects.get()
    assert "Select a valid choice" in desk.perform(rejected, "record", **(correction(shop) | {"contest": other.pk}))


def correction(shop: Shop) -> dict[str, str]:
    return {
        "contest": shop.contest.pk,
        "email": "ada@example.com",
        "amount": "30.00",
        "currency": "USD",
        "purchased_at": f"{timezone.now():%Y-%m-%d %H:%M}",
    }
