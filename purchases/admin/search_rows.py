"""The rows of search results and suggestions: whose, how much, how many points, what status."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership
from blitzrocket.numbers import counted
from contests.models import Contest, Entry
from contests.money import show_amount
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.support.search import OrderResult


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result: its name and facts, with figures on the right; ``state`` is the class of its status's colour."""

    url: str
    title: str
    facts: list[str]
    status: str = ""
    state: str = ""
    amount: str = ""
    points: str = ""
    at: datetime | None = None


def order_row(order: OrderResult, *, names_contest: bool) -> ResultRow:
    """An order; ``names_contest`` where the user sees several contests."""
    shown, facts = order.shown, [f"Refund {refund_id}" for refund_id in order.refund_ids]
    contest = [str(shown.contest or order.contest_sent or "No contest")] if names_contest else []
    match shown:
        case Purchase():
            return ResultRow(
                change_url(shown),
                order.order_id,
                [*facts, *entry_facts(shown.entry), *contest],
                shown.get_status_display(),
                "" if shown.status == Purchase.Status.RECORDED else shown.status,
                show_amount(shown.amount, shown.currency),
                counted(shown.points_now, "point", "points"),
                order.last_activity_at,
            )
        case RejectedPurchase():
            return ResultRow(
                change_url(shown),
                order.order_id,
                [shown.email or "No email", *contest],
                _rejection_status(shown),
                shown.state,
                _amount_sent(shown),
                at=order.last_activity_at,
            )
        case PendingRefund():
            facts = [f"Refund {refund.refund_id}" for refund in order.pending_refunds[:3]]
            return ResultRow(
                change_url(shown),
                order.order_id,
                [*facts, *contest],
                "Order not received",
                shown.state,
                shown.amount_in_words,
                at=order.last_activity_at,
            )


def _amount_sent(rejected: RejectedPurchase) -> str:
    """The amount as a shop sent it, which only that of a held order is sure to be one."""
    if rejected.is_held:
        return show_amount(Decimal(rejected.amount), rejected.currency)
    return f"{rejected.amount} {rejected.currency}".strip()


def entry_row(entry: Entry, *, names_contest: bool) -> ResultRow:
    name, *contacts = [*entry_facts(entry), *([entry.phone] if entry.email and entry.phone else [])]
    status = "Disqualified" if entry.is_disqualified else "" if entry.email_confirmed else "Email not confirmed"
    state = "voided" if entry.is_disqualified else "held"
    contest = [str(entry.contest)] if names_contest else []
    return ResultRow(
        change_url(entry), name, [*contacts, *contest], status, state, points=counted(entry.points, "point", "points")
    )


def contest_row(contest: Contest) -> ResultRow:
    now = timezone.now()
    phase = contest.phase_at(now)
    return ResultRow(change_url(contest), contest.title, [contest.slug, contest.pk], phase.label, phase.value)


def member_row(member: Membership) -> ResultRow:
    user: Any = member.user
    facts = [user.get_full_name(), user.email, str(member.team)]
    return ResultRow(change_url(member), str(user), [*filter(None, facts)], member.get_role_display())


def key_row(key: ApiKey) -> ResultRow:
    status, state = "", ""
    if key.revoked_at is not None:
        status, state = "Revoked", "voided"
    elif key.is_expired_at(timezone.now()):
        status, state = "Expired", "held"
    return ResultRow(change_url(key), key.name, [f"{key.prefix}…", str(key.team)], status, state)


def entry_facts(entry: Entry) -> list[str]:
    """The name, where there is one, and the email or phone."""
    return [*filter(None, [entry.name, str(entry)])]


def _rejection_status(rejected: RejectedPurchase) -> str:
    if rejected.state == RejectedPurchase.State.REJECTED:
        return f"Rejected: {rejected.get_code_display()}"
    return str(rejected.get_state_display())
