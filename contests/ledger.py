"""The only writer of ledger lines and of entries' points, which are their sum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from blitzrocket.accounts.models import User
from contests.models import Entry, PointTransaction

# Called with lines that were written in this transaction, which other systems may have to be told of. A higher app adds
# its own in ``ready()``.
when_posted: list[Callable[[Sequence[PointTransaction]], None]] = []


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
    is_announced: bool = True,
) -> PointTransaction:
    """Write one line (``points`` are signed and not 0) and update the entry's points.

    It is announced to `when_posted`, unless the caller tells what happened in another way.

    The caller has loaded the entry under its lock (`EntryQuerySet.locked`) in this transaction, because number and
    balance continue from it. Without the lock, the unique number would refuse the second of two simultaneous lines.

    Raises:
        Entry.DoesNotExist: it was removed after it was loaded, without the lock.
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
    changed = Entry.objects.filter(pk=entry.pk, contest=entry.contest_id).update(
        points=line.balance, line_count=line.number, points_since=line.created_at
    )
    if not changed:  # no key of the line says so
        raise Entry.DoesNotExist
    entry.points, entry.line_count = line.balance, line.number
    if is_announced:
        _announce([line])
    return line


@dataclass(frozen=True, slots=True)
class NewLine:
    """A ledger line to write; an empty reason stands for that of the call."""

    entry: Entry
    points: int
    purchase_id: str | None
    occurred_at: datetime
    undoes_id: str | None = None
    adjustment_id: str = ""
    reason: str = ""


# For recording, which writes the lines of new purchases in the statement that inserts these. ``sent`` has a row for
# each purchase; the caller holds the entries' locks, and number and balance continue from what it read under them.
_NEW_LINE = """
    INSERT INTO contests_pointtransaction (
        id, contest_id, entry_id, number, purchase_id, kind, points, balance, reason, adjustment_id, occurred_at,
        created_at
    )
"""
LINES_OF_NEW_PURCHASES = f"""
    {_NEW_LINE}
    SELECT
        line_id, %(contest)s::text, entry_id, line_number, id, 'earned', points, balance, '', '', purchased_at,
        %(received_at)s::timestamptz
    FROM sent WHERE points > 0
"""  # noqa: S608  (its parts are our own)
BALANCES_AFTER_NEW_PURCHASES = """
    UPDATE contests_entry entry
    SET points = sent.balance, line_count = sent.line_number, last_earned_number = sent.line_number,
        points_since = %(received_at)s::timestamptz
    FROM sent WHERE entry.contest_id = %(contest)s::text AND entry.id = sent.entry_id AND sent.is_last_line
"""
# The same for one purchase, each in a statement that goes to the server of the contest as it is.
LINE_OF_NEW_PURCHASE = f"""
    {_NEW_LINE}
    VALUES (
        %(line_id)s::text, %(contest)s::text, %(entry_id)s::text, %(line_number)s::int, %(id)s::text, 'earned',
        %(points)s::bigint, %(balance)s::bigint, '', '', %(purchased_at)s::timestamptz, %(received_at)s::timestamptz
    )
"""
BALANCE_AFTER_NEW_PURCHASE = """
    UPDATE contests_entry
    SET points = %(balance)s::bigint, line_count = %(line_number)s::int, last_earned_number = %(line_number)s::int,
        points_since = %(received_at)s::timestamptz
    WHERE contest_id = %(contest)s::text AND id = %(entry_id)s::text
"""
_MOVE_POINTS = """
    UPDATE contests_entry SET points = moved.points, line_count = moved.line_count,
        points_since = coalesce(moved.since, points_since)
    FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::timestamptz[]) AS moved (id, points, line_count, since)
    WHERE contests_entry.contest_id = %s AND contests_entry.id = moved.id
    RETURNING contests_entry.id
"""


def post_all(
    kind: PointTransaction.Kind, new_lines: Sequence[NewLine], *, reason: str = "", actor: User | None = None
) -> None:
    """Write lines of one kind, in order, in two statements; the entries are locked as for `post`.

    Raises:
        Entry.DoesNotExist: as in `post`.
    """
    post_mixed([(kind, new_line) for new_line in new_lines], reason=reason, actor=actor)


def post_mixed(
    new_lines: Sequence[tuple[PointTransaction.Kind, NewLine]],
    *,
    reason: str = "",
    actor: User | None = None,
    is_announced: bool = True,
) -> None:
    """Write lines of several kinds. An entry with the same points afterwards keeps its place.

    Raises:
        Entry.DoesNotExist: as in `post`.
    """
    lines: list[PointTransaction] = []
    entries: dict[str, Entry] = {}
    before: dict[str, int] = {}
    for kind, new_line in new_lines:
        entry = entries.setdefault(new_line.entry.pk, new_line.entry)
        before.setdefault(entry.pk, entry.points)
        entry.points, entry.line_count = entry.points + new_line.points, entry.line_count + 1
        lines.append(
            PointTransaction(
                contest_id=entry.contest_id,
                entry=entry,
                number=entry.line_count,
                purchase_id=new_line.purchase_id,
                kind=kind,
                points=new_line.points,
                balance=entry.points,
                undoes_id=new_line.undoes_id,
                reason=new_line.reason or reason,
                adjustment_id=new_line.adjustment_id,
                actor=actor,
                occurred_at=new_line.occurred_at,
            )
        )
    if not lines:
        return
    PointTransaction.objects.bulk_create(lines)
    written_at = {line.entry_id: line.created_at for line in lines}
    rows: dict[str, list[tuple[object, ...]]] = {}
    for pk, entry in entries.items():
        since = written_at[pk] if entry.points != before[pk] else None
        rows.setdefault(entry.contest_id, []).append((pk, entry.points, entry.line_count, since))
    with connection.cursor() as cursor:
        for contest_id, moved in rows.items():
            cursor.execute(_MOVE_POINTS, [*map(list, zip(*moved, strict=True)), contest_id])
            if len(cursor.fetchall()) < len(moved):
                raise Entry.DoesNotExist
    if is_announced:
        _announce(lines)


def _announce(lines: Sequence[PointTransaction]) -> None:
    for call in when_posted:
        call(lines)
