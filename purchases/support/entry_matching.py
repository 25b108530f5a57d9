"""Suggested entries for a held order: those whose email differs from the order's by a typo or two."""

from collections.abc import Iterable, Sequence

from blitzrocket.emails import Email, InvalidEmail, distance
from contests.models import Entry
from purchases.models import RejectedPurchase

MAX_SUGGESTIONS = 5
MAX_COMPARED = 500  # to each side, in the order of the keys
MAX_TYPOS = 4
MAX_LIKELY_TYPOS = 2


def matching_entries(rejected: RejectedPurchase) -> list[Entry]:
    """The best match first: the same email but for plus-tags, dots and common typos, then by edit distance.

    Compared are the neighbours in the order of the index: all entries of a small contest, and in a large one those
    whose emails start alike.
    """
    email = _email_of(rejected)
    if email is None or rejected.contest_id is None:
        return []
    entries = Entry.objects.filter(contest=rejected.contest_id).exclude(near_key="")
    after = entries.filter(near_key__gte=email.near_key).order_by("near_key")[:MAX_COMPARED]
    before = entries.filter(near_key__lt=email.near_key).order_by("-near_key")[:MAX_COMPARED]

    def difference(entry: Entry) -> tuple[bool, int]:
        return entry.near_key != email.near_key, distance(email.key, entry.email_key)

    close = [entry for entry in (*after, *before) if difference(entry) <= (True, MAX_TYPOS)]
    return sorted(close, key=difference)[:MAX_SUGGESTIONS]


def likely_entry(rejected: RejectedPurchase, suggestions: Sequence[Entry]) -> Entry | None:
    """The best suggestion, if its email is so close that the order probably belongs to it, and no other as close."""
    email = _email_of(rejected)
    if email is None or not suggestions:
        return None
    best, *others = suggestions
    typos = [distance(email.key, entry.email_key) for entry in suggestions]
    is_best = best.near_key == email.near_key and not any(other.near_key == email.near_key for other in others)
    is_close = typos[0] <= MAX_LIKELY_TYPOS and typos[0] < min(typos[1:], default=MAX_TYPOS + 1)
    return best if is_best or is_close else None


def suggested_entries(rejections: Iterable[RejectedPurchase]) -> dict[str, Entry]:
    """The entries that differ by plus-tags, dots and common typos only, by the held order's id, in one statement."""
    keys = {
        rejected.pk: (rejected.contest_id, email.near_key)
        for rejected in rejections
        if rejected.is_held and (email := _email_of(rejected)) is not None
    }
    entries = Entry.objects.filter(
        contest__in={contest for contest, _ in keys.values()}, near_key__in={key for _, key in keys.values()}
    )
    by_key = {(entry.contest_id, entry.near_key): entry for entry in entries[:MAX_COMPARED]}
    return {pk: by_key[key] for pk, key in keys.items() if key in by_key}


def _email_of(rejected: RejectedPurchase) -> Email | None:
    try:
        return Email.parse(rejected.email)
    except InvalidEmail:
        return None
