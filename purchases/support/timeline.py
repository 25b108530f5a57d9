"""An order's timeline: all events of its order id, the oldest first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from apikeys.models import ApiKey
from blitzrocket.audit.models import AuditEvent
from blitzrocket.numbers import counted, show_number
from blitzrocket.text import plural
from contests.models import Contest, Entry, PointTransaction
from contests.money import show_amount
from purchases.models import (
    PendingRefund,
    Purchase,
    RecalculatedAward,
    Refund,
    RejectedPurchase,
    StoreConnection,
    StoreDelivery,
    StoreOrderId,
)
from purchases.support.customer_replies import attachable_among, customer_reply_for
from purchases.support.differing_duplicates import ReceivedValues, differing_duplicates_of
from purchases.support.store_names import connections_of, store_name

Action = AuditEvent.Action
Kind = PointTransaction.Kind
MAX_DELIVERIES = 50
MAX_OTHER_IDS = 10
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
    Action.RETRIED: "refresh",
    Action.UNIMPORTED: "undo",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An event; ``facts`` are lines about it, ``points`` and ``balance`` are those of a ledger line.

    ``delivery_id`` is that of a store's delivery, which has a page of its own.
    """

    at: datetime
    icon: str
    title: str
    facts: list[str] = field(default_factory=list)
    actor: str = ""
    reason: str = ""
    points: int | None = None
    balance: int | None = None
    entry: Entry | None = None
    delivery_id: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order with all rows of its id, and the reply to its customer.

    ``other_ids`` are the store's other ids of the order, ``stores`` the names of stores by the id of their API key.
    """

    order_id: str
    purchase: Purchase | None
    differing: list[ReceivedValues]
    rejections: list[RejectedPurchase]
    pending_refunds: list[PendingRefund]
    same_id_elsewhere: list[Purchase]
    events: list[TimelineEvent]
    reply: str
    other_ids: list[str] = field(default_factory=list)
    stores: Mapping[str, str] = field(default_factory=dict)


def timeline_of_purchase(purchase: Purchase) -> Timeline:
    """A recorded order, with rejected ones of its id that were sent to another contest."""
    return _timeline(purchase.order_id, purchase.order_key, purchase.contest.team_id, purchase)


def timeline_of_rejected_purchase(rejected: RejectedPurchase) -> Timeline:
    """A rejected order, with its purchase where it was recorded later."""
    return _timeline(rejected.order_id, rejected.order_key, rejected.team_id, rejected.purchase)


def timeline_of_pending_refund(refund: PendingRefund) -> Timeline:
    """A refund that came before its order or was refused, with its order where that is recorded."""
    purchase = Purchase.objects.select_related("contest__team", "entry").find_order(refund.contest_id, refund.order_id)
    return _timeline(refund.order_id, refund.order_key, refund.contest.team_id, purchase)


def _timeline(order_id: str, order_key: str, team_id: str, purchase: Purchase | None) -> Timeline:
    contests = list(Contest.objects.filter(team=team_id).values_list("pk", flat=True))
    recorded = Purchase.objects.filter(contest__in=contests, order_key=order_key).select_related(
        "contest__team", "entry"
    )
    rejections = list(
        RejectedPurchase.objects.filter(team=team_id, order_key=order_key)
        .select_related("contest", "api_key")
        .order_by("-last_received_at")
    )
    pending_refunds = list(
        PendingRefund.objects.filter(contest__in=contests, order_key=order_key).select_related("api_key", "contest")
    )
    same_id_elsewhere = [other for other in recorded if purchase is None or other.pk != purchase.pk]
    differing = differing_duplicates_of(purchase) if purchase else []
    connections = connections_of(contests)
    stores = {connection.api_key_id: store_name(connection) for connection in connections.values()}
    # An order with the same id in another contest may be another store's.
    own = {row.contest_id for row in (purchase, *rejections, *pending_refunds) if row is not None and row.contest_id}
    order_ids = {order_id, *(row.order_id for row in (purchase, *rejections) if row is not None)}
    of_order = {"contest__in": own, "order_id__in": order_ids}
    other_ids = StoreOrderId.objects.filter(**of_order).order_by("pk").values_list("other_id", flat=True)
    deliveries = StoreDelivery.objects.filter(**of_order).order_by("-received_at", "-pk").defer("body", "headers")
    events = [
        *_delivery_events(deliveries[:MAX_DELIVERIES] if stores else [], connections),
        *_events(purchase, differing, rejections, pending_refunds, stores),
    ]
    return Timeline(
        order_id=order_id,
        purchase=purchase,
        differing=differing,
        rejections=rejections,
        pending_refunds=pending_refunds,
        same_id_elsewhere=same_id_elsewhere,
        events=sorted(events, key=lambda event: event.at),
        reply=customer_reply_for(purchase, rejections, pending_refunds, order_id, attachable_among(rejections)),
        other_ids=list(dict.fromkeys(other_ids[:MAX_OTHER_IDS])) if stores else [],
        stores=stores,
    )


def _events(
    purchase: Purchase | None,
    differing: list[ReceivedValues],
    rejections: list[RejectedPurchase],
    pending_refunds: list[PendingRefund],
    stores: Mapping[str, str],
) -> Iterator[TimelineEvent]:
    for rejected in rejections:
        yield from _rejection_events(rejected, stores)
    for refund in pending_refunds:
        yield _pending_refund_event(refund, stores)
    if purchase is not None:
        yield from _purchase_events(purchase, differing, stores)
    yield from _activity_events(purchase, rejections, pending_refunds, stores)


def _delivery_events(
    deliveries: Iterable[StoreDelivery], connections: Mapping[str, StoreConnection]
) -> Iterator[TimelineEvent]:
    for delivery in deliveries:
        title = f"Delivery {delivery.topic}".strip()
        times = f" ({show_number(delivery.times)}×)" if delivery.times > 1 else ""
        yield TimelineEvent(
            delivery.received_at,
            "inbox",
            f"{title}: {delivery.get_state_display()}{times}",
            [delivery.message] if delivery.message else [],
            actor=store_name(connections[delivery.connection_id]),
            delivery_id=delivery.pk,
        )


def _rejection_events(rejected: RejectedPurchase, stores: Mapping[str, str]) -> Iterator[TimelineEvent]:
    facts = [
        "Received: email %(email)s, amount %(amount)s, currency %(currency)s"
        % {name: getattr(rejected, name) or "–" for name in ("email", "amount", "currency")},
        f"Contest: {rejected.contest or rejected.contest_sent}",
        *(
            f"{detail['field']}: {detail['message']}" if detail["field"] else detail["message"]
            for detail in rejected.details
        ),
    ]
    title = "Waiting for entry" if rejected.code == rejected.Code.ENTRY else "Rejected"
    title = f"{title}: {rejected.get_code_display()}"
    yield TimelineEvent(rejected.first_received_at, "report", title, facts, actor=source_name(rejected.api_key, stores))
    if rejected.times > 1:
        yield TimelineEvent(
            rejected.last_received_at,
            "repeat",
            f"Rejected again for the same reason ({show_number(rejected.times)}×)",
        )


def _pending_refund_event(refund: PendingRefund, stores: Mapping[str, str]) -> TimelineEvent:
    icon, title = _refund_titles()[refund.state]
    if refund.amount_in_words:
        title = f"{title}: {refund.amount_in_words}"
    facts = [_refund_id_fact(refund), *([refund.problem] if refund.problem else [])]
    return TimelineEvent(refund.received_at, icon, title, facts, source_name(refund.api_key, stores), refund.reason)


def _refund_titles() -> dict[str, tuple[str, str]]:
    """Icon and title by state."""
    return {
        PendingRefund.State.PENDING: ("hourglass_top", "Pending refund"),
        PendingRefund.State.APPLIED: ("hourglass_bottom", "Refund received, applied later"),
        PendingRefund.State.REFUSED: ("report", "Refund refused"),
    }


def _refund_id_fact(refund: PendingRefund) -> str:
    return f"Refund ID {refund.refund_id}"


def _purchase_events(
    purchase: Purchase, differing: list[ReceivedValues], stores: Mapping[str, str]
) -> Iterator[TimelineEvent]:
    lines = list(
        PointTransaction.objects.filter(contest=purchase.contest_id, purchase_id=purchase.pk)
        .select_related("entry", "actor")
        .order_by("created_at", "number")
    )
    entry = lines[0].entry if lines and lines[0].kind == Kind.EARNED else _first_entry(purchase)
    facts = [f"For {entry}", str(purchase.explain(purchase.contest.zone)["sentence"])]
    title = f"Recorded, {show_amount(purchase.money, purchase.currency)}"
    actor = source_name(purchase.api_key, stores)
    if purchase.source_import:
        title = f"Imported, {show_amount(purchase.money, purchase.currency)}"
        facts.append(f"File: {purchase.source_import}")
        actor = str(purchase.source_import.actor or "")
        lines += _opening_lines(purchase, lines)
    yield TimelineEvent(purchase.created_at, "shopping_bag", title, facts, actor=actor)
    for line in lines:
        yield _ledger_event(line)
    if purchase.import_undone_at:
        yield _undone_import_event(purchase, purchase.import_undone_at)
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase)
    for refund in refunds.select_related("actor"):
        yield _refund_event(refund, stores)
    recalculated_awards = purchase.recalculated_awards.filter(contest=purchase.contest_id)
    for recalculated_award in recalculated_awards.select_related("rule_set", "recalculation__actor"):
        yield _recalculation_event(purchase, recalculated_award)
    if purchase.duplicates and purchase.last_duplicate_at:
        yield from _duplicate_events(purchase, differing, purchase.last_duplicate_at)


def _opening_lines(purchase: Purchase, lines: Iterable[PointTransaction]) -> list[PointTransaction]:
    """Ledger lines that take its points off an imported balance, which includes them; they name no purchase."""
    lines_of_entries = PointTransaction.objects.filter(
        contest=purchase.contest_id, entry__in={purchase.entry_id, *(line.entry_id for line in lines)}
    ).select_related("entry", "actor")
    opening = list(lines_of_entries.filter(adjustment_id__endswith=f"/{purchase.pk}"))
    undone = list(lines_of_entries.filter(undoes__in=opening))
    return [*opening, *undone, *lines_of_entries.filter(undoes__in=undone)]


def _undone_import_event(purchase: Purchase, at: datetime) -> TimelineEvent:
    audit = AuditEvent.objects.filter(
        contest_id=purchase.contest_id,
        object_type="purchaseimport",
        object_id=purchase.source_import_id,
        action=Action.UNIMPORTED,
    ).first()
    actor, reason = (audit.actor_name, audit.reason) if audit else ("", "")
    return TimelineEvent(at, "undo", "Import undone", actor=actor, reason=reason)


def _first_entry(purchase: Purchase) -> Entry:
    """The entry before any move, where no ledger line names it."""
    moved = AuditEvent.objects.filter(object_type="purchase", object_id=purchase.pk, action=Action.MOVED)
    first = moved.order_by("created_at").first()
    return Entry.objects.get(contest=purchase.contest_id, pk=first.before["entry"]) if first else purchase.entry


def _ledger_event(line: PointTransaction) -> TimelineEvent:
    title = line.get_kind_display() if line.undoes_id is None else f"{line.get_kind_display()} (undone)"
    # No other event names the actor of an undone recalculation or an opening balance.
    has_actor = (line.kind == Kind.RECALCULATED and line.undoes_id is not None) or line.purchase_id is None
    return TimelineEvent(
        line.created_at,
        "toll",
        str(title),
        actor=str(line.actor or "") if has_actor else "",
        reason=line.reason if has_actor else "",
        points=line.points,
        balance=line.balance,
        entry=line.entry,
    )


def _refund_event(refund: Refund, stores: Mapping[str, str]) -> TimelineEvent:
    title = f"Refunded {show_amount(refund.amount, refund.currency)}"
    points = counted(refund.points_reversed, "point", "points")
    facts = [f"Refund ID {refund.refund_id}, {points} removed"]
    actor = str(refund.actor) if refund.actor else source_name(refund.api_key, stores)
    return TimelineEvent(refund.created_at, "currency_exchange", title, facts, actor, refund.reason)


def _recalculation_event(purchase: Purchase, recalculated_award: RecalculatedAward) -> TimelineEvent:
    title = f"Recalculated with rules version {recalculated_award.rule_set.number}"
    recalculation = recalculated_award.recalculation
    facts = [str(purchase.explain_recalculated(recalculated_award, purchase.contest.zone)["sentence"])]
    return TimelineEvent(
        recalculated_award.created_at, "calculate", title, facts, str(recalculation.actor or ""), recalculation.reason
    )


def _duplicate_events(
    purchase: Purchase, differing: list[ReceivedValues], last_at: datetime
) -> Iterator[TimelineEvent]:
    """How often it was received again, and what else was received."""
    if purchase.duplicates > sum(values.times for values in differing):
        title = "Received again, ignored"
        title = plural(purchase.duplicates, title, f"{title} ({show_number(purchase.duplicates)}×)")
        yield TimelineEvent(last_at, "content_copy", title)
    for values in differing:
        other = [show_amount(values.amount, values.currency)] if values.has_other_money else []
        other += [values.email] if values.has_other_email else []
        times = plural(values.times, "", f" ({show_number(values.times)}×)")
        title = f"Received again with {' and '.join(other)}, ignored{times}"
        yield TimelineEvent(values.last_at or last_at, "difference", title)


def _activity_events(
    purchase: Purchase | None,
    rejections: list[RejectedPurchase],
    pending_refunds: list[PendingRefund],
    stores: Mapping[str, str],
) -> Iterator[TimelineEvent]:
    """The activity log's events; refunds are left out, because their own rows say more."""
    refunds = {refund.pk: refund for refund in pending_refunds}
    about = Q(object_type="rejectedpurchase", object_id__in=[rejected.pk for rejected in rejections])
    about |= Q(object_type="pendingrefund", object_id__in=list(refunds))
    if purchase is not None:
        about |= Q(object_type="purchase", object_id=purchase.pk) & ~Q(action=Action.REFUNDED)
    activity = list(AuditEvent.objects.filter(about).select_related("actor"))
    contest_ids = {audit.contest_id for audit in activity if audit.contest_id}
    entries = Entry.objects.filter(contest__in=contest_ids).in_bulk(_entries_in(activity))
    for audit in activity:
        yield TimelineEvent(
            audit.created_at,
            ICONS.get(Action(audit.action), "person"),
            str(audit.get_action_display()),
            [_refund_id_fact(refunds[audit.object_id])]
            if audit.object_id in refunds
            else list(_changes(audit, entries)),
            actor=stores.get(audit.api_key_id, audit.actor_name),
            reason=audit.reason,
        )


def _entries_in(activity: Iterable[AuditEvent]) -> set[str]:
    return {state["entry"] for audit in activity for state in (audit.before, audit.after) if "entry" in state}


def _changes(audit: AuditEvent, entries: dict[Any, Entry]) -> Iterator[str]:
    before, after = (state.get("entry") for state in (audit.before, audit.after))
    if after and before and before != after:
        yield f"From {entries.get(before)} to {entries.get(after)}"
    elif audit.action == Action.ATTACHED:
        yield f"To {entries.get(after)}"


def source_name(api_key: ApiKey | None, stores: Mapping[str, str]) -> str:
    """The store or API key that sent something; empty where a person entered it."""
    if api_key is None:
        return ""
    return stores.get(api_key.pk) or f"API key “{api_key}”"
