"""The support desk's search, across all contests that the user may see.

Every look-up takes an index that begins with the contest or the team, and reads a bounded number of rows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet

from blitzrocket.accounts.models import Team
from blitzrocket.emails import search_key
from blitzrocket.text import readings, without_decoration
from contests.models import Contest, Entry, PointTransaction
from contests.services.entry_search import MAX_RESULTS, find_entries_by_prefix, pks_with_prefix
from purchases.models import MAX_ORDER_ID_LENGTH, PendingRefund, Purchase, Refund, RejectedPurchase, order_key
from purchases.support.current_row import current_row

MAX_TERMS = 200  # of a pasted list
ORDER_MODELS = (Purchase, RejectedPurchase, PendingRefund)
OF_PURCHASES = ("contest", "entry", "recalculated_award")
_list_separators = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029,;，；、﹐﹔؛،]+")


@dataclass(frozen=True)
class SearchScope:
    """The contests and teams that the user may see; their ids are queried once a search."""

    contests: QuerySet[Contest]
    teams: QuerySet[Team]

    @cached_property
    def contest_ids(self) -> list[str]:
        return list(self.contests.values_list("pk", flat=True))

    @cached_property
    def team_ids(self) -> list[str]:
        return list(self.teams.values_list("pk", flat=True))


@dataclass(slots=True)
class OrderResult:
    """All rows with one order id of a contest; ``contest_sent`` is the contest's id as the URL had it."""

    contest_sent: str
    order_id: str
    purchase: Purchase | None = None
    rejections: list[RejectedPurchase] = field(default_factory=list)  # the newest first
    pending_refunds: list[PendingRefund] = field(default_factory=list)

    @property
    def last_activity_at(self) -> datetime:
        """When it was recorded, or else last received."""
        times = [rejected.last_received_at for rejected in self.rejections]
        times += [refund.received_at for refund in self.pending_refunds]
        return self.purchase.created_at if self.purchase else max(times)

    @property
    def shown(self) -> "Purchase | RejectedPurchase | PendingRefund":
        """The row to show."""
        return current_row(self.purchase, self.rejections) or self.pending_refunds[0]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Orders and entries, the newest first; ``missing`` has the terms of a pasted list without a match."""

    text: str
    orders: list[OrderResult]
    entries: list[Entry]
    missing: list[str]
    is_prefix: bool = False
    not_searched: int = 0  # terms of a pasted list beyond `MAX_TERMS`

    @property
    def is_truncated(self) -> bool:
        """Whether there may be more than are shown."""
        return max(len(self.orders), len(self.entries)) >= MAX_RESULTS

    @property
    def is_empty(self) -> bool:
        return not self.orders and not self.entries

    @property
    def only_result(self) -> Model | None:
        """The one order, or else the one entry, which is opened at once."""
        if self.missing or len(self.orders) + len(self.entries) != 1:
            return None
        return self.orders[0].shown if self.orders else self.entries[0]


def search(text: str, scope: SearchScope, *, by_prefix: bool = False) -> SearchResults:
    """Find orders and entries by typed or pasted text.

    A list (of lines, or separated by commas) is looked up term by term: order ids and emails. A single term is an exact
    order id, refund id, email or BlitzRocket id; where none matches, or with ``by_prefix``, the prefix of one or of a
    word of a name. Each term is looked up as typed, and then without the decoration copied along with it.
    """
    text = text.replace("\0", "").strip()
    if not readings(text):
        return SearchResults("", [], [], [])
    results = SearchResults(text, [], [], [])
    if len(text) <= MAX_ORDER_ID_LENGTH and "\n" not in text and not by_prefix:
        results = _first_match(_find_exactly, text, scope)  # an order id may contain a comma
    terms = [term for term in _list_separators.split(text) if without_decoration(term)]
    if not results.is_empty or not terms:
        return results
    if len(terms) > 1:
        return _find_list(text, terms, scope)
    results = _first_match(_find_by_prefix, terms[0], scope)
    spaced = [word for word in terms[0].split() if without_decoration(word)]
    return _find_list(text, spaced, scope) if results.is_empty and len(spaced) > 1 else results


def purchases_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of matching purchases, for their list."""
    orders = search(text, scope).orders
    return [order.purchase.pk for order in orders if order.purchase]


def rejections_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of matching rejected orders, for their list."""
    return [rejected.pk for order in search(text, scope).orders for rejected in order.rejections]


def pending_refunds_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of matching pending refunds, for their list."""
    return [refund.pk for order in search(text, scope).orders for refund in order.pending_refunds]


def _first_match(find: Callable[[str, SearchScope], SearchResults], text: str, scope: SearchScope) -> SearchResults:
    """The results of the first reading of a text that has any."""
    results = SearchResults(text, [], [], [])
    for reading in readings(text):
        results = find(reading, scope)
        if not results.is_empty:
            break
    return results


def _find_list(text: str, terms: list[str], scope: SearchScope) -> SearchResults:
    term_readings = [readings(term) for term in terms[:MAX_TERMS]]
    keys = {order_key(reading) for term in term_readings for reading in term}
    email_keys = {search_key(reading) for term in term_readings for reading in term if "@" in reading}
    by_email = [Q(email_key__in=email_keys)] if email_keys else []
    rows = [
        *_rows(Purchase, scope, Q(order_key__in=keys)),
        *_rows(RejectedPurchase, scope, Q(order_key__in=keys), *by_email),
        *_rows(PendingRefund, scope, Q(order_key__in=keys)),
    ]
    entries: list[Entry] = _rows(Entry, scope, *by_email) if email_keys else []
    existing = {key for model in ORDER_MODELS for key in _existing(model, scope, "order_key", keys)}
    existing |= {key for model in (Entry, RejectedPurchase) for key in _existing(model, scope, "email_key", email_keys)}
    missing = {
        order_key(term[-1]): term[-1]
        for term in term_readings
        if not any({order_key(reading), search_key(reading)} & existing for reading in term)
    }
    return SearchResults(
        text, _grouped(rows), entries, [*missing.values()], not_searched=max(0, len(terms) - MAX_TERMS)
    )


def _existing(model: Any, scope: SearchScope, column: str, keys: set[str]) -> set[str]:
    """Which of these keys exist, however many rows have them."""
    if not keys:
        return set()
    rows = model.objects.filter(**{f"{column}__in": keys}, **_scope_filter(model, scope)).order_by()
    return set(rows.values_list(column, flat=True).distinct())


def _find_exactly(text: str, scope: SearchScope) -> SearchResults:
    key, email_key, blitzrocket_id = order_key(text), search_key(text), text.lower()
    entries: list[Entry] = _rows(Entry, scope, Q(email_key=email_key), Q(pk=blitzrocket_id))
    refunds: list[Refund] = _rows(Refund, scope, Q(refund_key=key), Q(pk=blitzrocket_id))
    refunded, entry_pks = [refund.purchase_id for refund in refunds], [entry.pk for entry in entries]
    moves = PointTransaction.objects.filter(
        entry__in=entry_pks, kind=PointTransaction.Kind.MOVED_OUT, **_scope_filter(Entry, scope)
    )
    moved_out = list(moves.order_by("-number").values_list("purchase_id", flat=True)[:MAX_RESULTS])
    rows = [
        *_rows(
            Purchase,
            scope,
            Q(order_key=key),
            Q(pk=blitzrocket_id),
            Q(pk__in=[*refunded, *moved_out]),
            Q(entry__in=entry_pks),
        ),
        *_rows(RejectedPurchase, scope, Q(order_key=key), Q(pk=blitzrocket_id), Q(email_key=email_key)),
        *_rows(PendingRefund, scope, Q(order_key=key), Q(pk=blitzrocket_id), Q(refund_key=key)),
    ]
    return SearchResults(text, _grouped(rows), entries, [])


def _find_by_prefix(text: str, scope: SearchScope) -> SearchResults:
    key = order_key(text)
    refund_ids = _with_prefix(Refund, scope, "refund_key", key)
    refunds = Refund.objects.filter(pk__in=refund_ids, **_scope_filter(Refund, scope))
    refunded = list(refunds.values_list("purchase", flat=True))
    rows = [
        *_rows(Purchase, scope, Q(pk__in=[*_with_prefix(Purchase, scope, "order_key", key), *refunded])),
        *_rows(RejectedPurchase, scope, Q(pk__in=_with_prefix(RejectedPurchase, scope, "order_key", key))),
        *_rows(
            PendingRefund,
            scope,
            Q(pk__in=_with_prefix(PendingRefund, scope, "order_key", key)),
            Q(pk__in=_with_prefix(PendingRefund, scope, "refund_key", key)),
        ),
    ]
    entries: list[Entry] = _rows(Entry, scope, Q(pk__in=find_entries_by_prefix(text, scope.contest_ids)))
    return SearchResults(text, _grouped(rows), entries, [], is_prefix=True)


def _with_prefix(model: Any, scope: SearchScope, column: str, prefix: str) -> list[Any]:
    owner, ids = ("team", scope.team_ids) if model is RejectedPurchase else ("contest", scope.contest_ids)
    return pks_with_prefix(model.objects.all(), owner, ids, column, prefix)


def _rows(model: Any, scope: SearchScope, *filters: Q) -> list[Any]:
    """Rows that match one of these filters, the newest first.

    Each filter is an index look-up of its own, where an OR could scan; it gives ids, by which the rows are read.
    """
    own = model.objects.filter(**_scope_filter(model, scope)).order_by("-pk")
    first, *others = (own.filter(condition).values_list("pk", flat=True)[:MAX_RESULTS] for condition in filters)
    ids = set(first.union(*others, all=True) if others else first)
    if not ids:
        return []
    rows = model.objects.filter(pk__in=ids, **_scope_filter(model, scope))
    rows = rows.select_related(*(OF_PURCHASES if model is Purchase else ("contest",)))
    if model is RejectedPurchase:
        purchases = Purchase.objects.filter(**_scope_filter(Purchase, scope)).select_related(*OF_PURCHASES)
        rows = rows.prefetch_related(Prefetch("purchase", purchases))  # of any contest, so not by a join
    return list(rows.order_by("-pk")[:MAX_RESULTS])


def _scope_filter(model: Any, scope: SearchScope) -> dict[str, list[str]]:
    """The filter by contest or team: a list of ids, so that the database knows how few they are."""
    if model is RejectedPurchase:
        return {"team__in": scope.team_ids}
    return {"contest__in": scope.contest_ids}


def _grouped(rows: Iterable[Any]) -> list[OrderResult]:
    orders: dict[tuple[str, str], OrderResult] = {}
    for row in rows:
        recorded = row.purchase if isinstance(row, RejectedPurchase) else None  # manually, perhaps in another contest
        contest_sent = (recorded or row).contest_id or row.contest_sent
        order = orders.setdefault((contest_sent, row.order_id), OrderResult(contest_sent, row.order_id))
        match row:
            case Purchase():
                order.purchase = row
            case RejectedPurchase():
                order.rejections.append(row)
                order.purchase = order.purchase or recorded
            case PendingRefund():
                order.pending_refunds.append(row)
    for order in orders.values():
        order.rejections.sort(key=lambda rejected: rejected.last_received_at, reverse=True)
    return sorted(orders.values(), key=lambda order: order.last_activity_at, reverse=True)[:MAX_RESULTS]
