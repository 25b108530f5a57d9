"""The only writer of ledger lines, and of the points that are their sum."""

from datetime import datetime

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
    adjustment_id: str = "",
    actor: User | None = None,
) -> PointTransaction:
    """Write one line (points are signed and not 0) and move the entry's points with it.

    The caller read the entry under its lock (`EntryQuerySet.locked`) in the transaction in which this runs; what it
    holds is continued. Without the lock, the unique number would refuse the second of two lines.
    """
    line = PointTransaction.objects.create(
        contest_id=entry.contest_id,
        entry=entry,
        number=entry.line_count + 1,
        purchase_id=purchase_id,
        kind=kind,
        points=points,
        balance=entry.points + points,
        undoes=undoes,
        reason=reason,
        adjustment_id=adjustment_id,
        actor=actor,
        occurred_at=occurred_at,
    )
    Entry.objects.filter(pk=entry.pk, contest=entry.contest_id).update(points=line.balance, line_count=line.number)
    entry.points, entry.line_count = line.balance, line.number
    return line
