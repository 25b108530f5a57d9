"""The only writer of ledger lines, and of the points that are their sum."""

from datetime import datetime

from django.db.models import F

from contests.models import Entry, PointTransaction, User


def post(
    entry: Entry,
    kind: PointTransaction.Kind,
    points: int,
    *,
    occurred_at: datetime,
    purchase_id: str | None = None,
    undoes: PointTransaction | None = None,
    reason: str = "",
    actor: User | None = None,
) -> PointTransaction:
    """Write one line (points are signed and not 0) and move the entry's points with it.

    The caller holds the entry's lock (`EntryQuerySet.locked`) in the transaction in which this runs: otherwise two
    lines could carry the same balance.
    """
    line = PointTransaction.objects.create(
        contest_id=entry.contest_id,
        entry=entry,
        purchase_id=purchase_id,
        kind=kind,
        points=points,
        balance=entry.points + points,
        undoes=undoes,
        reason=reason,
        actor=actor,
        occurred_at=occurred_at,
    )
    Entry.objects.filter(pk=entry.pk, contest=entry.contest_id).update(points=F("points") + points)
    entry.points = line.balance
    return line
