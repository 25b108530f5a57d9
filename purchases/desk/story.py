"""The story of an order: everything that ever touched its id, in the order in which it happened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contests.models import AuditLine, Contest, Entry, PointTransaction
from contests.wording import plain
from purchases.desk.answers import answer_for, attachable_among
from purchases.models import Judgement, Purchase, Refund, RejectedPurchase, WaitingRefund

Action = AuditLine.Action
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
class Event:
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
class Story:
    """An order with all its rows, and what to tell the customer."""

    order_id: str
    purchase: Purchase | None
    attempts: list[RejectedPurchase]
    waiting_refunds: list[WaitingRefund]
    elsewhere: list[Purchase]
    events: list[Event]
    answer: str


def story_of_purchase(purchase: Purchase) -> Story:
    """All that touched a recorded order, also attempts at it that went to a wrong contest."""
    return _story(purchase.order_id, purchase.order_key, purchase.contest.team_id, purchase)


def story_of_attempt(attempt: RejectedPurchase) -> Story:
    """All that touched the order of a refused attempt, with its purchase where it was recorded since."""
    return _story(attempt.order_id, attempt.order_key, attempt.team_id, attempt.purchase)


def _story(order_id: str, order_key: str, team_id: str, purchase: Purchase | None) -> Story:
    contests = list(Contest.objects.filter(team=team_id).values_list("pk", flat=True))
    recorded = Purchase.objects.filter(contest__in=contests, order_key=order_key).select_related("contest", "entry")
    attempts = list(
        RejectedPurchase.objects.filter(team=team_id, order_key=order_key)
        .select_related("contest", "api_key")
        .order_by("-last_received_at")
    )
    waiting = list(
        WaitingRefund.objects.filter(contest__in=contests, order_key=order_key).select_related("api_key", "contest")
    )
    elsewhere = [other for other in recorded if purchase is None or other.pk != purchase.pk]
    events = sorted(_events(purchase, attempts, waiting), key=lambda event: event.at)
    return Story(
        order_id=order_id,
        purchase=purchase,
        attempts=attempts,
        waiting_refunds=waiting,
        elsewhere=elsewhere,
        events=events,
        answer=answer_for(purchase, attempts, waiting, order_id, attachable_among(attempts)),
    )


def _events(
    purchase: Purchase | None, attempts: list[RejectedPurchase], waiting: list[WaitingRefund]
) -> Iterator[Event]:
    for attempt in attempts:
        yield from _of_attempt(attempt)
    for refund in waiting:
        yield _of_waiting_refund(refund)
    if purchase is not None:
        yield from _of_purchase(purchase)
    yield from _of_people(purchase, attempts, waiting)


def _of_attempt(attempt: RejectedPurchase) -> Iterator[Event]:
    facts = [
        _("Sent: email %(email)s, amount %(amount)s, currency %(currency)s")
        % {name: getattr(attempt, name) or "–" for name in ("email", "amount", "currency")},
        _("Contest: %(contest)s") % {"contest": attempt.contest or attempt.contest_sent},
        *(
            f"{detail['field']}: {detail['message']}" if detail["field"] else detail["message"]
            for detail in attempt.details
        ),
    ]
    title = _("Waits for its entry") if attempt.code == attempt.Code.ENTRY else _("Refused")
    title = f"{title}: {attempt.get_code_display()}"
    yield Event(attempt.first_received_at, "report", title, facts, who=_with_key(attempt.api_key))
    if attempt.times > 1:
        yield Event(
            attempt.last_received_at,
            "repeat",
            _("Refused again for the same reason, %(times)d times in all") % {"times": attempt.times},
        )


def _of_waiting_refund(refund: WaitingRefund) -> Event:
    icon, title = _refund_titles()[refund.state]
    if refund.amount_in_words:
        title = f"{title}: {refund.amount_in_words}"
    facts = [_refund_id(refund), *([refund.problem] if refund.problem else [])]
    return Event(refund.received_at, icon, title, facts, _with_key(refund.api_key), refund.reason)


def _refund_titles() -> dict[str, tuple[str, str]]:
    """The icon and title of a refund that was not made when it came, by its state now."""
    return {
        WaitingRefund.State.WAITING: ("hourglass_top", _("Pending refund")),
        WaitingRefund.State.APPLIED: ("hourglass_bottom", _("Refund received, applied later")),
        WaitingRefund.State.REFUSED: ("report", _("Refund refused")),
    }


def _refund_id(refund: WaitingRefund) -> str:
    return _("Refund id %(id)s") % {"id": refund.refund_id}


def _of_purchase(purchase: Purchase) -> Iterator[Event]:
    lines = list(
        PointTransaction.objects.filter(contest=purchase.contest_id, purchase=purchase)
        .select_related("entry", "actor")
        .order_by("created_at", "number")
    )
    owner = lines[0].entry if lines and lines[0].kind == Kind.EARNED else _first_owner(purchase)
    facts = [_("For %(entry)s") % {"entry": owner}, str(purchase.explanation["sentence"])]
    title = _("Recorded, %(money)s %(currency)s") % {"money": purchase.money, "currency": purchase.currency}
    who = _with_key(purchase.api_key) if purchase.api_key else ""
    if purchase.history_import:
        title = _("Imported, %(money)s %(currency)s") % {"money": purchase.money, "currency": purchase.currency}
        facts.append(_("File: %(file)s") % {"file": purchase.history_import})
        who = str(purchase.history_import.actor or "")
        lines += _opening_lines(purchase, lines)
    yield Event(purchase.created_at, "shopping_bag", title, facts, who=who)
    for line in lines:
        yield _of_line(line)
    if purchase.history_undone_at:
        yield _of_undone_import(purchase, purchase.history_undone_at)
    refunds = Refund.objects.filter(contest=purchase.contest_id, purchase=purchase)
    for refund in refunds.select_related("actor", "api_key"):
        yield _of_refund(refund)
    judgements = purchase.judgements.filter(contest=purchase.contest_id)
    for judgement in judgements.select_related("rule_set", "recalculation__actor"):
        yield _of_judgement(judgement)
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


def _of_undone_import(purchase: Purchase, at: datetime) -> Event:
    act = AuditLine.objects.filter(
        contest=purchase.contest_id,
        object_type="purchaseimport",
        object_id=purchase.history_import_id,
        action=Action.UNIMPORTED,
    ).first()
    who, reason = (act.who, act.reason) if act else ("", "")
    return Event(at, "undo", _("Import undone"), who=who, reason=reason)


def _first_owner(purchase: Purchase) -> Entry:
    """Whose it was at first, where no points say so."""
    moved = AuditLine.objects.filter(object_type="purchase", object_id=purchase.pk, action=Action.MOVED)
    first = moved.order_by("created_at").first()
    return Entry.objects.get(pk=first.before["entry"]) if first else purchase.entry


def _of_line(line: PointTransaction) -> Event:
    title = (
        line.get_kind_display()
        if line.undoes_id is None
        else _("%(kind)s, taken back") % {"kind": line.get_kind_display()}
    )
    # Whose act no other event tells: a recalculation that was undone, and an opening balance.
    undone = (line.kind == Kind.RECALCULATED and line.undoes_id is not None) or line.purchase_id is None
    return Event(
        line.created_at,
        "toll",
        str(title),
        who=str(line.actor or "") if undone else "",
        reason=line.reason if undone else "",
        points=line.points,
        balance=line.balance,
        entry=line.entry,
    )


def _of_refund(refund: Refund) -> Event:
    title = _("Refunded %(amount)s %(currency)s") % {"amount": plain(refund.amount), "currency": refund.currency}
    fact = ngettext(
        "Refund id %(id)s, %(points)d point taken back",
        "Refund id %(id)s, %(points)d points taken back",
        refund.points_reversed,
    )
    facts = [fact % {"id": refund.refund_id, "points": refund.points_reversed}]
    who = str(refund.actor) if refund.actor else _with_key(refund.api_key)
    return Event(refund.created_at, "currency_exchange", title, facts, who, refund.reason)


def _of_judgement(judgement: Judgement) -> Event:
    title = _("Judged again by rules no. %(number)d") % {"number": judgement.rule_set.number}
    recalculation = judgement.recalculation
    facts = [str(judgement.explanation["sentence"])]
    return Event(judgement.created_at, "calculate", title, facts, str(recalculation.actor or ""), recalculation.reason)


def _of_duplicates(purchase: Purchase, at: datetime) -> Event:
    times = purchase.duplicates
    title = ngettext("Sent again and turned away", "Sent again and turned away, %(times)d times in all", times)
    title %= {"times": times}
    said = _("%(field)s: recorded %(recorded)s, received %(received)s")
    facts = [said % {"field": name, **values} for name, values in (purchase.last_differences or {}).items()]
    return Event(at, "content_copy", title, facts)


def _of_people(
    purchase: Purchase | None, attempts: list[RejectedPurchase], waiting: list[WaitingRefund]
) -> Iterator[Event]:
    """What people did; a refund has its own row, which says more."""
    refunds = {refund.pk: refund for refund in waiting}
    about = Q(object_type="rejectedpurchase", object_id__in=[attempt.pk for attempt in attempts])
    about |= Q(object_type="waitingrefund", object_id__in=list(refunds))
    if purchase is not None:
        about |= Q(object_type="purchase", object_id=purchase.pk) & ~Q(action=Action.REFUNDED)
    acts = list(AuditLine.objects.filter(about).select_related("actor", "api_key"))
    entries = Entry.objects.in_bulk(_entries_in(acts))
    for act in acts:
        yield Event(
            act.created_at,
            ICONS.get(Action(act.action), "person"),
            str(act.get_action_display()),
            [_refund_id(refunds[act.object_id])] if act.object_id in refunds else list(_changes(act, entries)),
            who=act.who,
            reason=act.reason,
        )


def _entries_in(acts: Iterable[AuditLine]) -> set[str]:
    return {state["entry"] for act in acts for state in (act.before, act.after) if "entry" in state}


def _changes(act: AuditLine, entries: dict[Any, Entry]) -> Iterator[str]:
    before, after = (state.get("entry") for state in (act.before, act.after))
    if after and before and before != after:
        yield _("From %(before)s to %(after)s") % {"before": entries.get(before), "after": entries.get(after)}
    elif act.action == Action.ATTACHED:
        yield _("To %(entry)s") % {"entry": entries.get(after)}


def _with_key(api_key: Any) -> str:
    return _("key “%(key)s”") % {"key": api_key} if api_key else ""
