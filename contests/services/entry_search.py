"""The search for entries across contests, each look-up by an index that begins with the contest."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from blitzrocket.emails import InvalidPhone, Phone, search_key, words_of
from blitzrocket.limited_rows import of_all, some_of_each
from blitzrocket.text import readings
from contests.models import Entry, NameWord
from contests.models.entry import LAST_CHARACTER

MAX_RESULTS = 200
MIN_SHARE = 20


def find_entries(text: str, contest_ids: Sequence[str]) -> list[str]:
    """The ids of entries by what identifies them, or the prefix of their email or words of their name; newest first."""
    for reading in readings(text):
        first, *others = (
            Entry.objects.filter(condition, contest__in=contest_ids).values_list("pk", flat=True)[:MAX_RESULTS]
            for condition in exact_conditions(reading)
        )
        if entry_ids := {*first.union(*others, all=True), *find_entries_by_prefix(reading, contest_ids)}:
            return sorted(entry_ids, reverse=True)[:MAX_RESULTS]
    return []


def exact_conditions(text: str) -> list[Q]:
    """What identifies an entry: its email, id, referral code or, without an email, phone; each has an index."""
    codes = {text, text.lower(), text.upper()}
    conditions = [Q(email_key=search_key(text)), Q(pk=text.lower()), Q(referral_code__in=codes)]
    try:
        phone = Phone.parse(text)
    except InvalidPhone:
        return conditions
    return [*conditions, Q(email_key="", phone_key=phone.key)]


def find_entries_by_prefix(text: str, contest_ids: Sequence[str]) -> set[str]:
    """The ids of entries by the prefix of their email, or of the words of their name.

    Not of their referral code: of many, some begin like any name.
    """
    by_email = pks_with_prefix(Entry.objects.all(), "contest", contest_ids, "email_key", search_key(text))
    return {*by_email, *_with_name(text, contest_ids)}


def suggested_entry_ids(text: str, contest_ids: Sequence[str], limit: int) -> list[str]:
    """The ids of a few entries, in one statement: what the text identifies first, then what it is the prefix of."""
    entries = Entry.objects.filter(contest__in=contest_ids).values_list("pk", flat=True)
    share = max(1, min(limit, MAX_RESULTS // max(1, len(contest_ids))))
    email = search_key(text)
    by_email = Entry.objects.filter(email_key__gte=email, email_key__lt=email + LAST_CHARACTER)
    words = NameWord.objects.with_words(contest_ids, words_of(text))
    first, *others = (entries.filter(condition)[:limit] for condition in exact_conditions(text))
    others += [
        of_all(by_email, "contest", contest_ids, ["email_key"], share).values_list("pk", flat=True),
        of_all(words, "contest", contest_ids, ["word"], share).values_list("entry", flat=True),
    ]
    return list(dict.fromkeys(first.union(*others, all=True)))[:limit]


def pks_with_prefix(rows: QuerySet[Any], owner: str, owner_ids: Sequence[str], column: str, prefix: str) -> list[Any]:
    """The keys of rows whose column has the prefix: a range in the index of each owner (contest or team)."""
    if not prefix:
        return []
    matches = rows.filter(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST_CHARACTER})
    return [pk for _owner, pk in some_of_each(matches, owner, owner_ids, [column], _share(owner_ids))]


def _with_name(text: str, contest_ids: Sequence[str]) -> set[str]:
    """Entries whose name has a word with each of these prefixes."""
    words = NameWord.objects.with_words(contest_ids, words_of(text))
    word_ids = [pk for _contest, pk in some_of_each(words, "contest", contest_ids, ["word"], _share(contest_ids))]
    rows = NameWord.objects.filter(contest__in=contest_ids, pk__in=word_ids)
    return set(rows.values_list("entry", flat=True))


def _share(owner_ids: Sequence[str]) -> int:
    """How many results of each owner, so that no contest crowds out others."""
    return max(MIN_SHARE, MAX_RESULTS // max(1, len(owner_ids)))
