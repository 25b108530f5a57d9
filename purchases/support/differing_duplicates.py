"""The duplicates of an order that differ from what is recorded, for its page."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from blitzrocket.emails import search_key
from contests.money import in_minor_units
from purchases.models import DifferingDuplicate, Purchase
from purchases.services.duplicates import MAX_DIFFERING


@dataclass(frozen=True, slots=True)
class ReceivedValues:
    """The values of a duplicate that differs; ``last_at`` is None where only 1.0 recorded it."""

    email: str
    amount: Decimal
    currency: str
    times: int
    last_at: datetime | None
    has_other_email: bool
    has_other_money: bool


def differing_duplicates_of(purchase: Purchase) -> list[ReceivedValues]:
    """The latest first."""
    if not purchase.duplicates:
        return []
    rows = DifferingDuplicate.objects.filter(contest=purchase.contest_id, purchase=purchase)
    duplicates = list(rows.order_by("-last_received_at", "-id")[:MAX_DIFFERING])
    values = [_values(purchase, duplicate, duplicate.last_received_at) for duplicate in duplicates]
    if (earlier := _by_1_0(purchase)) and _key(earlier) not in map(_key, duplicates):
        values.append(_values(purchase, earlier, None if duplicates else purchase.last_duplicate_at))
    return values


def _by_1_0(purchase: Purchase) -> DifferingDuplicate | None:
    """The last one, as 1.0 kept it: only what differs, without its time."""
    if not purchase.last_differences:
        return None
    received = {name: values["received"] for name, values in purchase.last_differences.items()}
    return DifferingDuplicate(
        email=received.get("email", purchase.email),
        amount=Decimal(received.get("amount", purchase.amount)),
        currency=received.get("currency", purchase.currency),
        times=1,
    )


def _key(duplicate: DifferingDuplicate) -> tuple[str, Decimal, str]:
    return duplicate.email, duplicate.amount, duplicate.currency


def _values(purchase: Purchase, duplicate: DifferingDuplicate, last_at: datetime | None) -> ReceivedValues:
    money = in_minor_units(duplicate.amount, duplicate.currency)
    return ReceivedValues(
        email=duplicate.email,
        amount=money,
        currency=duplicate.currency,
        times=duplicate.times,
        last_at=last_at,
        has_other_email=bool(purchase.email_key) and search_key(duplicate.email) != purchase.email_key,
        has_other_money=(money, duplicate.currency) != (purchase.money, purchase.currency),
    )
