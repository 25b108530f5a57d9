"""Recording held orders once their entry exists, in the order received."""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from blitzrocket.jobs.chores import chore
from contests.models import Contest, Entry
from purchases.models import RejectedPurchase
from purchases.services.attachment import NotHeld, attach_purchase

logger = logging.getLogger(__name__)

CHUNK = 1000  # few enough that entries are looked up by index
CHORE_SECONDS = 2.0

State = RejectedPurchase.State
Position = tuple[str, datetime, str]
START: Position = ("", datetime.min.replace(tzinfo=UTC), "")


class Deadline:
    """The end of the time that releasing may take; without ``seconds`` it never comes."""

    def __init__(self, seconds: float | None = None) -> None:
        self._ends_at = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return self._ends_at is not None and time.monotonic() > self._ends_at


def release_held_purchases(entry: Entry, *, deadline: Deadline | None = None) -> int:
    """Record the orders held for an entry's email; returns how many.

    Once the deadline is over, the rest is left to the background process, which continues in the same order.

    Call it after the entry's creation, or its new email, is committed: a record call looks for the entry again after
    holding its order, so that one of the two sees the other. In a contest with manual attaching nothing is recorded.
    """
    contest = Contest.objects.select_related("rule_set").get(pk=entry.contest_id)
    if not contest.attaches_automatically or not entry.email_key:
        return 0
    held = RejectedPurchase.objects.filter(
        team=contest.team_id, contest=contest, email_key=entry.email_key, state=State.HELD
    )
    count = 0
    try:
        for rejected in held.order_by("number").iterator(CHUNK):
            count += _release(rejected, entry)
            if deadline is not None and deadline.is_over:
                break
    except (OperationalError, InterfaceError) as error:
        # Going on would record later orders before this one, and wait for the database with each.
        logger.warning(
            "held orders left to the background process",
            extra={"entry": entry.pk, "error": " ".join(str(error).split())},
        )
    return count


def release_reachable(entries: Sequence[Entry], seconds: float | None) -> int:
    """Record held orders of entries that were created or got another email; see `when_reachable`."""
    deadline = Deadline(seconds)
    if len(entries) == 1:
        return release_held_purchases(entries[0], deadline=deadline)
    return _release_among(_with_held_orders(entries), deadline)


def release_all_held_purchases(contest: Contest | None = None, *, seconds: float | None = None) -> int:
    """Record held orders of a contest, or of all, for example after an import or a killed process.

    After ``seconds`` the rest is left to the background process.
    """
    deadline = Deadline(seconds)
    count = 0
    for entries, _position in _walk(START, contest):
        count += _release_among(entries, deadline)
        if deadline.is_over:
            break
    return count


class HeldOrdersScan:
    """Walks through the held orders of all contests, a few seconds at a time, again and again."""

    def __init__(self) -> None:
        self.position = START

    def go_on(self) -> int:
        """Record those whose entry exists; returns how many."""
        deadline = Deadline(CHORE_SECONDS)
        count = 0
        for entries, position in _walk(self.position):
            recorded = _release_among(entries, deadline)
            count += recorded
            if deadline.is_over and recorded:
                return count  # the next time reads the rest of this chunk, without what is recorded
            self.position = position
            if deadline.is_over:
                return count
        self.position = START
        return count


_held_orders_scan = HeldOrdersScan()


@chore(every=timedelta(minutes=1))
def record_held_purchases() -> int:
    """Record held orders whose entry exists, after an import or a killed process; returns how many."""
    return _held_orders_scan.go_on()


def release_rejected_purchase(rejected: RejectedPurchase) -> bool:
    """Record one held order, if its entry exists."""
    entries = Entry.objects.filter(contest=rejected.contest_id, email_key=rejected.email_key)
    entry = entries.select_related("contest").first()
    return entry is not None and entry.contest.attaches_automatically and _release(rejected, entry)


def _with_held_orders(entries: Sequence[Entry]) -> list[Entry]:
    """Those of a contest's new entries that have held orders: one query, because few have any."""
    contest = entries[0].contest
    keys = [entry.email_key for entry in entries if entry.email_key]
    held = RejectedPurchase.objects.filter(team=contest.team_id, contest=contest, email_key__in=keys, state=State.HELD)
    held_keys = set(held.values_list("email_key", flat=True))
    return [entry for entry in entries if entry.email_key in held_keys]


def _release_among(entries: Sequence[Entry], deadline: Deadline) -> int:
    """Record the held orders of one entry after the other, until the deadline."""
    count = 0
    for entry in entries:
        count += release_held_purchases(entry, deadline=deadline)
        if deadline.is_over:
            break
    return count


def _release(rejected: RejectedPurchase, entry: Entry) -> bool:
    """Record one held order; an error is logged and does not stop the others.

    Raises:
        django.db.OperationalError, django.db.InterfaceError: the database is away, or ended the transaction.
    """
    try:
        attach_purchase(rejected, entry)
    except NotHeld:  # another process was faster
        return False
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("the held order %s could not be recorded", rejected.pk)
        return False
    return True


def _walk(position: Position, contest: Contest | None = None) -> Iterator[tuple[list[Entry], Position]]:
    """Entries with held orders, by chunk of the held orders, and the position after each chunk."""
    while True:
        names = ("contest", "last_received_at", "id")
        values: dict[str, Any] = dict(zip(names, position, strict=True))
        values |= {"only": contest and contest.pk, "chunk": CHUNK}
        with connection.cursor() as cursor:
            cursor.execute(_CHUNK, values)
            rows = cursor.fetchall()
        if not rows:
            return
        position = max((contest_id, last_received_at, pk) for contest_id, last_received_at, pk, _ in rows)
        pairs = {(contest_id, entry_id) for contest_id, _, _, entry_id in rows if entry_id}
        contest_ids, entry_ids = ({pair[index] for pair in pairs} for index in (0, 1))
        yield list(Entry.objects.filter(contest__in=contest_ids, pk__in=entry_ids)) if pairs else [], position


# A range of the index of held orders, and a look-up by index for each. Entries without an address have an empty key.
_CHUNK = """
    SELECT held.contest_id, held.last_received_at, held.id, entry.id
    FROM (
        SELECT contest_id, last_received_at, id, email_key FROM purchases_rejectedpurchase
        WHERE state = 'held' AND (%(only)s::text IS NULL OR contest_id = %(only)s::text)
        AND (contest_id, last_received_at, id) > (%(contest)s, %(last_received_at)s, %(id)s)
        ORDER BY contest_id, last_received_at, id LIMIT %(chunk)s
    ) held
    JOIN contests_contest contest ON contest.id = held.contest_id
    LEFT JOIN contests_entry entry ON entry.contest_id = held.contest_id AND entry.email_key = held.email_key
    AND NOT (entry.email_key = '') AND contest.attaches_automatically
"""
