"""Whose a held order may be: entries whose address is a slip or two away from the one it was sent with."""

from collections.abc import Iterable

from blitzrocket.emails import Email, InvalidEmail, distance
from contests.models import Entry
from purchases.models import RejectedPurchase

MOST_SHOWN = 5
MOST_COMPARED = 500  # to each side, in the order of the keys
MOST_SLIPS = 4


def matching_entries(attempt: RejectedPurchase) -> list[Entry]:
    """The most likely first: the same but for plus-tags, dots and common slips, then by edit distance.

    Compared are the neighbours in the order of the index: all entries of a small contest, and in a large one those
    that begin alike.
    """
    email = _email_of(attempt)
    if email is None or attempt.contest_id is None:
        return []
    entries = Entry.objects.filter(contest=attempt.contest_id).exclude(near_key="")
    after = entries.filter(near_key__gte=email.near_key).order_by("near_key")[:MOST_COMPARED]
    before = entries.filter(near_key__lt=email.near_key).order_by("-near_key")[:MOST_COMPARED]

    def how_far(entry: Entry) -> tuple[bool, int]:
        return entry.near_key != email.near_key, distance(email.key, entry.email_key)

    close = [entry for entry in (*after, *before) if how_far(entry) <= (True, MOST_SLIPS)]
    return sorted(close, key=how_far)[:MOST_SHOWN]


def nearest_of(attempts: Iterable[RejectedPurchase]) -> dict[str, Entry]:
    """For a list of held attempts, in one statement: the entry that differs by tags, dots and common slips only."""
    keys = {
        attempt.pk: (attempt.contest_id, email.near_key)
        for attempt in attempts
        if attempt.is_held and (email := _email_of(attempt)) is not None
    }
    entries = Entry.objects.filter(
        contest__in={contest for contest, _ in keys.values()}, near_key__in={key for _, key in keys.values()}
    )
    found = {(entry.contest_id, entry.near_key): entry for entry in entries[:MOST_COMPARED]}
    return {attempt: found[key] for attempt, key in keys.items() if key in found}


def _email_of(attempt: RejectedPurchase) -> Email | None:
    try:
        return Email.parse(attempt.email)
    except InvalidEmail:
        return None
