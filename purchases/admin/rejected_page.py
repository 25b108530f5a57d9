"""What the page of a rejected order says."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.html import format_html

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.numbers import counted, show_number
from blitzrocket.times import time_element
from contests.models import Entry
from contests.money import show_amount
from purchases.admin.order_page import Badge, Details, Fact, NextStep, OrderPage, entry_link, object_link
from purchases.admin.purchase_page import state_lines
from purchases.models import RejectedPurchase
from purchases.services.order_scoring import ContestState
from purchases.support.entry_matching import likely_entry, matching_entries
from purchases.support.timeline import Timeline

State = RejectedPurchase.State
STATE_KINDS = {State.REJECTED: "danger", State.HELD: "warning", State.RECORDED: "success", State.DISMISSED: "plain"}


def rejected_page(rejected: RejectedPurchase, timeline: Timeline, available: set[str]) -> OrderPage:
    """The page of a rejected order, for which these actions are available."""
    suggestions = matching_entries(rejected) if "attach" in available else []
    return OrderPage(
        kind="Order on hold" if rejected.is_held else "Rejected order",
        badge=Badge(STATE_KINDS[State(rejected.state)], rejected.get_state_display()),
        facts=list(_facts(rejected)),
        next_step=_next_step(rejected, suggestions, available),
        primary=_primary(rejected, available),
        details=list(_details(rejected, timeline)),
    )


def _primary(rejected: RejectedPurchase, available: set[str]) -> str:
    if "attach" in available:
        return "attach"
    return "record" if rejected.is_open else "reopen"


def _next_step(rejected: RejectedPurchase, suggestions: list[Entry], available: set[str]) -> NextStep | None:
    problems = [(detail["field"], detail["message"]) for detail in rejected.details]
    if rejected.state == State.DISMISSED:
        return NextStep(f"Dismissed: {rejected.get_code_display()}", "Nothing to do. You can reopen it.", problems)
    if rejected.purchase is not None:
        link = ("Open recorded order", change_url(rejected.purchase))
        return NextStep("Recorded since", f"First rejected: {rejected.get_code_display()}.", problems, link)
    if "attach" not in available:
        text = "Correct the values and record the order, or dismiss it if it should not count."
        return NextStep(rejected.get_code_display(), text, problems)
    likely = likely_entry(rejected, suggestions)
    return _likely(rejected, likely, len(suggestions) - 1) if likely else _no_entry(rejected, len(suggestions))


def _likely(rejected: RejectedPurchase, entry: Entry, others: int) -> NextStep:
    """The entry that the order is probably of; the dialog offers the others too."""
    if entry.email_key == rejected.email_key:
        text = f"{entry} is registered now."
    else:
        text = f"{entry} is registered; the order came with {rejected.email}."
    if others:
        text += f" {counted(others, 'other entry has', 'other entries have')} a similar email."
    return NextStep(format_html("Likely {}", entry_link(entry)), text)


def _no_entry(rejected: RejectedPurchase, similar: int) -> NextStep:
    text = "Ask the customer which email they entered with, and attach the order to that entry."
    if similar:
        text += f" {counted(similar, 'entry has', 'entries have')} a similar email."
    if rejected.contest and rejected.contest.attaches_automatically:
        text += " The order is recorded automatically once its email is registered."
    return NextStep(f"{rejected.email} isn't registered", text)


def _facts(rejected: RejectedPurchase) -> Iterator[Fact]:
    if rejected.purchase:
        yield Fact("Entry", entry_link(rejected.purchase.entry))
        yield Fact("Points", show_number(rejected.purchase.points_now))
    else:
        yield Fact("Email as sent", rejected.email or "–")
        yield Fact("Points", "None yet" if rejected.is_open else "None")
    yield _amount(rejected)
    if rejected.contest:
        yield Fact("Contest", object_link(rejected.contest))
    else:
        yield Fact("Contest", rejected.contest_sent, "No contest of yours has this ID")
    yield Fact("Received", time_element(rejected.last_received_at), _receipts(rejected))


def _amount(rejected: RejectedPurchase) -> Fact:
    """As sent, with quotation marks and all: that may be why it was rejected."""
    if rejected.is_held:
        return Fact("Amount", show_amount(Decimal(rejected.amount), rejected.currency))
    return Fact("Amount as sent", f"{rejected.amount} {rejected.currency}".strip() or "–")


def _receipts(rejected: RejectedPurchase) -> str:
    return counted(rejected.times, "time", "times") if rejected.times > 1 else ""


def _details(rejected: RejectedPurchase, timeline: Timeline) -> Iterator[Details]:
    yield Details("As received", list(_received(rejected, timeline)))
    if rejected.is_held and rejected.contest:
        yield Details("Contest settings at first receipt", list(_settings(rejected)))


def _received(rejected: RejectedPurchase, timeline: Timeline) -> Iterator[tuple[str, Any]]:
    yield "Reason", rejected.get_code_display()
    yield "Order ID", rejected.order_id
    yield "Email", rejected.email or "–"
    yield "Amount", rejected.amount or "–"
    yield "Currency", rejected.currency or "–"
    yield "Purchased", time_element(rejected.purchased_at) if rejected.purchased_at else "–"
    yield "Contest ID", rejected.contest_sent
    yield "First received", time_element(rejected.first_received_at)
    yield "Last received", time_element(rejected.last_received_at)
    yield "Receipts", show_number(rejected.times)
    store = timeline.stores.get(rejected.api_key_id)
    yield ("Store connection", store) if store else ("API key", str(rejected.api_key))
    yield "ID", rejected.pk


def _settings(rejected: RejectedPurchase) -> Iterator[tuple[str, Any]]:
    """What the order will be scored by, whenever it is recorded."""
    if rejected.rule_set:
        yield "Rules", f"Version {rejected.rule_set.number}"
    if rejected.contest and rejected.contest_state:
        yield from state_lines(rejected.contest, msgspec.convert(rejected.contest_state, ContestState))
