"""Pending and refused refunds in the admin: where they are counted, what their order's page says, and what to do."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from purchases.admin.contest_warnings import warnings_for
from purchases.models import PendingRefund
from purchases.services import RefundRefused, dismiss_refund, refund_order, reopen_refund
from purchases.support.customer_replies import customer_reply_for
from purchases.support.timeline import timeline_of_purchase
from tests.purchases.orders import buy, hold, refund_early
from tests.purchases.support.test_complaints import SupportDesk
from tests.support import Shop, make_shop, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def refuse_refund(shop: Shop, order_id: str, amount: str = "99", refund_id: str = "r1") -> PendingRefund:
    """A refund by the shop of more than the order has left, or of nothing."""
    audit = AuditContext(reason="Sent back", api_key=shop.keys["private"])
    facts = {"refund_id": refund_id, "amount": Decimal(amount), "currency": "USD"}
    with pytest.raises(RefundRefused):
        refund_order(shop.contest, order_id, **facts, audit=audit, received_at=timezone.now())  # type: ignore[arg-type]
    return PendingRefund.objects.get(contest=shop.contest, order_id=order_id, refund_id=refund_id)


def pages(contest: Contest) -> dict[str, str]:
    return {
        "front page": "/admin/",
        "overview": reverse("admin:contests_contest_overview", args=[contest.pk.replace("_", "_5F")]),
        "desk": reverse("admin:purchases_purchase_desk"),
    }


def open_items(client: Client, url: str) -> dict[str, tuple[str, str]]:
    """The open items of a page: how many of each kind, and where they are."""
    return {item["label"]: (item["count"], item["url"]) for item in client.get(url).context["open_items"]}


def open_refunds(shop: Shop) -> list[PendingRefund]:
    """Two that were refused, and three that wait for their order."""
    for number in range(3):
        refund_early(shop, f"not-yet-{number}")
    return [refuse_refund(shop, buy(shop, order_id=f"#{number}").order_id) for number in range(2)]


@pytest.mark.parametrize("page", ["front page", "overview", "desk"])
def test_open_refunds_are_counted_until_they_are_dismissed(shop: Shop, page: str) -> None:
    open_refunds(make_shop("eve@example.com"))
    refused = open_refunds(shop)
    client, url = signed_in(shop, "support"), pages(shop.contest)[page]
    for left in (2, 1, 0):
        counts = open_items(client, url)
        assert counts["refused refund" if left == 1 else "refused refunds"][0] == str(left)
        assert counts["refunds with no order yet"][0] == "3"
        for count, rows in counts.values():
            assert len(client.get(rows).context["cl"].result_list) == int(count)
        if left:
            dismiss_refund(refused[left - 1], audit=AuditContext(reason="Agreed with the shop"))
    dismiss_refund(
        PendingRefund.objects.filter(state="pending", contest=shop.contest)[0], audit=AuditContext(reason="x")
    )
    assert open_items(client, url)["refunds with no order yet"][0] == "2"


def test_the_link_of_refused_refunds_names_their_state(shop: Shop) -> None:
    url = open_items(signed_in(shop, "owner"), "/admin/")["refused refunds"][1]
    assert url == "/admin/purchases/pendingrefund/?state__exact=refused&is_dismissed__exact=0"


def test_more_open_refunds_than_are_counted_have_a_plus(shop: Shop) -> None:
    order = buy(shop).order_id
    facts = {"contest": shop.contest, "order_id": order, "order_key": order, "received_at": timezone.now()}
    rows = [PendingRefund(**facts, refund_id=f"r{n}", refund_key=f"r{n}", state="refused") for n in range(120)]
    PendingRefund.objects.bulk_create(rows)
    assert open_items(signed_in(shop, "owner"), "/admin/")["refused refunds"][0] == "99+"
    assert "99+ refunds need review." in [notice.sentence for notice in warnings_for(shop.contest)]


@pytest.mark.parametrize("page", ["front page", "overview", "desk"])
def test_counting_open_refunds_takes_one_statement(shop: Shop, page: str) -> None:
    client, url = signed_in(shop, "owner"), pages(shop.contest)[page]
    client.get(url)
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        about = [each["sql"] for each in captured if "purchases_pendingrefund" in each["sql"]]
        assert len([sql for sql in about if 'AS "contest_id"' not in sql]) == 1  # not that of the warnings
        if not PendingRefund.objects.exists():
            open_refunds(shop)


def test_a_warning_links_to_the_refused_refunds_of_its_contest(shop: Shop) -> None:
    refused = open_refunds(shop)
    (notice,) = warnings_for(shop.contest)
    assert notice.sentence == "2 refunds need review."
    assert len(signed_in(shop, "support").get(notice.url).context["cl"].result_list) == 2
    for row in refused:
        dismiss_refund(row, audit=AuditContext(reason="Agreed with the shop"))
    assert warnings_for(shop.contest) == []


# --- What the page of an order says


@pytest.mark.parametrize(
    ("amount", "title", "problem"),
    [
        ("99", "Refund refused: 99.00 USD", "Only 30.00 USD of this order is left to refund."),
        ("30.02", "Refund refused: 30.02 USD", "Only 30.00 USD of this order is left to refund."),
        ("0.001", "Refund refused: 0.00 USD", "The amount is 0 when rounded to the minor unit of USD."),
        ("0", "Refund refused: 0.00 USD", "The amount must be greater than 0."),
        ("-5", "Refund refused: −5.00 USD", "The amount must be greater than 0."),
    ],
)
def test_a_refused_refund_is_in_the_timeline(shop: Shop, amount: str, title: str, problem: str) -> None:
    purchase = buy(shop, order_id="#1")
    refuse_refund(shop, "#1", amount)
    (event,) = [event for event in timeline_of_purchase(purchase).events if "Refund" in event.title]
    assert (event.title, event.facts, event.reason) == (title, ["Refund ID r1", problem], "Sent back")
    page = SupportDesk(shop).look_up("#1")
    assert title in page
    assert problem in page
    assert "came before" not in page


@pytest.mark.parametrize(
    ("state", "amount", "currency", "words"),
    [
        ("pending", None, "", "full remaining amount"),
        ("applied", None, "EUR", "full remaining amount"),
        ("pending", "3", "", "3"),
        ("pending", "3", "JPY", "3 JPY"),
        ("refused", "46", "USD", "46.00 USD"),
        ("refused", None, "USD", "–"),
    ],
)
def test_the_list_shows_the_amount_as_received(
    shop: Shop, state: str, amount: str | None, currency: str, words: str
) -> None:
    """The amount of a refused refund may be one that could not be read, so none is not all that is left."""
    facts = {"contest": shop.contest, "order_id": "#1", "order_key": "1", "refund_id": "r1", "refund_key": "r1"}
    money = {"amount": None if amount is None else Decimal(amount), "currency": currency}
    refund = PendingRefund.objects.create(**facts, **money, state=state, received_at=timezone.now())
    url = reverse("admin:purchases_pendingrefund_changelist")
    page = signed_in(shop, "support").get(url, {"attention": "all"}).content.decode()
    assert refund.amount_in_words == words.removeprefix("–")
    (cell,) = re.findall(r'<td[^>]*class="[^"]*column-amount_text[^>]*>(.*?)</td>', page, re.DOTALL)
    assert re.sub(r"<[^>]*>", "", cell).strip() == words


def test_actions_on_a_refused_refund_are_in_the_timeline(shop: Shop) -> None:
    purchase = buy(shop, order_id="#1")
    refused = refuse_refund(shop, "#1")
    dismiss_refund(refused, audit=AuditContext(reason="Agreed with the shop"))
    reopen_refund(refused, audit=AuditContext(reason="They disagree"))
    events = timeline_of_purchase(purchase).events[-2:]
    assert [(event.title, event.reason, event.facts) for event in events] == [
        ("Dismissed", "Agreed with the shop", ["Refund ID r1"]),
        ("Reopened", "They disagree", ["Refund ID r1"]),
    ]


def test_a_held_order_links_its_refunds(shop: Shop) -> None:
    refuse_refund(shop, "#1", "0")
    refund_early(shop, "#1", "5", refund_id="r2")
    page = signed_in(shop, "support").get(change_url(hold(shop, "#1"))).content.decode()
    assert sorted(re.findall(r">(\w+ refund)</a>", page)) == ["Pending refund", "Refused refund"]


def test_the_reply_mentions_pending_refunds_only(shop: Shop) -> None:
    refuse_refund(shop, "#1", "0")
    rows = list(PendingRefund.objects.all())
    assert customer_reply_for(None, [], rows, "#1", set()).startswith("We haven't received order #1 yet")
    refund_early(shop, "#1", "5", refund_id="r2")
    rows = list(PendingRefund.objects.all())
    assert "received a refund for order #1" in customer_reply_for(None, [], rows, "#1", set())


# --- Dismiss and reopen


@pytest.mark.parametrize("state", ["refused", "pending"])
def test_a_refund_is_dismissed_and_reopened(shop: Shop, state: str) -> None:
    desk = SupportDesk(shop)
    if state == "refused":
        row = refuse_refund(shop, buy(shop, order_id="#1").order_id)
    else:
        refund_early(shop, "#1")
        row = PendingRefund.objects.get()
    for audit, is_dismissed, other in (("dismiss", True, "Reopen"), ("reopen", False, "Dismiss")):
        assert ("It still applies" in desk.preview(row, audit)) == (state == "pending" and audit == "dismiss")
        assert not desk.perform(row, audit)
        row.refresh_from_db()
        assert (row.state, row.is_dismissed) == (state, is_dismissed)
        page = desk.client.get(change_url(row)).content.decode()
        assert reverse(f"admin:purchases_pendingrefund_{other.lower()}", args=[change_url(row).split("/")[-3]]) in page
        assert "This refund was already handled by someone else." in desk.perform(row, audit)
    lines = list(AuditEvent.objects.about(row))
    assert [(line.action, line.reason) for line in lines] == [
        ("reopened", "The customer wrote"),
        ("dismissed", "The customer wrote"),
    ]
    assert change_url(row) in desk.client.get(reverse("admin:audit_auditevent_changelist")).content.decode()


def test_an_applied_refund_offers_no_action(shop: Shop) -> None:
    refund_early(shop, "#1", "5")
    buy(shop, order_id="#1")
    row = PendingRefund.objects.get(state="applied")
    desk = SupportDesk(shop)
    page = desk.client.get(change_url(row)).content.decode()
    for audit in ("dismiss", "reopen"):
        assert f"/{audit}/" not in page
        assert "This refund was already handled by someone else." in desk.perform(row, audit)


# --- The refund dialog


@pytest.mark.parametrize(
    ("paid", "entered", "message"),
    [
        ("179.25", "179.26", "Refunded 179.25 USD (all that was left), 179 points removed."),
        ("30.00", "30.01", "Refunded 30.00 USD (all that was left), 30 points removed."),
        ("30.00", "30.00", "Refunded 30.00 USD, 30 points removed."),
        ("30.00", "12.5", "Refunded 12.50 USD, 12 points removed."),
    ],
)
def test_the_dialog_says_what_was_refunded(shop: Shop, paid: str, entered: str, message: str) -> None:
    desk, purchase = SupportDesk(shop), buy(shop, paid, order_id="#1")
    assert not desk.perform(purchase, "refund", amount=entered)
    assert message in desk.look_up("#1")


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("0", "The amount must be greater than 0."),
        ("0.00", "The amount must be greater than 0."),
        ("-0", "The amount must be greater than 0."),
        ("-5", "The amount must be greater than 0."),
        ("-0.001", "The amount must be greater than 0."),
        ("0.001", "The amount is 0 when rounded to the minor unit of USD."),
        ("30.02", "Only 30.00 USD of this order is left to refund."),
    ],
)
def test_the_refund_dialog_has_the_error_messages_of_the_api(shop: Shop, amount: str, message: str) -> None:
    response = SupportDesk(shop).perform(buy(shop, "30.00"), "refund", amount=amount)
    assert message in response
    assert "Ensure this value" not in response


@pytest.mark.parametrize("amount", ["0", "-5", "-0.01", "0.004", "0.0049"])
def test_the_record_dialog_has_the_error_messages_of_the_api(shop: Shop, amount: str) -> None:
    form = {"contest": shop.contest.pk, "email": "ada@example.com", "currency": "USD"}
    response = SupportDesk(shop).perform(hold(shop), "record", **form, amount=amount, purchased_at="2026-03-01 10:00")
    assert "The amount must be greater than 0." in response or "The amount is 0 when rounded" in response
    assert "Ensure this value" not in response
