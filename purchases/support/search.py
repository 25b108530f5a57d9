"""The search for orders and entries, across all contests that the user may see.

Every look-up takes an index that begins with the contest or the team, and reads a bounded number of rows.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet

from blitzrocket.accounts.models import Team
from blitzrocket.emails import Email, InvalidEmail, search_key
from blitzrocket.text import readings, without_decoration
from contests.models import Contest, Entry, PointTransaction
from contests.services.entry_search import MAX_RESULTS, exact_conditions, find_entries_by_prefix, pks_with_prefix
from purchases.models import (
    MAX_ORDER_ID_LENGTH,
    PendingRefund,
    Purchase,
    Refund,
    RejectedPurchase,
    StoreOrderId,
    order_key,
)
from purchases.support.current_row import current_row
from purchases.support.search_terms import are_plainly_ids, terms_of

MAX_TERMS = 200  # of a pasted list
MAX_LIST_ROWS = 1000  # of each kind for a pasted list: an order id may be in several contests
MAX_SIMILAR = 5
ORDER_MODELS = (Purchase, RejectedPurchase, PendingRefund)
OtherIds = dict[tuple[str, str], list[str]]  # the other ids of orders by contest and order id
OF_PURCHASES = ("contest__team", "entry", "recalculated_award")


@dataclass(frozen=True)
class SearchScope:
    """The contests and teams that the user may see, and the teams of which they may see members and keys.

    Their ids are queried once a search.
    """

    contests: QuerySet[Contest]
    teams: QuerySet[Team]
    owned_teams: QuerySet[Team] = field(default_factory=Team.objects.none)

    @cached_property
    def contest_names(self) -> list[tuple[str, str, str]]:
        """The id, title and slug of each contest, the newest first."""
        return list(self.contests.order_by("-created_at").values_list("pk", "title", "slug"))

    @cached_property
    def contest_ids(self) -> list[str]:
        return [pk for pk, _title, _slug in self.contest_names]

    @cached_property
    def team_ids(self) -> list[str]:
        return list(self.teams.values_list("pk", flat=True))

    @cached_property
    def owned_team_ids(self) -> list[str]:
        return list(self.owned_teams.values_list("pk", flat=True))


@dataclass(slots=True)
class OrderResult:
    """All rows with one order id of a contest; ``contest_sent`` is the contest's id as the URL had it."""

    contest_sent: str
    order_id: str
    purchase: Purchase | None = None
    rejections: list[RejectedPurchase] = field(default_factory=list)  # the newest first
    pending_refunds: list[PendingRefund] = field(default_factory=list)
    # Those by which it was found: of its refunds, and its other ids in the store.
    refund_ids: list[str] = field(default_factory=list)
    other_ids: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[str]:
        """What a term of a list that means it may be: one of its ids, or the email of a rejected one."""
        others = map(order_key, self.other_ids)
        emails = {rejected.email_key for rejected in self.rejections if rejected.email_key}
        return {order_key(self.order_id), *others, *emails}

    @property
    def last_activity_at(self) -> datetime:
        """When it was recorded, or else last received."""
        times = [rejected.last_received_at for rejected in self.rejections]
        times += [refund.received_at for refund in self.pending_refunds]
        return self.purchase.created_at if self.purchase else max(times)

    def is_of(self, entry: Entry) -> bool:
        """Whether the entry's page shows it: as its purchase, or as on hold with its email."""
        shown = self.shown
        if isinstance(shown, Purchase):
            return shown.entry_id == entry.pk
        return isinstance(shown, RejectedPurchase) and bool(shown.email_key) and shown.email_key == entry.email_key

    @property
    def shown(self) -> "Purchase | RejectedPurchase | PendingRefund":
        """The row to show."""
        return current_row(self.purchase, self.rejections) or self.pending_refunds[0]


@dataclass(frozen=True, slots=True)
class ListTerm:
    """A term of a pasted list, with the newest order or else an entry that has it."""

    text: str
    order: OrderResult | None = None
    entry: Entry | None = None
    others: int = 0  # further orders and entries with it
    exists: bool = False  # also where too many results of other terms leave it without one

    @property
    def is_missing(self) -> bool:
        return not self.exists


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Orders and entries, the newest first; ``terms`` are those of a pasted list, in its order."""

    text: str
    orders: list[OrderResult] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    terms: list[ListTerm] = field(default_factory=list)
    is_prefix: bool = False
    not_searched: int = 0  # terms of a pasted list beyond `MAX_TERMS`

    @property
    def missing(self) -> list[str]:
        """The terms of a pasted list that nothing has."""
        return [term.text for term in self.terms if term.is_missing]

    @property
    def is_truncated(self) -> bool:
        """Whether there may be more than are shown."""
        return not self.terms and max(len(self.orders), len(self.entries)) >= MAX_RESULTS

    @property
    def is_empty(self) -> bool:
        return not self.orders and not self.entries

    @property
    def only_result(self) -> Model | None:
        """The one order, or the one entry to which all orders belong, which is opened at once."""
        if self.terms or len(self.entries) > 1:
            return None
        if self.entries:
            entry = self.entries[0]
            return entry if all(order.is_of(entry) for order in self.orders) else None
        return self.orders[0].shown if len(self.orders) == 1 else None


def search(text: str, scope: SearchScope, *, by_prefix: bool = False) -> SearchResults:
    """Find orders and entries by typed or pasted text.

    A list (of lines, or separated by commas) is looked up term by term: order ids and emails. A single term is an exact
    order id, other id of an order in its store, refund id, email or BlitzRocket id; where none matches, or with
    ``by_prefix``, the prefix of one or of a word of a name. Each term is looked up as typed, and then without the
    decoration copied along with it.
    """
    text = text.replace("\0", "").strip()
    if not readings(text):
        return SearchResults("")
    results = SearchResults(text)
    if len(text) <= MAX_ORDER_ID_LENGTH and "\n" not in text and not by_prefix:
        results = _first_match(_find_exactly, text, scope)  # an order id may contain a comma
    terms = terms_of(text)
    if not results.is_empty or not terms:
        return results
    if len(terms) > 1:
        return _find_list(text, terms, scope)
    results = _first_match(_find_by_prefix, terms[0], scope)
    words = [word for word in terms[0].split() if without_decoration(word)]
    if not results.is_empty or len(words) <= 1:
        return results
    spaced = _find_list(text, words, scope)
    # Nothing has any of its words: a list of missing orders, or else a mistyped name.
    return spaced if not spaced.is_empty or are_plainly_ids(words) else results


def similar_entries(text: str, scope: SearchScope) -> list[Entry]:
    """Entries whose emails differ from this one by plus-tags, dots and common typos only."""
    try:
        near_key = Email.parse(without_decoration(text)).near_key
    except InvalidEmail:
        return []
    return _rows(Entry, scope, Q(near_key=near_key), limit=MAX_SIMILAR)


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
    results = SearchResults(text)
    for reading in readings(text):
        results = find(reading, scope)
        if not results.is_empty:
            break
    return results


def _find_list(text: str, terms: list[str], scope: SearchScope) -> SearchResults:
    by_key: dict[str, list[str]] = {}
    for term in terms[:MAX_TERMS]:
        by_key.setdefault(order_key(readings(term)[-1]), readings(term))  # each once, where it was first
    term_readings = [*by_key.values()]
    keys = {order_key(reading) for term in term_readings for reading in term}
    email_keys = {search_key(reading) for term in term_readings for reading in term if "@" in reading}
    by_email = [Q(email_key__in=email_keys)] if email_keys else []
    rows = [
        *_rows(Purchase, scope, Q(order_key__in=keys), limit=MAX_LIST_ROWS),
        *_rows(RejectedPurchase, scope, Q(order_key__in=keys), *by_email, limit=MAX_LIST_ROWS),
        *_rows(PendingRefund, scope, Q(order_key__in=keys), limit=MAX_LIST_ROWS),
    ]
    other_ids = _other_ids(scope, Q(other_key__in=keys), limit=MAX_LIST_ROWS)
    orders = grouped([*rows, *rows_of_orders(other_ids, scope, limit=MAX_LIST_ROWS)], other_ids=other_ids)
    entries: list[Entry] = _rows(Entry, scope, *by_email, limit=MAX_LIST_ROWS) if email_keys else []
    existing = {key for model in ORDER_MODELS for key in _existing(model, scope, "order_key", keys)}
    existing |= {key for order in orders for key in order.keys}
    existing |= {key for model in (Entry, RejectedPurchase) for key in _existing(model, scope, "email_key", email_keys)}
    return SearchResults(
        text,
        orders,
        entries,
        _list_terms(term_readings, orders, entries, existing),
        not_searched=max(0, len(terms) - MAX_TERMS),
    )


def _list_terms(
    term_readings: list[list[str]], orders: list[OrderResult], entries: list[Entry], existing: set[str]
) -> list[ListTerm]:
    orders_by_key, entries_by_key = defaultdict(list), defaultdict(list)
    for order in orders:
        for key in order.keys:
            orders_by_key[key].append(order)
    for entry in entries:
        entries_by_key[entry.email_key].append(entry)
    terms = []
    for term in term_readings:
        keys = dict.fromkeys(key for reading in term for key in (order_key(reading), search_key(reading)))
        of_term = [entry for key in keys for entry in entries_by_key[key]]
        with_term = [order for key in keys for order in orders_by_key[key]]
        terms.append(
            ListTerm(
                term[-1],
                order=with_term[0] if with_term and not of_term else None,  # an entry's page shows all its orders
                entry=of_term[0] if of_term else None,
                others=max(0, len(of_term or with_term) - 1),
                exists=not existing.isdisjoint(keys),
            )
        )
    return terms


def _existing(model: Any, scope: SearchScope, column: str, keys: set[str]) -> set[str]:
    """Which of these keys exist, however many rows have them."""
    if not keys:
        return set()
    rows = model.objects.filter(**{f"{column}__in": keys}, **_scope_filter(model, scope)).order_by()
    return set(rows.values_list(column, flat=True).distinct())


def _find_exactly(text: str, scope: SearchScope) -> SearchResults:
    key, blitzrocket_id = order_key(text), text.lower()
    entries: list[Entry] = _rows(Entry, scope, *exact_conditions(text))
    email_keys = {search_key(text), *(entry.email_key for entry in entries if entry.email_key)}
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
        *_rows(RejectedPurchase, scope, Q(order_key=key), Q(pk=blitzrocket_id), Q(email_key__in=email_keys)),
        *_rows(PendingRefund, scope, Q(order_key=key), Q(pk=blitzrocket_id), Q(refund_key=key)),
    ]
    other_ids = _other_ids(scope, Q(other_key=key))
    rows += rows_of_orders(other_ids, scope)
    return SearchResults(text, grouped(rows, refunds, other_ids)[:MAX_RESULTS], entries)


def _find_by_prefix(text: str, scope: SearchScope) -> SearchResults:
    key = order_key(text)
    refund_ids = _with_prefix(Refund, scope, "refund_key", key)
    refunds: list[Refund] = _rows(Refund, scope, Q(pk__in=refund_ids))
    refunded = [refund.purchase_id for refund in refunds]
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
    other_ids = _other_ids(scope, Q(pk__in=_with_prefix(StoreOrderId, scope, "other_key", key)))
    rows += rows_of_orders(other_ids, scope)
    entries: list[Entry] = _rows(Entry, scope, Q(pk__in=find_entries_by_prefix(text, scope.contest_ids)))
    return SearchResults(text, grouped(rows, refunds, other_ids)[:MAX_RESULTS], entries, is_prefix=True)


def _other_ids(scope: SearchScope, condition: Q, *, limit: int = MAX_RESULTS) -> OtherIds:
    rows = StoreOrderId.objects.filter(condition, contest__in=scope.contest_ids).order_by("-pk")[:limit]
    return other_ids_of(rows)


def other_ids_of(rows: Iterable[StoreOrderId]) -> OtherIds:
    by_order: OtherIds = defaultdict(list)
    for row in rows:
        by_order[row.contest_id, row.order_id].append(row.other_id)
    return by_order


def rows_of_orders(orders: Collection[tuple[str, str]], scope: SearchScope, *, limit: int = MAX_RESULTS) -> list[Any]:
    """The rows of orders by contest and order id."""
    if not orders:
        return []
    order_ids = {order_id for _contest_id, order_id in orders}
    keys = Q(order_key__in={order_key(order_id) for order_id in order_ids})
    rows = [row for model in ORDER_MODELS for row in _rows(model, scope, keys, limit=limit)]
    return [row for row in rows if (row.contest_id, row.order_id) in orders]


def _with_prefix(model: Any, scope: SearchScope, column: str, prefix: str) -> list[Any]:
    owner, ids = owner_of(model, scope)
    return pks_with_prefix(model.objects.all(), owner, ids, column, prefix)


def _rows(model: Any, scope: SearchScope, *filters: Q, limit: int = MAX_RESULTS) -> list[Any]:
    """Rows that match one of these filters, the newest first.

    Each filter is an index look-up of its own, where an OR could scan; it gives ids, by which the rows are read.
    """
    own = model.objects.filter(**_scope_filter(model, scope)).order_by("-pk")
    first, *others = (own.filter(condition).values_list("pk", flat=True)[:limit] for condition in filters)
    ids = sorted(set(first.union(*others, all=True) if others else first), reverse=True)[:limit]
    return rows_with_ids(model, scope, ids)


def rows_with_ids(model: Any, scope: SearchScope, ids: Sequence[str]) -> list[Any]:
    """Rows with what a result shows of them, the newest first."""
    if not ids:
        return []
    rows = model.objects.filter(pk__in=ids, **_scope_filter(model, scope))
    rows = rows.select_related(*(OF_PURCHASES if model is Purchase else ("contest",)))
    if model is RejectedPurchase:
        purchases = Purchase.objects.filter(**_scope_filter(Purchase, scope)).select_related(*OF_PURCHASES)
        rows = rows.prefetch_related(Prefetch("purchase", purchases))  # of any contest, so not by a join
    return list(rows.order_by("-pk"))


def _scope_filter(model: Any, scope: SearchScope) -> dict[str, list[str]]:
    """The filter by contest or team: a list of ids, so that the database knows how few they are."""
    owner, ids = owner_of(model, scope)
    return {f"{owner}__in": ids}


def owner_of(model: Any, scope: SearchScope) -> tuple[str, list[str]]:
    """The column by which the rows of a model belong to the user's teams, and its values."""
    return ("team", scope.team_ids) if model is RejectedPurchase else ("contest", scope.contest_ids)


def grouped(
    rows: Iterable[Any], refunds: Iterable[Refund] = (), other_ids: OtherIds | None = None
) -> list[OrderResult]:
    """The rows by order, the newest first; ``refunds`` and ``other_ids`` are those by which orders were found."""
    rows = {(type(row), row.pk): row for row in rows}.values()
    refund_ids = defaultdict(list)
    for refund in refunds:
        refund_ids[refund.purchase_id].append(refund.refund_id)
    orders: dict[tuple[str, str], OrderResult] = {}
    for row in rows:
        recorded = row.purchase if isinstance(row, RejectedPurchase) else None  # manually, perhaps in another contest
        contest_sent = (recorded or row).contest_id or row.contest_sent
        order = orders.setdefault((contest_sent, row.order_id), OrderResult(contest_sent, row.order_id))
        match row:
            case Purchase():
                order.purchase = row
                order.refund_ids += refund_ids[row.pk]
            case RejectedPurchase():
                order.rejections.append(row)
                order.purchase = order.purchase or recorded
            case PendingRefund():
                order.pending_refunds.append(row)
    for key, order in orders.items():
        order.other_ids = (other_ids or {}).get(key, [])
        order.rejections.sort(key=lambda rejected: rejected.last_received_at, reverse=True)
    return sorted(orders.values(), key=lambda order: order.last_activity_at, reverse=True)
