"""People as the rows of a file name them, and who of them takes part already."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, InvalidEmail, InvalidPhone, Phone
from blitzrocket.spreadsheets.csv_table import FileRow
from blitzrocket.spreadsheets.values import InvalidNumber, parse_flag, parse_whole_number, says_nothing
from contests.imports.traces import left_by_undone_imports
from contests.models import Contest, Entry, EntryImportRow
from contests.models.entry import new_referral_code

MAX_NAME_LENGTH, MAX_CODE_LENGTH = 200, 40
MOST_POINTS = 1_000_000_000
_shortened = re.compile(r"[0-9][.,][0-9]+E[+-]?[0-9]+", re.IGNORECASE)
_with_decimals = re.compile(r"([0-9]+)[.,]0+")
_code = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_CODE_LENGTH}}}")

Outcome: TypeAlias = EntryImportRow.Outcome


WRITTEN = (
    "name", "email_confirmed", "is_disqualified", "referral_code", "email", "email_key", "near_key", "phone",
    "phone_key",
)  # fmt: skip


class InvalidRow(ValueError):
    """No entry can be made of the row; the message says why."""


@dataclass(frozen=True, slots=True)
class Person:
    email: Email
    phone: Phone
    name: str
    is_confirmed: bool
    is_disqualified: bool
    referral_code: str  # their own, "" for a new one
    referred_by: str
    points: int
    remark: str  # what of the row is left out

    @classmethod
    def parse(cls, values: dict[str, str]) -> "Person":
        """Read a row's cells.

        Raises:
            InvalidRow: with the first thing that is wrong.
        """
        email = _email(values.get("email", ""))
        phone, remark = _phone(values.get("phone", ""), is_needed=not email.key)
        if len(values.get("name", "")) > MAX_NAME_LENGTH:
            raise InvalidRow(f"The name has more than {MAX_NAME_LENGTH} characters.")
        return cls(
            email=email,
            phone=phone,
            name=values.get("name", ""),
            is_confirmed=_flag(values, "confirmed", default=True),
            is_disqualified=_flag(values, "disqualified", default=False),
            referral_code=_own_code(values.get("referral_code", "")),
            referred_by=_referrer_code(values.get("referred_by", "")),
            points=_points(values.get("points", "")),
            remark=remark,
        )

    @property
    def key(self) -> str:
        """Who it is: their address, or the phone number where they have none."""
        return self.email.key or self.phone.key

    def as_entry(self, contest: Contest) -> Entry:
        entry = Entry(contest=contest, referral_code=new_referral_code())
        self.write_to(entry)
        return entry

    def write_to(self, entry: Entry) -> None:
        """Change an entry to what the row says."""
        entry.name, entry.email_confirmed, entry.is_disqualified = self.name, self.is_confirmed, self.is_disqualified
        entry.referral_code = self.referral_code or entry.referral_code
        entry.set_email(self.email)
        entry.set_phone(self.phone)


def _email(text: str) -> Email:
    if says_nothing(text):
        return NO_EMAIL
    try:
        return Email.parse(text)
    except InvalidEmail as error:
        raise InvalidRow(f"“{text[:100]}” is not a valid email: {error}") from None


def _phone(text: str, *, is_needed: bool) -> tuple[Phone, str]:
    """The number; one that is none is left out with a remark where the row has an email."""
    if is_needed and says_nothing(text):
        raise InvalidRow("The row has no email and no phone.")
    try:
        return _number(text), ""
    except InvalidPhone as error:
        if is_needed:
            raise InvalidRow(f"“{text[:100]}” is not a valid phone number: {error}") from None
        return NO_PHONE, f"The phone number “{text[:100]}” was left out: {error}"


def _number(text: str) -> Phone:
    """A number as the API reads it, but for what programs make of one: 493012345.0, or 4,93E+11 that says no number."""
    if _shortened.fullmatch(text):
        raise InvalidPhone("A spreadsheet shortened it. Format the column as text and save the file again.")
    return (
        Phone.parse(_with_decimals.sub(r"\1", text) if _with_decimals.fullmatch(text) else text) if text else NO_PHONE
    )


def _flag(values: dict[str, str], column: str, *, default: bool) -> bool:
    text = values.get(column, "")
    if says_nothing(text):
        return default
    flag = parse_flag(text)
    if flag is None:
        message = "“%(text)s” in the column “%(column)s” is not yes or no."
        raise InvalidRow(message % {"text": text[:100], "column": column})
    return flag


def _own_code(text: str) -> str:
    if text and not _code.fullmatch(text):
        message = "The referral code “%(text)s” is not valid. Use at most 40 letters, digits, - and _."
        raise InvalidRow(message % {"text": text[:100]})
    return text


def _referrer_code(text: str) -> str:
    """A longer code is nobody's; its beginning could be somebody's."""
    return text if len(text) <= MAX_CODE_LENGTH else ""


def _points(text: str) -> int:
    if says_nothing(text):
        return 0
    try:
        points = parse_whole_number(text)
    except InvalidNumber as error:
        message = "“%(text)s” is not a number of points: %(why)s."
        raise InvalidRow(message % {"text": text[:100], "why": error}) from None
    if abs(points) > MOST_POINTS:
        message = "“%(text)s” is not a number of points from -1000000000 to 1000000000."
        raise InvalidRow(message % {"text": text[:100]})
    return points


@dataclass(slots=True)
class ExistingEntries:
    """Who takes part already, and whose referral codes are taken, among some people: ids of entries."""

    keys: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # by key, those that an import may use again

    @classmethod
    def among(cls, contest: Contest, people: Sequence[Person]) -> "ExistingEntries":
        entries = Entry.objects.filter(contest=contest)
        emails = [person.email.key for person in people if person.email.key]
        phones = [person.phone.key for person in people if not person.email.key]
        codes = [person.referral_code for person in people if person.referral_code]
        found = cls(dict(entries.filter(email_key__in=emails).values_list("email_key", "pk")))
        if phones:
            found.keys |= entries.filter(email_key="", phone_key__in=phones).values_list("phone_key", "pk")
        found.codes = dict(entries.filter(referral_code__in=codes).values_list("referral_code", "pk"))
        return found

    def find_left(self, contest: Contest) -> None:
        """See who is there for the ledger lines of undone imports alone: they are imported as if they were new."""
        ids = left_by_undone_imports(contest, list(self.keys.values())) if self.keys else set()
        self.left = {key: entry_id for key, entry_id in self.keys.items() if entry_id in ids}

    def has(self, person: Person) -> bool:
        return person.key in self.keys and person.key not in self.left

    def has_code_of(self, person: Person) -> bool:
        """Whether somebody else has their referral code."""
        return self.codes.get(person.referral_code) not in (None, self.left.get(person.key))


class RowChecker:
    """Says what each row of a file would do, and remembers the rows before it."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.lines: dict[str, int] = {}  # by key, of those seen so far
        self.codes: set[str] = set()

    def check(self, rows: Iterable[FileRow]) -> list[tuple[FileRow, Outcome, str]]:
        """Each row with its outcome and a note that says why."""
        read = [(row, *self._read(row)) for row in rows]
        known = ExistingEntries.among(self.contest, [person for _row, person, _problem in read if person])
        known.find_left(self.contest)
        return [(row, *self._outcome(row, person, problem, known)) for row, person, problem in read]

    def _read(self, row: FileRow) -> tuple[Person | None, str]:
        if row.has_more_cells:
            return None, "The row has more cells than the header."
        try:
            return Person.parse(row.values), ""
        except InvalidRow as error:
            return None, str(error)

    def _outcome(
        self, row: FileRow, person: Person | None, problem: str, known: ExistingEntries
    ) -> tuple[Outcome, str]:
        if person is None:
            return Outcome.ERROR, problem
        if person.key in self.lines:
            return Outcome.TWICE, f"Same as line {self.lines[person.key]}, which is used."
        self.lines[person.key] = row.line
        if known.has(person):
            return Outcome.KNOWN, ""
        if known.has_code_of(person) or person.referral_code in self.codes:
            return Outcome.ERROR, code_is_taken(person.referral_code)
        if person.referral_code:
            self.codes.add(person.referral_code)
        is_left = person.key in known.left
        return Outcome.NEW, person.remark or ("Reuses the entry of an undone import." if is_left else "")


def code_is_taken(code: str) -> str:
    return f"The referral code “{code}” belongs to another entry."
