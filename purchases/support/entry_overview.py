"""An entry with its orders, points and activity: a page of each, and where the next begins."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry, PointTransaction
from contests.services.referrals import other_entry_id
from purchases.models import Purchase, Refund, RejectedPurchase

PAGE_SIZE = 10
MAX_REFUNDS = 200  # of a page's orders


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the newest first; ``next`` is the key after which older ones begin, None where there are none."""

    rows: list[Any]
    next: Any = None


@dataclass(frozen=True, slots=True)
class EntryOrder:
    """An order of the entry with its refunds."""

    purchase: Purchase
    refunds: list[Refund] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the ledger, with the order or the other entry of the referral that it is about."""

    line: PointTransaction
    order_id: str = ""
    other_entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class EntryOverview:
    """What the entry's page shows; ``not_recorded`` are orders on hold or rejected with its email."""

    entry: Entry
    orders: Page
    not_recorded: Page
    ledger: Page
    activity: Page
    referred: Page
    other_entries: list[Entry]


def overview_of(
    entry: Entry, *, orders_before: str = "", lines_before: int | None = None, referred_before: str = ""
) -> EntryOverview:
    """The entry's first pages, or those that begin after these keys."""
    return EntryOverview(
        entry,
        _orders(entry, orders_before),
        _not_recorded(entry),
        _ledger(entry, lines_before),
        _page(AuditEvent.objects.about(entry).select_related("actor"), "pk"),
        _referred(entry, referred_before),
        _other_entries(entry),
    )


def _page(rows: "QuerySet[Any]", key: str) -> Page:
    some = list(rows[: PAGE_SIZE + 1])
    return Page(some[:PAGE_SIZE], getattr(some[PAGE_SIZE - 1], key) if len(some) > PAGE_SIZE else None)


def _orders(entry: Entry, before: str) -> Page:
    purchases = Purchase.objects.filter(contest=entry.contest_id, entry=entry).order_by("-id")
    page = _page(purchases.filter(pk__lt=before) if before else purchases, "pk")
    refunds = defaultdict(list)
    own = Refund.objects.filter(contest=entry.contest_id, purchase__in=[purchase.pk for purchase in page.rows])
    for refund in own.order_by("-id")[:MAX_REFUNDS]:
        refunds[refund.purchase_id].append(refund)
    return Page([EntryOrder(purchase, refunds[purchase.pk]) for purchase in page.rows], page.next)


def _not_recorded(entry: Entry) -> Page:
    """Orders with the entry's email that earned nothing yet, sent to whichever contest of the team."""
    if not entry.email_key:
        return Page([])
    rejections = RejectedPurchase.objects.filter(team=entry.contest.team_id, email_key=entry.email_key)
    return _page(rejections.filter(purchase=None).select_related("contest").order_by("-pk"), "pk")


def _ledger(entry: Entry, before: int | None) -> Page:
    lines = PointTransaction.objects.filter(contest=entry.contest_id, entry=entry).order_by("-number")
    page = _page((lines if before is None else lines.filter(number__lt=before)).select_related("actor"), "number")
    purchase_ids = {line.purchase_id for line in page.rows if line.purchase_id}
    purchases = Purchase.objects.filter(contest=entry.contest_id, pk__in=purchase_ids)
    order_ids = dict(purchases.values_list("pk", "order_id"))
    others = _other_sides(entry, page.rows)
    rows = [
        LedgerLine(line, order_ids.get(line.purchase_id, ""), others.get(other_entry_id(line))) for line in page.rows
    ]
    return Page(rows, page.next)


def _other_sides(entry: Entry, lines: Sequence[PointTransaction]) -> dict[str, Entry]:
    """The other entries of the referrals among these lines, by id."""
    ids = {other_entry_id(line) for line in lines} - {""}
    return {other.pk: other for other in Entry.objects.filter(contest=entry.contest_id, pk__in=ids)} if ids else {}


def _referred(entry: Entry, before: str) -> Page:
    """The entries that signed up with the entry's referral code."""
    referred = Entry.objects.filter(contest=entry.contest_id, referred_by=entry).order_by("-pk")
    return _page(referred.filter(pk__lt=before) if before else referred, "pk")


def _other_entries(entry: Entry) -> list[Entry]:
    """Entries of the team's other contests with the same email."""
    if not entry.email_key:
        return []
    contests = Contest.objects.filter(team=entry.contest.team_id)
    entries = Entry.objects.filter(contest__in=contests.values("pk"), email_key=entry.email_key).exclude(pk=entry.pk)
    return list(entries.select_related("contest").order_by("-pk")[:PAGE_SIZE])
