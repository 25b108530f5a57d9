"""The last orders of a contest: what draft rules are held against before they are saved."""

from collections import Counter
from collections.abc import Iterable

from contests.money import MINOR_DIGITS, in_minor_units
from contests.scoring import ScoringFacts
from contests.stored_scoring import facts_from, read_scoring
from purchases.models import Purchase, RejectedPurchase
from purchases.stats import currencies_of

LAST_ORDERS = 100


def last_orders(contest_id: str) -> list[ScoringFacts]:
    """The facts of the last `LAST_ORDERS` orders, without those voided and those imported with their points."""
    rows = Purchase.objects.filter(contest=contest_id).order_by("-id")
    columns = rows.values_list("rule_set", "status", "amount", "currency", "purchased_at", "scoring")
    return [
        facts_from(read_scoring(scoring), in_minor_units(amount, currency), currency, purchased_at)
        for rule_set, status, amount, currency, purchased_at, scoring in columns[:LAST_ORDERS]
        if rule_set is not None and status != Purchase.Status.VOIDED
    ]


def currencies_coming_in(contest_id: str) -> list[str]:
    """The currencies of the contest's orders, those of most of the last ones first; then those of orders on hold."""
    lately = Purchase.objects.filter(contest=contest_id).order_by("-id").values_list("currency", flat=True)
    counts = Counter(lately[:LAST_ORDERS])
    recorded = sorted(currencies_of([contest_id]).get(contest_id, []), key=lambda currency: -counts[currency])
    return list(dict.fromkeys([*recorded, *held_currencies(contest_id)]))


def held_currencies(contest_id: str) -> Iterable[str]:
    """The currencies of the orders on hold received last."""
    held = RejectedPurchase.objects.filter(contest=contest_id, state=RejectedPurchase.State.HELD)
    last = held.order_by("-last_received_at", "-id").values_list("currency", flat=True)[:LAST_ORDERS]
    return (currency for currency in last if currency in MINOR_DIGITS)
