"""The rows of search results and suggestions: whose, how much, how many points, what status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership
from blitzrocket.numbers import counted
from contests.models import Contest, Entry
from contests.money import show_amount
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.support.received_values import received_amount
from purchases.support.search import OrderResult

MAX_IDS = 3  # of a kind in a row


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about a result; ``url`` is the page of whose name it is, where that is not the result itself."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result: its name and facts, with figures on the right; ``state`` is the class of its status's colour."""

    url: str
    title: str
    facts: list[Fact]
    status: str = ""
    state: str = ""
    amount: str = ""
    points: str = ""
    at: datetime | None = None


def order_row(order: OrderResult, *, names_contest: bool) -> ResultRow:
    """An order; ``names_contest`` where the user sees several contests."""
    shown, other_ids = order.shown, [Fact(f"Store ID {other_id}") for other_id in order.other_ids[:MAX_IDS]]
    facts = [Fact(f"Refund {refund_id}") for refund_id in order.refund_ids] + other_ids
    contest = [Fact(str(shown.contest or order.contest_sent or "No contest"))] if names_contest else []
    match shown:
        case Purchase():
            entry_facts = [Fact(name, change_url(shown.entry)) for name in entry_names(shown.entry)]
            return ResultRow(
                change_url(shown),
                order.order_id,
                [*facts, *entry_facts, *contest],
                shown.get_status_display(),
                "" if shown.status == Purchase.Status.RECORDED else shown.status,
                show_amount(shown.amount, shown.currency),
                counted(shown.points_now, "point", "points"),
                order.last_activity_at,
            )
        case RejectedPurchase():
            return rejected_row(shown, [*other_ids, Fact(shown.email or "No email"), *contest])
        case PendingRefund():
            facts = [Fact(f"Refund {refund.refund_id}") for refund in order.pending_refunds[:MAX_IDS]] + other_ids
            return ResultRow(
                change_url(shown),
                order.order_id,
                [*facts, *contest],
                "Order not received",
                shown.state,
                shown.amount_in_words,
                at=order.last_activity_at,
            )


def rejected_row(rejected: RejectedPurchase, facts: list[Fact]) -> ResultRow:
    status = str(rejected.get_state_display())
    if rejected.state == RejectedPurchase.State.REJECTED:
        status = f"Rejected: {rejected.get_code_display()}"
    return ResultRow(
        change_url(rejected),
        rejected.order_id,
        facts,
        status,
        rejected.state,
        received_amount(rejected),
        at=rejected.last_received_at,
    )


def entry_row(entry: Entry, *, names_contest: bool) -> ResultRow:
    name, *contacts = [*entry_names(entry), *([entry.phone] if entry.email and entry.phone else [])]
    status = "Disqualified" if entry.is_disqualified else "" if entry.email_confirmed else "Email not confirmed"
    return ResultRow(
        change_url(entry),
        name,
        [*map(Fact, [*contacts, *([str(entry.contest)] if names_contest else [])])],
        status,
        "voided" if entry.is_disqualified else "held",
        points=counted(entry.points, "point", "points"),
    )


def contest_row(contest: Contest) -> ResultRow:
    phase = contest.phase_at(timezone.now())
    facts = [Fact(contest.slug), Fact(contest.pk)]
    return ResultRow(change_url(contest), contest.title, facts, phase.label, phase.value)


def member_row(member: Membership) -> ResultRow:
    user: Any = member.user
    facts = [*map(Fact, filter(None, [user.get_full_name(), user.email, str(member.team)]))]
    return ResultRow(change_url(member), str(user), facts, member.get_role_display())


def key_row(key: ApiKey) -> ResultRow:
    status, state = "", ""
    if key.revoked_at is not None:
        status, state = "Revoked", "voided"
    elif key.is_expired_at(timezone.now()):
        status, state = "Expired", "held"
    return ResultRow(change_url(key), key.name, [Fact(f"{key.prefix}…"), Fact(str(key.team))], status, state)


def entry_names(entry: Entry) -> list[str]:
    """The name, where there is one, and the email or phone."""
    return [*dict.fromkeys(filter(None, [entry.name, str(entry)]))]
