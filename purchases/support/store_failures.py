"""How many deliveries of each connection failed or could not be used, counted up to a bound."""

from collections import Counter
from collections.abc import Sequence

from blitzrocket.limited_rows import of_all
from purchases.models import StoreDelivery
from purchases.support.open_items import MAX_COUNTED

FAILURES = (StoreDelivery.State.FAILED, StoreDelivery.State.UNUSABLE)
MAX_READ = 10 * MAX_COUNTED  # of all connections of a contest, for each state


def failures_in(contest_ids: Sequence[str]) -> Counter[str]:
    """The counts by connection, from the newest failures of these contests."""
    counts: Counter[str] = Counter()
    for state in FAILURES:
        rows = StoreDelivery.objects.filter(state=state).values_list("connection_id", flat=True)
        counts.update(of_all(rows, "contest", contest_ids, ("-received_at", "-id"), MAX_READ))
    return counts
