"""Whom a search for personal data is about: the addresses, numbers and names of one person in one team."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from blitzrocket.accounts.models import Team
from blitzrocket.emails import Email, InvalidEmail, InvalidPhone, Phone, search_key
from contests.models import Contest, Entry
from purchases.models import RejectedPurchase

ERASED = "[erased]"
LEAST_DIGITS = 7  # of a number that is searched for in texts: a shorter one may be anything


class NoAddress(Exception):
    """The text is neither an email address nor a phone number."""

    def __init__(self) -> None:
        super().__init__("Enter an email address, or the phone number of an entry without an email.")


@dataclass(slots=True)
class Identity:
    """What a person is known by; more is added while their rows are found."""

    email_keys: set[str] = field(default_factory=set)
    phone_keys: set[str] = field(default_factory=set)  # of entries without an email
    texts: set[str] = field(default_factory=set)  # addresses, numbers and names as they stand in rows


@dataclass(frozen=True)
class Person:
    """A person in a team: their entries, and what they are known by."""

    team: Team
    contests: list[Contest]
    entries: list[Entry]
    identity: Identity

    @property
    def is_unknown(self) -> bool:
        """Whether nothing says who they are: they were erased."""
        return not (self.identity.email_keys or self.identity.phone_keys)

    @property
    def contest_ids(self) -> list[str]:
        return [contest.pk for contest in self.contests]

    @cached_property
    def mention(self) -> "re.Pattern[str]":
        """Matches where a text names the person: by address, phone number, or a name of several words."""
        return _pattern_of_any(self.identity.texts)

    @cached_property
    def address(self) -> "re.Pattern[str]":
        """Matches an address or a phone number of the person. Of a name, there may be several people."""
        return _pattern_of_any(text for text in self.identity.texts if not _is_name(text))

    def forget_patterns(self) -> None:
        """Make the patterns anew, after more texts are known."""
        for name in ("mention", "address"):
            self.__dict__.pop(name, None)

    def has_email(self, text: str) -> bool:
        """Whether an address is one of theirs."""
        return bool(text) and search_key(text) in self.identity.email_keys


def find_person(team: Team, text: str) -> Person:
    """The person with an email address, or the entry's phone number where it has no email.

    Raises:
        NoAddress: it is neither.
    """
    try:
        email = Email.parse(text)
    except InvalidEmail:
        return _with_phone(team, text)
    identity = Identity(email_keys={email.key}, texts={email.address, email.key})
    return _with_entries(team, identity, lambda rows: rows.filter(email_key=email.key))


def person_of(entry: Entry) -> Person:
    """The person of an entry, who may have entries in other contests of the team too."""
    team = entry.contest.team
    if entry.is_erased:
        return Person(team, _contests_of(team), [], Identity())
    return find_person(team, entry.email or entry.phone)


def sender_of(rejected: RejectedPurchase) -> Person:
    """The person with the address of a rejected order, also where it is not a valid one."""
    if not rejected.email:
        return Person(rejected.team, _contests_of(rejected.team), [], Identity())
    identity = Identity(email_keys={rejected.email_key}, texts={rejected.email, rejected.email_key})
    return _with_entries(rejected.team, identity, lambda rows: rows.filter(email_key=rejected.email_key))


def _with_phone(team: Team, text: str) -> Person:
    try:
        phone = Phone.parse(text)
    except InvalidPhone:
        raise NoAddress from None
    identity = Identity(phone_keys={phone.key}, texts={phone.number, phone.key})
    return _with_entries(team, identity, lambda rows: rows.filter(email_key="", phone_key=phone.key))


def _with_entries(team: Team, identity: Identity, condition: Callable[[Any], Iterable[Entry]]) -> Person:
    contests = _contests_of(team)
    rows = Entry.objects.filter(contest__in=[contest.pk for contest in contests]).order_by("pk")
    entries = list(condition(rows))
    for entry in entries:
        identity.texts |= {entry.email, entry.phone, entry.phone_key, entry.name}
    identity.texts = set(filter(_is_telling, identity.texts))
    return Person(team, contests, entries, identity)


def _contests_of(team: Team) -> list[Contest]:
    return list(Contest.objects.filter(team=team).order_by("pk"))


def _is_telling(text: str) -> bool:
    """Whether a text names one person: an address, a long number, or a name of several words."""
    return len(text.split()) > 1 if _is_name(text) else "@" in text or _digits(text) >= LEAST_DIGITS


def _is_name(text: str) -> bool:
    return "@" not in text and not _digits(text)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _pattern_of_any(texts: Iterable[str]) -> "re.Pattern[str]":
    patterns = sorted(map(_pattern_of, texts), key=len, reverse=True)
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)


def erase_matches(pattern: "re.Pattern[str]", value: Any) -> Any:
    """A text, or a JSON value with texts, without what matches."""
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, dict):
        return {key: erase_matches(pattern, each) for key, each in value.items()}
    if isinstance(value, list):
        return [erase_matches(pattern, each) for each in value]
    return value


def _pattern_of(text: str) -> str:
    """A text as a part of others: “ada@example.com” is not in “wada@example.com” or “ada@example.com.au”."""
    words = r"\s+".join(map(re.escape, text.split()))
    if "@" in text:
        return rf"(?<![\w.+-]){words}(?![\w-]|\.(?!(csv|txt|xlsx?|pdf)\b)\w)"
    return rf"(?<!\w){words}(?!\w)"
