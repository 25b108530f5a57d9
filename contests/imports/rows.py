"""Parsing and checking the rows of an import of entries."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, InvalidEmail, InvalidPhone, Phone
from blitzrocket.spreadsheets.csv_table import FileRow
from blitzrocket.spreadsheets.values import InvalidNumber, is_empty, parse_flag, parse_whole_number
from contests.imports.entry_use import entries_of_undone_imports
from contests.models import Contest, Entry, EntryImportRow
from contests.models.entry import MAX_CODE_LENGTH, MAX_NAME_LENGTH, new_referral_code

MAX_POINTS = 1_000_000_000
_shortened = re.compile(r"[0-9][.,][0-9]+E[+-]?[0-9]+", re.IGNORECASE)
_with_decimals = re.compile(r"([1-9][0-9]{4,})[.,]0+")  # as a spreadsheet writes numbers: without leading zeros
_code = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_CODE_LENGTH}}}")

Outcome: TypeAlias = EntryImportRow.Outcome


IMPORTED_FIELDS = (
    "name", "email_confirmed", "is_disqualified", "referral_code", "email", "email_key", "near_key", "phone",
    "phone_key",
)  # fmt: skip


class InvalidRow(ValueError):
    """The row cannot become an entry; the message says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """The parsed values of a row."""

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
        """Parse a row's cells.

        Raises:
            InvalidRow: with the first problem.
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
        """The key by which entries are matched: that of the email, or of the phone without an email."""
        return self.email.key or self.phone.key

    def as_entry(self, contest: Contest) -> Entry:
        entry = Entry(contest=contest, referral_code=new_referral_code())
        self.write_to(entry)
        return entry

    def write_to(self, entry: Entry) -> None:
        """Set an entry's fields to the row's values."""
        entry.name, entry.email_confirmed, entry.is_disqualified = self.name, self.is_confirmed, self.is_disqualified
        entry.referral_code = self.referral_code or entry.referral_code
        entry.set_email(self.email)
        entry.set_phone(self.phone)


def _email(text: str) -> Email:
    if is_empty(text):
        return NO_EMAIL
    try:
        return Email.parse(text)
    except InvalidEmail as error:
        raise InvalidRow(f"“{text[:100]}” is not a valid email: {error}") from None


def _phone(text: str, *, is_needed: bool) -> tuple[Phone, str]:
    """The number and a remark; an invalid number is left out with a remark where the row has an email."""
    if is_needed and is_empty(text):
        raise InvalidRow("The row has no email and no phone.")
    try:
        return _number(text), ""
    except InvalidPhone as error:
        if is_needed:
            raise InvalidRow(f"“{text[:100]}” is not a valid phone number: {error}") from None
        return NO_PHONE, f"The phone number “{text[:100]}” was left out: {error}"


def _number(text: str) -> Phone:
    """A number as in the API, but 493012345.0 is read without its decimal, and 4,93E+11 (digits lost) is refused."""
    if _shortened.fullmatch(text):
        raise InvalidPhone("A spreadsheet shortened it. Format the column as text and save the file again.")
    return (
        Phone.parse(_with_decimals.sub(r"\1", text) if _with_decimals.fullmatch(text) else text) if text else NO_PHONE
    )


def _flag(values: dict[str, str], column: str, *, default: bool) -> bool:
    text = values.get(column, "")
    if is_empty(text):
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
    """The code, or none where it is longer than any: cut to that length, it could be another entry's."""
    return text if len(text) <= MAX_CODE_LENGTH else ""


def _points(text: str) -> int:
    if is_empty(text):
        return 0
    try:
        points = parse_whole_number(text)
    except InvalidNumber as error:
        message = "“%(text)s” is not a number of points: %(why)s."
        raise InvalidRow(message % {"text": text[:100], "why": error}) from None
    if abs(points) > MAX_POINTS:
        message = "“%(text)s” is not a number of points from −1,000,000,000 to 1,000,000,000."
        raise InvalidRow(message % {"text": text[:100]})
    return points


@dataclass(slots=True)
class ExistingEntries:
    """Existing entries with the keys or referral codes of some rows, as ids of entries."""

    keys: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    reusable: dict[str, str] = field(default_factory=dict)  # by key, entries of undone imports

    @classmethod
    def among(cls, contest: Contest, people: Sequence[Person]) -> "ExistingEntries":
        entries = Entry.objects.filter(contest=contest)
        emails = [person.email.key for person in people if person.email.key]
        phones = [person.phone.key for person in people if not person.email.key]
        codes = [person.referral_code for person in people if person.referral_code]
        existing = cls(dict(entries.filter(email_key__in=emails).values_list("email_key", "pk")))
        if phones:
            existing.keys |= entries.filter(email_key="", phone_key__in=phones).values_list("phone_key", "pk")
        existing.codes = dict(entries.filter(referral_code__in=codes).values_list("referral_code", "pk"))
        return existing

    def find_reusable(self, contest: Contest) -> None:
        """Find entries that stayed only for ledger lines of undone imports: they are imported like new ones."""
        ids = entries_of_undone_imports(contest, list(self.keys.values())) if self.keys else set()
        self.reusable = {key: entry_id for key, entry_id in self.keys.items() if entry_id in ids}

    def has(self, person: Person) -> bool:
        return person.key in self.keys and person.key not in self.reusable

    def has_code_of(self, person: Person) -> bool:
        """Whether another entry has the row's referral code."""
        return self.codes.get(person.referral_code) not in (None, self.reusable.get(person.key))


class RowChecker:
    """Checks the rows of a file, each also against the rows before it."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.lines: dict[str, int] = {}  # by key, of those seen so far
        self.codes: set[str] = set()

    def check(self, rows: Iterable[FileRow]) -> list[tuple[FileRow, Outcome, str]]:
        """Each row with its outcome, and a note with the reason."""
        parsed = [(row, *self._read(row)) for row in rows]
        existing = ExistingEntries.among(self.contest, [person for _row, person, _problem in parsed if person])
        existing.find_reusable(self.contest)
        return [(row, *self._outcome(row, person, problem, existing)) for row, person, problem in parsed]

    def _read(self, row: FileRow) -> tuple[Person | None, str]:
        if row.has_more_cells:
            return None, "The row has more cells than the header."
        try:
            return Person.parse(row.values), ""
        except InvalidRow as error:
            return None, str(error)

    def _outcome(
        self, row: FileRow, person: Person | None, problem: str, existing: ExistingEntries
    ) -> tuple[Outcome, str]:
        if person is None:
            return Outcome.ERROR, problem
        if person.key in self.lines:
            return Outcome.DUPLICATE, f"Same as line {self.lines[person.key]}, which is used."
        self.lines[person.key] = row.line
        if existing.has(person):
            return Outcome.KNOWN, ""
        if existing.has_code_of(person) or person.referral_code in self.codes:
            return Outcome.ERROR, taken_code_message(person.referral_code)
        if person.referral_code:
            self.codes.add(person.referral_code)
        is_reused = person.key in existing.reusable
        return Outcome.NEW, person.remark or ("Reuses the entry of an undone import." if is_reused else "")


def taken_code_message(code: str) -> str:
    return f"The referral code “{code}” belongs to another entry."
