"""The search for entries across contests, each look-up by an index that begins with the contest."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from blitzrocket.emails import InvalidPhone, Phone, search_key, words_of
from blitzrocket.limited_rows import of_all, some_of_each
from blitzrocket.text import readings
from contests.models import Entry, NameWord
from contests.models.entry import LAST_CHARACTER

MAX_RESULTS = 200
MIN_SHARE = 20
MAX_CANDIDATES = 1_000  # whose words are compared
MAX_SUGGESTED_AMONG = 300  # the same while someone types
MAX_HASHED = 100_000  # entries of each word; of so many that share one, some may be missed
MAX_WITH_NAME = 5_000
# In which a word is looked for at once: of many more, PostgreSQL expects so many rows that it reads the whole table.
CONTESTS_AT_ONCE = 20


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
    """The ids of a few entries, in one statement: what the text identifies first, then what it is the prefix of.

    Two for several words of a name, of which some may be missed where all are common.
    """
    entries = Entry.objects.filter(contest__in=contest_ids).values_list("pk", flat=True)
    share = max(1, min(limit, MAX_RESULTS // max(1, len(contest_ids))))
    email, words = search_key(text), words_of(text)
    by_email = Entry.objects.filter(email_key__gte=email, email_key__lt=email + LAST_CHARACTER)
    first, *others = (entries.filter(condition)[:limit] for condition in exact_conditions(text))
    others.append(of_all(by_email, "contest", contest_ids, ["email_key"], share).values_list("pk", flat=True))
    if len(words) == 1:
        others += [
            of_all(matches, "contest", some_ids, ["word"], share).values_list("entry", flat=True)
            for some_ids, matches in _starting_with(contest_ids, words[0])
        ]
    entry_ids = list(first.union(*others, all=True))
    if len(words) > 1 and len(entry_ids) < limit:
        some = _having_all(words, contest_ids, _of_rarest(words, contest_ids, MAX_SUGGESTED_AMONG))
        entry_ids += [entry_id for _contest, entry_id in some]
    return list(dict.fromkeys(entry_ids))[:limit]


def pks_with_prefix(rows: QuerySet[Any], owner: str, owner_ids: Sequence[str], column: str, prefix: str) -> list[Any]:
    """The keys of rows whose column has the prefix: a range in the index of each owner (contest or team)."""
    if not prefix:
        return []
    matches = rows.filter(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST_CHARACTER})
    return [pk for _owner, pk in some_of_each(matches, owner, owner_ids, [column], _share(owner_ids))]


def _with_name(text: str, contest_ids: Sequence[str]) -> set[str]:
    """Entries whose name has a word with each of these prefixes; of many, the newest of each contest."""
    words, share = words_of(text), _share(contest_ids)
    if len(words) > 1:
        by_contest: dict[str, list[str]] = defaultdict(list)
        for contest_id, entry_id in sorted(_with_words(words, contest_ids), reverse=True):
            by_contest[contest_id].append(entry_id)
        return {entry_id for entry_ids in by_contest.values() for entry_id in entry_ids[:share]}
    word_ids = [
        pk
        for prefix in words
        for some_ids, matches in _starting_with(contest_ids, prefix)
        for _contest, pk in some_of_each(matches, "contest", some_ids, ["word"], share)
    ]
    rows = NameWord.objects.filter(contest__in=contest_ids, pk__in=word_ids)
    return set(rows.values_list("entry", flat=True))


def _with_words(prefixes: list[str], contest_ids: Sequence[str]) -> list[tuple[str, str]]:
    """The contest and id of entries with several words.

    Where one of them is rare, its entries are compared. Otherwise the database hashes the entries of all: to look for
    the other words entry by entry takes ten times as long, or much longer where no entry has all of them.
    """
    candidates = _of_rarest(prefixes, contest_ids, MAX_CANDIDATES)
    if len(candidates) < MAX_CANDIDATES:
        return _having_all(prefixes, contest_ids, candidates)
    first, *others = (
        NameWord.objects.starting_with(contest_ids, prefix).order_by().values_list("contest", "entry")[:MAX_HASHED]
        for prefix in prefixes
    )
    return list(first.intersection(*others)[:MAX_WITH_NAME])


def _of_rarest(prefixes: list[str], contest_ids: Sequence[str], limit: int) -> set[str]:
    """The entries with the rarest of these words, or some of them where all are common."""
    if not contest_ids:
        return set()
    entry_ids: dict[str, set[str]] = {prefix: set() for prefix in prefixes}
    first, *others = (
        matches.order_by()
        .annotate(prefix=Value(prefix, CharField()))
        .values_list("prefix", "entry")[: 2 * limit]  # a name may have two words with one prefix
        for prefix in prefixes
        for _ids, matches in _starting_with(contest_ids, prefix)
    )
    for prefix, entry_id in first.union(*others, all=True):
        entry_ids[prefix].add(entry_id)
    rarest = min(entry_ids, key=lambda prefix: len(entry_ids[prefix]))
    return set(sorted(entry_ids[rarest])[:limit])


def _starting_with(
    contest_ids: Sequence[str], prefix: str
) -> "Iterator[tuple[Sequence[str], QuerySet[NameWord, NameWord]]]":
    """Some of the contests at a time, with the words of these that have a prefix."""
    for start in range(0, len(contest_ids), CONTESTS_AT_ONCE):
        some_ids = contest_ids[start : start + CONTESTS_AT_ONCE]
        yield some_ids, NameWord.objects.starting_with(some_ids, prefix)


def _having_all(prefixes: list[str], contest_ids: Sequence[str], entry_ids: Collection[str]) -> list[tuple[str, str]]:
    """The entries among a few that have all words."""
    words: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = NameWord.objects.filter(contest__in=contest_ids, entry__in=entry_ids)
    for contest_id, entry_id, word in rows.values_list("contest", "entry", "word"):
        words[contest_id, entry_id].append(word)
    return [
        entry
        for entry, names in words.items()
        if all(any(name.startswith(prefix) for name in names) for prefix in prefixes)
    ]


def _share(owner_ids: Sequence[str]) -> int:
    """How many results of each owner, so that no contest crowds out others."""
    return max(MIN_SHARE, MAX_RESULTS // max(1, len(owner_ids)))
