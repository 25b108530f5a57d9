"""Recording the orders of calls that come at the same time in one transaction.

Round trips, plans and commits cost the same for several orders as for one. A call alone is recorded at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, OperationalError

from apikeys.models import ApiKey
from blitzrocket.combiner import Combiner
from blitzrocket.tracing import span
from purchases.services.order_scoring import EntryMissing, NewPurchase, Recorded
from purchases.services.record import Outcome, record_free, record_purchase

MAX_ORDERS = 50


@dataclass(frozen=True, slots=True)
class _Call:
    contest_id: str
    order: NewPurchase
    api_key: ApiKey
    received_at: datetime


def record_with_others(contest_id: str, order: NewPurchase, *, api_key: ApiKey, received_at: datetime) -> Recorded:
    """Record an order like `record_purchase`, in one transaction with those that other threads record for the key.

    Raises:
        ContestMissing: the key's team has no such contest.
        EntryMissing: the contest has no entry with the email; the order is held.
    """
    call = _Call(contest_id, order, api_key, received_at)
    with span("record order"):
        outcome = _combiner.result((contest_id, api_key.pk), call)
    if outcome is None:
        return record_purchase(contest_id, order, api_key=api_key, received_at=received_at)
    if isinstance(outcome, EntryMissing):
        raise EntryMissing
    return outcome


def _record(calls: Sequence[_Call]) -> Sequence[Outcome | None]:
    """Record orders of one contest and key; None for those that have to be recorded by themselves."""
    # The last of the times, so that no purchase is recorded before it was made.
    received_at = max(call.received_at for call in calls)
    orders = [call.order for call in calls]
    try:
        return record_free(calls[0].contest_id, orders, api_key=calls[0].api_key, received_at=received_at)
    except OperationalError:
        raise  # the database is away or too slow: another try would be too late
    except DatabaseError:
        # What PostgreSQL refuses of one order is not the others' error.
        if len(calls) == 1:
            raise
        return [None] * len(calls)


_combiner = Combiner(_record, MAX_ORDERS)
