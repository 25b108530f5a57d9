"""The one search of the support desk: whatever a customer quotes, across all contests that somebody may see.

Every look-up takes an index that begins with the contest or the team, and reads a bounded number of rows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, Q, QuerySet

from blitzrocket.accounts.models import Team
from blitzrocket.emails import search_key, words_of
from blitzrocket.text import readings, without_decoration
from contests.models import (
    Contest,
    Entry,
    NameWord,
    PointTransaction,
)
from purchases.models import (
    MAX_ORDER_ID_LENGTH,
    PendingRefund,
    Purchase,
    Refund,
    RejectedPurchase,
    order_key,
)

MOST_FOUND = 200  # of a kind
MOST_TERMS = 200  # of a pasted list
LEAST_SHARE = 20
LAST_CHARACTER = "\U0010ffff"
OF_ORDERS = (Purchase, RejectedPurchase, PendingRefund)
RELATED = {
    Purchase: ("contest", "entry", "recalculated_award"),
    RejectedPurchase: ("contest", "purchase__contest", "purchase__entry", "purchase__recalculated_award"),
}
_list_separators = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029,;，；、﹐﹔؛،]+")


@dataclass(frozen=True)
class SearchScope:
    """What somebody may look through; the ids are asked for once a search."""

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
    """All that is known under one order id of a contest (as it was named in the address)."""

    contest_sent: str
    order_id: str
    purchase: Purchase | None = None
    attempts: list[RejectedPurchase] = field(default_factory=list)  # the newest first
    waiting_refunds: list[PendingRefund] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """When it was last heard of."""
        times = [attempt.last_received_at for attempt in self.attempts]
        times += [refund.received_at for refund in self.waiting_refunds]
        return self.purchase.created_at if self.purchase else max(times)

    @property
    def shown(self) -> "Purchase | RejectedPurchase | PendingRefund":
        """The row that says how the order stands: the purchase, unless it is voided and an attempt waits again."""
        held = next((attempt for attempt in self.attempts if attempt.is_held), None)
        if self.purchase is not None and not (self.purchase.is_voided and held):
            return self.purchase
        return held or (self.attempts[0] if self.attempts else self.waiting_refunds[0])


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What a search found, the newest first; ``missing`` names what of a pasted list is not there."""

    text: str
    orders: list[OrderResult]
    entries: list[Entry]
    missing: list[str]
    is_beginning: bool = False
    passed_over: int = 0  # of a pasted list that was too long

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are shown."""
        return max(len(self.orders), len(self.entries)) >= MOST_FOUND

    @property
    def is_nothing(self) -> bool:
        return not self.orders and not self.entries

    @property
    def only_hit(self) -> Model | None:
        """What to open at once: the one order, or else the one person."""
        if self.missing or len(self.orders) + len(self.entries) != 1:
            return None
        return self.orders[0].shown if self.orders else self.entries[0]


def search(text: str, scope: SearchScope, *, by_beginning: bool = False) -> SearchResults:
    """Find orders and people by what somebody typed or pasted.

    A list (of lines, or with commas between) is looked up term by term: order ids and email addresses. One thing is an
    exact order id, refund id, email address or id of ours; where there is no such, or when asked for, the beginning of
    one, or of a word of a name. Each is looked for as it was typed, and then without what was copied along with it.
    """
    text = text.replace("\0", "").strip()
    if not readings(text):
        return SearchResults("", [], [], [])
    found = SearchResults(text, [], [], [])
    if len(text) <= MAX_ORDER_ID_LENGTH and "\n" not in text and not by_beginning:
        found = _first_found(_find_exactly, text, scope)  # an order id may have a comma in it
    terms = [term for term in _list_separators.split(text) if without_decoration(term)]
    if not found.is_nothing or not terms:
        return found
    if len(terms) > 1:
        return _find_list(text, terms, scope)
    found = _first_found(_find_by_beginning, terms[0], scope)
    spaced = [word for word in terms[0].split() if without_decoration(word)]
    return _find_list(text, spaced, scope) if found.is_nothing and len(spaced) > 1 else found


def purchases_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of purchases that the search finds; for the list of purchases."""
    orders = search(text, scope).orders
    return [order.purchase.pk for order in orders if order.purchase]


def attempts_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of refused attempts that the search finds; for their list."""
    return [attempt.pk for order in search(text, scope).orders for attempt in order.attempts]


def waiting_refunds_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of waiting refunds that the search finds; for their list."""
    return [refund.pk for order in search(text, scope).orders for refund in order.waiting_refunds]


def entries_like(text: str, scope: SearchScope) -> list[str]:
    """The ids of entries by their address or a word of their name, each by its beginning, or by their own id."""
    for reading in readings(text):
        people = {*_begin(Entry, scope, "email_key", search_key(reading)), *_named(reading, scope)}
        if found := _look(Entry, scope, Q(pk__in=people), Q(pk=reading.lower())):
            return [entry.pk for entry in found]
    return []


def _first_found(find: Callable[[str, SearchScope], SearchResults], text: str, scope: SearchScope) -> SearchResults:
    """What the first reading of a text that finds anything finds; nothing for the last one otherwise."""
    found = SearchResults(text, [], [], [])
    for reading in readings(text):
        found = find(reading, scope)
        if not found.is_nothing:
            break
    return found


def _find_list(text: str, terms: list[str], scope: SearchScope) -> SearchResults:
    wanted = [readings(term) for term in terms[:MOST_TERMS]]
    keys = {order_key(reading) for term in wanted for reading in term}
    addresses = {search_key(reading) for term in wanted for reading in term if "@" in reading}
    of_address = [Q(email_key__in=addresses)] if addresses else []
    rows = [
        *_look(Purchase, scope, Q(order_key__in=keys)),
        *_look(RejectedPurchase, scope, Q(order_key__in=keys), *of_address),
        *_look(PendingRefund, scope, Q(order_key__in=keys)),
    ]
    entries: list[Entry] = _look(Entry, scope, *of_address) if addresses else []
    known = {key for model in OF_ORDERS for key in _known(model, scope, "order_key", keys)}
    known |= {key for model in (Entry, RejectedPurchase) for key in _known(model, scope, "email_key", addresses)}
    missing = {
        order_key(term[-1]): term[-1]
        for term in wanted
        if not any({order_key(reading), search_key(reading)} & known for reading in term)
    }
    return SearchResults(
        text, _grouped(rows), entries, [*missing.values()], passed_over=max(0, len(terms) - MOST_TERMS)
    )


def _known(model: Any, scope: SearchScope, column: str, keys: set[str]) -> set[str]:
    """Which of these keys rows have, however many the rows are."""
    if not keys:
        return set()
    rows = model.objects.filter(**{f"{column}__in": keys}, **_owned(model, scope)).order_by()
    return set(rows.values_list(column, flat=True).distinct())


def _find_exactly(text: str, scope: SearchScope) -> SearchResults:
    key, address, our_id = order_key(text), search_key(text), text.lower()
    entries: list[Entry] = _look(Entry, scope, Q(email_key=address), Q(pk=our_id))
    refunds: list[Refund] = _look(Refund, scope, Q(refund_key=key), Q(pk=our_id))
    refunded, owned = [refund.purchase_id for refund in refunds], [entry.pk for entry in entries]
    moved = PointTransaction.objects.filter(
        entry__in=owned, kind=PointTransaction.Kind.MOVED_OUT, **_owned(Entry, scope)
    )
    other = list(moved.order_by("-number").values_list("purchase_id", flat=True)[:MOST_FOUND])
    rows = [
        *_look(Purchase, scope, Q(order_key=key), Q(pk=our_id), Q(pk__in=[*refunded, *other]), Q(entry__in=owned)),
        *_look(RejectedPurchase, scope, Q(order_key=key), Q(pk=our_id), Q(email_key=address)),
        *_look(PendingRefund, scope, Q(order_key=key), Q(pk=our_id), Q(refund_key=key)),
    ]
    return SearchResults(text, _grouped(rows), entries, [])


def _find_by_beginning(text: str, scope: SearchScope) -> SearchResults:
    key, address = order_key(text), search_key(text)
    refunds = Refund.objects.filter(pk__in=_begin(Refund, scope, "refund_key", key))
    refunded = list(refunds.values_list("purchase", flat=True))
    rows = [
        *_look(Purchase, scope, Q(pk__in=[*_begin(Purchase, scope, "order_key", key), *refunded])),
        *_look(RejectedPurchase, scope, Q(pk__in=_begin(RejectedPurchase, scope, "order_key", key))),
        *_look(
            PendingRefund,
            scope,
            Q(pk__in=_begin(PendingRefund, scope, "order_key", key)),
            Q(pk__in=_begin(PendingRefund, scope, "refund_key", key)),
        ),
    ]
    people = {*_begin(Entry, scope, "email_key", address), *_named(text, scope)}
    entries: list[Entry] = _look(Entry, scope, Q(pk__in=people))
    return SearchResults(text, _grouped(rows), entries, [], is_beginning=True)


def _named(text: str, scope: SearchScope) -> list[str]:
    """Entries whose name has words that begin so, each of them."""
    found: set[str] | None = None
    for word in words_of(text):
        rows = NameWord.objects.filter(pk__in=_begin(NameWord, scope, "word", word)).values_list("entry", flat=True)
        found = set(rows) if found is None else found & set(rows)
    return sorted(found or ())


def _begin(model: Any, scope: SearchScope, column: str, beginning: str) -> list[Any]:
    """Rows whose key begins so: a range in the index of each contest (each team for attempts), read in its order."""
    if not beginning:
        return []
    owner, owners = ("team", scope.teams) if model is RejectedPurchase else ("contest", scope.contests)
    within = {owner: OuterRef("pk"), f"{column}__gte": beginning, f"{column}__lt": beginning + LAST_CHARACTER}
    share = max(LEAST_SHARE, MOST_FOUND // max(1, len(scope.contest_ids)))  # of each, so that none crowds out others
    rows = model.objects.filter(**within).order_by(column).values("pk")[:share]
    found = owners.order_by().annotate(found=ArraySubquery(rows)).values_list("found", flat=True)
    return [pk for pks in found for pk in pks]


def _look(model: Any, scope: SearchScope, *ways: Q) -> list[Any]:
    """Rows that one of these filters finds, the newest first.

    A look-up in an index each, where an OR could scan; and their ids first, so that the rows are looked up by them.
    """
    own = model.objects.filter(**_owned(model, scope)).order_by("-pk")
    found = [own.filter(way).values_list("pk", flat=True)[:MOST_FOUND] for way in ways]
    ids = set(found[0].union(*found[1:], all=True) if found[1:] else found[0])
    if not ids:
        return []
    rows = model.objects.filter(pk__in=ids).select_related(*RELATED.get(model, ("contest",)))
    return list(rows.order_by("-pk")[:MOST_FOUND])


def _owned(model: Any, scope: SearchScope) -> dict[str, list[str]]:
    """Ids are looked up first, so that the database knows how few they are."""
    if model is RejectedPurchase:
        return {"team__in": scope.team_ids}
    return {"contest__in": scope.contest_ids}


def _grouped(rows: Iterable[Any]) -> list[OrderResult]:
    orders: dict[tuple[str, str], OrderResult] = {}
    for row in rows:
        recorded = row.purchase if isinstance(row, RejectedPurchase) else None  # by hand, perhaps in another contest
        contest_sent = (recorded or row).contest_id or row.contest_sent
        order = orders.setdefault((contest_sent, row.order_id), OrderResult(contest_sent, row.order_id))
        match row:
            case Purchase():
                order.purchase = row
            case RejectedPurchase():
                order.attempts.append(row)
                order.purchase = order.purchase or recorded
            case PendingRefund():
                order.waiting_refunds.append(row)
    for order in orders.values():
        order.attempts.sort(key=lambda attempt: attempt.last_received_at, reverse=True)
    return sorted(orders.values(), key=lambda order: order.at, reverse=True)[:MOST_FOUND]
