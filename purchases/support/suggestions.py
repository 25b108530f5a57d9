"""What the search box suggests while someone types: a few results of each kind.

It runs with nearly each key, so orders are looked up by one statement and entries by another, and either is read once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, QuerySet, Value

from blitzrocket.limited_rows import of_all
from blitzrocket.text import without_decoration
from contests.models import Entry
from contests.models.entry import LAST_CHARACTER
from contests.services.entry_search import suggested_entry_ids
from purchases.models import (
    MAX_ORDER_ID_LENGTH,
    PendingRefund,
    Purchase,
    Refund,
    RejectedPurchase,
    StoreOrderId,
    order_key,
)
from purchases.support.search import (
    OrderResult,
    SearchScope,
    grouped,
    other_ids_of,
    owner_of,
    rows_of_orders,
    rows_with_ids,
)
from purchases.support.search_terms import terms_of
from purchases.support.team_search import TeamResults, search_teams

MIN_LENGTH = 2
MAX_SUGGESTIONS = 5  # of orders and of entries
MAX_OF_TEAMS = 3  # of contests, of members and of keys
MAX_CANDIDATES = 200
SOURCES = (
    (Purchase, "order_key"),
    (RejectedPurchase, "order_key"),
    (PendingRefund, "order_key"),
    (PendingRefund, "refund_key"),
    (Refund, "refund_key"),
    (StoreOrderId, "other_key"),
)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A few results of each kind; none for a pasted list, which is searched as a whole."""

    orders: list[OrderResult] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    of_teams: TeamResults = field(default_factory=TeamResults)
    terms: int = 1  # of the text: more than one is a list

    @property
    def count(self) -> int:
        return len(self.orders) + len(self.entries) + len(self.of_teams.all)


def suggest(text: str, scope: SearchScope) -> Suggestions:
    """Suggest results for the beginning of a text."""
    terms = terms_of(text)
    if len(terms) > 1:
        return Suggestions(terms=len(terms))
    term = without_decoration(text.replace("\0", ""))[:MAX_ORDER_ID_LENGTH]
    if len(term) < MIN_LENGTH:
        return Suggestions()
    entry_ids = suggested_entry_ids(term, scope.contest_ids, MAX_SUGGESTIONS)
    return Suggestions(
        _orders(term, scope), rows_with_ids(Entry, scope, entry_ids), search_teams(term, scope, MAX_OF_TEAMS)
    )


def _orders(term: str, scope: SearchScope) -> list[OrderResult]:
    """Those with this order, store's or refund id first, then those whose ids begin so, in the order of the ids."""
    first, *others = _candidates(term, scope)
    if others:
        first = first.union(*others, all=True)
    candidates = sorted(dict.fromkeys(first), key=lambda row: (row[2], row[1]))[:MAX_SUGGESTIONS]
    ids = {model.__name__: [pk for name, pk, _ in candidates if name == model.__name__] for model, _ in SOURCES}
    refunds: list[Refund] = rows_with_ids(Refund, scope, ids["Refund"])
    ids["Purchase"] += [refund.purchase_id for refund in refunds]
    rows = [
        row
        for model in (Purchase, RejectedPurchase, PendingRefund)
        for row in rows_with_ids(model, scope, ids[model.__name__])
    ]
    other_ids = other_ids_of(rows_with_ids(StoreOrderId, scope, ids["StoreOrderId"]))
    rows += rows_of_orders(other_ids, scope)
    orders = sorted(grouped(rows, refunds, other_ids), key=lambda order: order_key(order.order_id))
    return orders[:MAX_SUGGESTIONS]


def _candidates(term: str, scope: SearchScope) -> Iterator["QuerySet[Any, tuple[str, str, str]]"]:
    """The kind, id and key of rows with exactly this id, and of some whose id begins so."""
    key = order_key(term)
    for model, column in SOURCES:
        owner, owner_ids = owner_of(model, scope)
        named: QuerySet[Any] = model._default_manager.annotate(kind=Value(model.__name__, CharField()), key=F(column))
        rows = named.values_list("kind", "pk", "key")
        limit = max(1, min(MAX_SUGGESTIONS, MAX_CANDIDATES // max(1, len(owner_ids))))
        yield rows.filter(**{f"{owner}__in": owner_ids, column: key}).order_by()[:MAX_SUGGESTIONS]
        starting = rows.filter(**{f"{column}__gte": key, f"{column}__lt": key + LAST_CHARACTER})
        yield of_all(starting, owner, owner_ids, [column], limit)
