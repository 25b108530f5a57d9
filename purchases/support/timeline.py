"""The story of an order: everything that ever touched its id, in the order in which it happened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from blitzrocket.audit.models import AuditEvent
from blitzrocket.text import plural
from contests.models import Contest, Entry, PointTransaction
from contests.rule_text import plain
from purchases.models import (
    PendingRefund,
    Purchase,
    RecalculatedAward,
    Refund,
    RejectedPurchase,
)
from purchases.support.customer_replies import attachable_among, customer_reply_for

Action = AuditEvent.Action
Kind = PointTransaction.Kind
ICONS = {
    Action.RECORDED: "edit_note",
    Action.REFUNDED: "currency_exchange",
    Action.VOIDED: "block",
    Action.RESTORED: "undo",
    Action.MOVED: "swap_horiz",
    Action.ATTACHED: "link",
    Action.DETACHED: "link_off",
    Action.DISMISSED: "archive",
    Action.REOPENED: "unarchive",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened; ``facts`` are lines about it, ``points`` and ``balance`` of a ledger line."""

    at: datetime
    icon: str
    title: str
    facts: list[str] = field(default_factory=list)
    who: str = ""
    reason: str = ""
    points: int | None = None
    balance: int | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order with all its rows, and what to tell the customer."""

    order_id: str
    purchase: Purchase | None
    attempts: list[RejectedPurchase]
    waiting_refunds: list[PendingRefund]
    elsewhere: list[Purchase]
    events: list[TimelineEvent]
    answer: str


def timeline_of_purchase(purchase: Purchase) -> Timeline:
    """All that touched a recorded order, also attempts at it that went to a wrong contest."""
    return _story(purchase.order_id, purchase.order_key, purchase.contest.team_id, purchase)


def timeline_of_rejected_purchase(attempt: RejectedPurchase) -> Timeline:
    """All that touched the order of a refused attempt, with its purchase where it was recorded since."""
    return _story(attempt.order_id, attempt.order_key, attempt.team_id, attempt.purchase)


def _story(order_id: str, order_key: str, team_id: str, purchase: Purchase | None) -> Timeline:
    contests = list(Contest.objects.filter(team=team_id).values_list("pk", flat=True))
    recorded = Purchase.objects.filter(contest__in=contests, order_key=order_key).select_related("contest", "entry")
    attempts = list(
        RejectedPurchase.objects.filter(team=team_id, order_key=order_key)
        .select_related("contest", "api_key")
        .order_by("-last_received_at")
    )
    waiting = list(
        PendingRefund.objects.filter(contest__in=contests, order_key=order_key).select_related("api_key", "contest")
    )
    elsewhere = [other for other in recorded if purchase is None or other.pk != purchase.pk]
    events = sorted(_events(purchase, attempts, waiting), key=lambda event: event.at)
    return Timeline(
        order_id=order_id,
        purchase=purchase,
        attempts=attempts,
        waiting_refunds=waiting,
        elsewhere=elsewhere,
        events=events,
        answer=customer_reply_for(purchase, attempts, waiting, order_id, attachable_among(attempts)),
    )


def _events(
    purchase: Purchase | None, attempts: list[RejectedPurchase], waiting: list[PendingRefund]
) -> Iterator[TimelineEvent]:
    for attempt in attempts:
        yield from _of_attempt(attempt)
    for refund in waiting:
        yield _of_waiting_refund(refund)
    if purchase is not None:
        yield from _of_purchase(purchase)
    yield from _of_people(purchase, attempts, waiting)


def _of_attempt(attempt: RejectedPurchase) -> Iterator[TimelineEvent]:
    facts = [
        "Sent: email %(email)s, amount %(amount)s, currency %(currency)s"
        % {name: getattr(attempt, name) or "–" for name in ("email", "amount", "currency")},
        f"Contest: {attempt.contest or attempt.contest_sent}",
        *(
            f"{detail['field']}: {detail['message']}" if detail["field"] else detail["message"]
            for detail in attempt.details
        ),
    ]
    title = "Waits for its entry" if attempt.code == attempt.Code.ENTRY else "Refused"
    title = f"{title}: {attempt.get_code_display()}"
    yield TimelineEvent(attempt.first_received_at, "report", title, facts, who=_with_key(attempt.api_key))
    if attempt.times > 1:
        yield TimelineEvent(
            attempt.last_received_at,
            "repeat",
            f"Refused again for the same reason, {attempt.times} times in all",
        )


def _of_waiting_refund(refund: PendingRefund) -> TimelineEvent:
    icon, title = _refund_titles()[refund.state]
    if refund.amount_in_words:
        title = f"{title}: {refund.amount_in_words}"
    facts = [_refund_id(refund), *([refund.problem] if refund.problem else [])]
    return TimelineEvent(refund.received_at, icon, title, facts, _with_key(refund.api_key), refund.reason)


def _refund_titles() -> dict[str, tuple[str, str]]:
    """The icon and title of a refund that was not made when it came, by its state now."""
    return {
        PendingRefund.State.WAITING: ("hourglass_top", "Pending refund"),
        PendingRefund.State.APPLIED: ("hourglass_bottom", "Refund received, applied later"),
        PendingRefund.State.REFUSED: ("report", "Refund refused"),
    }


def _refund_id(refund: PendingRefund) -> str:
    return f"Refund id {refund.refund_id}"


def _of_purchase(purchase: Purchase) -> Iterator[TimelineEvent]:
    lines = list(
        PointTransaction.objects.filter(contest=purchase.contest_id, purchase_id=purchase.pk)
        .select_related("entry", "actor")
        .order_by("created_at", "number")
    )
    owner = lines[0].entry if lines and lines[0].kind == Kind.EARNED else _first_owner(purchase)
    facts = [f"For {owner}", str(purchase.explanation["sentence"])]
    title = f"Recorded, {purchase.money} {purchase.currency}"
    who = _with_key(purchase.api_key) if purchase.api_key else ""
    if purchase.history_import:
        title = f"Imported, {purchase.money} {purchase.currency}"
        facts.append(f"File: {purchase.history_import}")
        who = str(purchase.history_import.actor or "")
        lines += _opening_lines(purchase, lines)
    yield TimelineEvent(purchase.created_at, "shopping_bag", title, facts, who=who)
    for line in lines:
        yield _of_line(line)
    if purchase.history_undone_at:
        yield _of_undone_import(purchase, purchase.history_undone_at)
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase)
    for refund in refunds.select_related("actor"):
        yield _of_refund(refund)
    recalculated_awards = purchase.recalculated_awards.filter(contest=purchase.contest_id)
    for recalculated_award in recalculated_awards.select_related("rule_set", "recalculation__actor"):
        yield _of_judgement(recalculated_award)
    if purchase.duplicates and purchase.last_duplicate_at:
        yield _of_duplicates(purchase, purchase.last_duplicate_at)


def _opening_lines(purchase: Purchase, lines: Iterable[PointTransaction]) -> list[PointTransaction]:
    """The lines by which its points are part of a balance that came along: they name no purchase."""
    of_entries = PointTransaction.objects.filter(
        contest=purchase.contest_id, entry__in={purchase.entry_id, *(line.entry_id for line in lines)}
    ).select_related("entry", "actor")
    opening = list(of_entries.filter(adjustment_id__endswith=f"/{purchase.pk}"))
    back = list(of_entries.filter(undoes__in=opening))
    return [*opening, *back, *of_entries.filter(undoes__in=back)]


def _of_undone_import(purchase: Purchase, at: datetime) -> TimelineEvent:
    audit = AuditEvent.objects.filter(
        contest_id=purchase.contest_id,
        object_type="purchaseimport",
        object_id=purchase.history_import_id,
        action=Action.UNIMPORTED,
    ).first()
    who, reason = (audit.who, audit.reason) if audit else ("", "")
    return TimelineEvent(at, "undo", "Import undone", who=who, reason=reason)


def _first_owner(purchase: Purchase) -> Entry:
    """Whose it was at first, where no points say so."""
    moved = AuditEvent.objects.filter(object_type="purchase", object_id=purchase.pk, action=Action.MOVED)
    first = moved.order_by("created_at").first()
    return Entry.objects.get(pk=first.before["entry"]) if first else purchase.entry


def _of_line(line: PointTransaction) -> TimelineEvent:
    title = line.get_kind_display() if line.undoes_id is None else f"{line.get_kind_display()}, taken back"
    # Whose act no other event tells: a recalculation that was undone, and an opening balance.
    undone = (line.kind == Kind.RECALCULATED and line.undoes_id is not None) or line.purchase_id is None
    return TimelineEvent(
        line.created_at,
        "toll",
        str(title),
        who=str(line.actor or "") if undone else "",
        reason=line.reason if undone else "",
        points=line.points,
        balance=line.balance,
        entry=line.entry,
    )


def _of_refund(refund: Refund) -> TimelineEvent:
    title = f"Refunded {plain(refund.amount)} {refund.currency}"
    points = plural(refund.points_reversed, "point", "points")
    facts = [f"Refund id {refund.refund_id}, {refund.points_reversed} {points} taken back"]
    who = str(refund.actor) if refund.actor else _with_key(refund.api_key)
    return TimelineEvent(refund.created_at, "currency_exchange", title, facts, who, refund.reason)


def _of_judgement(recalculated_award: RecalculatedAward) -> TimelineEvent:
    title = f"Judged again by rules no. {recalculated_award.rule_set.number}"
    recalculation = recalculated_award.recalculation
    facts = [str(recalculated_award.explanation["sentence"])]
    return TimelineEvent(
        recalculated_award.created_at, "calculate", title, facts, str(recalculation.actor or ""), recalculation.reason
    )


def _of_duplicates(purchase: Purchase, at: datetime) -> TimelineEvent:
    times = purchase.duplicates
    title = plural(times, "Sent again and turned away", "Sent again and turned away, %(times)d times in all")
    title %= {"times": times}
    said = "%(field)s: recorded %(recorded)s, received %(received)s"
    facts = [said % {"field": name, **values} for name, values in (purchase.last_differences or {}).items()]
    return TimelineEvent(at, "content_copy", title, facts)


def _of_people(
    purchase: Purchase | None, attempts: list[RejectedPurchase], waiting: list[PendingRefund]
) -> Iterator[TimelineEvent]:
    """What people did; a refund has its own row, which says more."""
    refunds = {refund.pk: refund for refund in waiting}
    about = Q(object_type="rejectedpurchase", object_id__in=[attempt.pk for attempt in attempts])
    about |= Q(object_type="pendingrefund", object_id__in=list(refunds))
    if purchase is not None:
        about |= Q(object_type="purchase", object_id=purchase.pk) & ~Q(action=Action.REFUNDED)
    acts = list(AuditEvent.objects.filter(about).select_related("actor"))
    entries = Entry.objects.in_bulk(_entries_in(acts))
    for audit in acts:
        yield TimelineEvent(
            audit.created_at,
            ICONS.get(Action(audit.action), "person"),
            str(audit.get_action_display()),
            [_refund_id(refunds[audit.object_id])] if audit.object_id in refunds else list(_changes(audit, entries)),
            who=audit.who,
            reason=audit.reason,
        )


def _entries_in(acts: Iterable[AuditEvent]) -> set[str]:
    return {state["entry"] for audit in acts for state in (audit.before, audit.after) if "entry" in state}


def _changes(audit: AuditEvent, entries: dict[Any, Entry]) -> Iterator[str]:
    before, after = (state.get("entry") for state in (audit.before, audit.after))
    if after and before and before != after:
        yield f"From {entries.get(before)} to {entries.get(after)}"
    elif audit.action == Action.ATTACHED:
        yield f"To {entries.get(after)}"


def _with_key(api_key: Any) -> str:
    return f"key “{api_key}”" if api_key else ""
