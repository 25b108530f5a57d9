"""A CSV file with entries: what its headings mean, and its rows as they stand there.

Columns come in any order and under their usual names; commas, semicolons or tabs part them. The text is UTF-8, with or
without the mark that Excel puts before it. What cannot be read for sure is refused with a sentence that says what to
do, and never guessed at.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contests.cells import plain_text

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
DELIMITERS = (",", ";", "\t")
WORKBOOK, UTF_16 = b"PK\x03\x04", (b"\xff\xfe", b"\xfe\xff")

SPELLINGS = {
    "email": ("email", "emailaddress", "mail", "mailaddress", "emailadresse", "courriel"),
    "name": ("name", "fullname"),
    "first_name": ("firstname", "first", "givenname", "forename", "vorname"),
    "last_name": ("lastname", "last", "familyname", "surname", "nachname"),
    "phone": ("phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone", "cell", "cellphone", "telefon"),
    "confirmed": ("confirmed", "emailconfirmed", "verified", "emailverified"),
    "referral_code": ("referralcode", "refcode"),
    "referred_by": ("referredby", "invitedby", "referrer"),
    "points": ("points", "punkte"),
}
_meaning_of = {spelling: meaning for meaning, spellings in SPELLINGS.items() for spelling in spellings}


class UnreadableFile(Exception):
    """The file cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row by its line in the file, with its cells by meaning."""

    line: int
    values: dict[str, str]
    has_more_cells: bool  # than the headings have


@dataclass(frozen=True, slots=True)
class EntryFile:
    """The text, and what its columns mean."""

    text: str
    delimiter: str
    meanings: list[str]  # by column; "" for what is not read
    unread: list[str]

    @classmethod
    def parse(cls, data: bytes) -> "EntryFile":
        """Read the headings.

        Raises:
            UnreadableFile: it is too large, no text in UTF-8, or its headings name neither email nor phone.
        """
        text = _decoded(data)
        headings, delimiter = _best_headings(text)
        if len(headings) > MAX_COLUMNS:
            raise UnreadableFile(_("The file has more than %(most)d columns.") % {"most": MAX_COLUMNS})
        meanings = [_meaning_of.get(_plain(heading), "") for heading in headings]
        _refuse_doubles(headings, meanings)
        if not {"email", "phone"} & set(meanings):
            raise UnreadableFile(_no_headings(headings))
        unread = [heading for heading, meaning in zip(headings, meanings, strict=True) if heading and not meaning]
        return cls(text, delimiter, meanings, unread)

    def rows(self) -> Iterator[FileRow]:
        """The rows that are not empty.

        Raises:
            UnreadableFile: quotation marks are not closed, or a cell is larger than 128 KiB.
        """
        reader = _reader(self.text, self.delimiter)
        try:
            next(reader)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield self._row(reader.line_num, cells)
        except csv.Error as error:
            said = _("Line %(line)d cannot be read: %(why)s. Look at its quotation marks.")
            raise UnreadableFile(said % {"line": reader.line_num, "why": error}) from None

    def count(self) -> int:
        """How many rows there are.

        Raises:
            UnreadableFile: none, more than `MAX_ROWS`, or as for `rows`.
        """
        count = 0
        for count, _row in enumerate(self.rows(), start=1):  # the last one is the number
            if count > MAX_ROWS:
                raise UnreadableFile(
                    _("The file has more than %(most)d rows. Import it in parts.") % {"most": MAX_ROWS}
                )
        if not count:
            raise UnreadableFile(_("There is nothing below the headings."))
        return count

    def _row(self, line: int, cells: list[str]) -> FileRow:
        found = {
            meaning: plain_text(cell.strip()) for meaning, cell in zip(self.meanings, cells, strict=False) if meaning
        }
        names = [found.pop("first_name", ""), found.pop("last_name", "")]
        if not found.get("name") and any(names):
            found["name"] = " ".join(filter(None, names))
        values = {meaning: unicodedata.normalize("NFC", text) for meaning, text in found.items() if text}
        return FileRow(line, values, has_more_cells=any(cell.strip() for cell in cells[len(self.meanings) :]))


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableFile(_("The file is larger than %(most)d MB.") % {"most": MAX_BYTES // 1024**2})
    if data.startswith(WORKBOOK):
        raise UnreadableFile(_("This is an Excel workbook. Save it as “CSV UTF-8” and upload that."))
    if data.startswith(UTF_16):
        raise UnreadableFile(_("The file is in UTF-16. Save it as “CSV UTF-8” and upload that."))
    if b"\0" in data:
        raise UnreadableFile(_("This is not a text file. Save the table as “CSV UTF-8” and upload that."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = _("The file is not in UTF-8 (see line %(line)d). Save it as “CSV UTF-8” and upload that.")
        raise UnreadableFile(said % {"line": line}) from None
    if not text.strip():
        raise UnreadableFile(_("The file is empty."))
    return text.lstrip("\r\n")


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def _best_headings(text: str) -> tuple[list[str], str]:
    """The first line, parted by whichever delimiter gives the most columns that are known, or else the most."""
    found: list[tuple[int, int, str, list[str]]] = []
    for delimiter in DELIMITERS:
        try:
            headings = [heading.strip() for heading in next(_reader(text, delimiter))]
        except csv.Error:
            continue
        known = sum(_plain(heading) in _meaning_of for heading in headings)
        found.append((known, len(headings), delimiter, headings))
    known, _count, delimiter, headings = max(found, key=lambda one: one[:2], default=(0, 0, "", []))
    if not known and len(found) < len(DELIMITERS):
        raise UnreadableFile(_("The first line cannot be read. Look at its quotation marks."))
    return headings, delimiter


def _plain(heading: str) -> str:
    """“E-Mail Address” and “email_address” are the same."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def _refuse_doubles(headings: list[str], meanings: list[str]) -> None:
    first: dict[str, str] = {}
    for heading, meaning in zip(headings, meanings, strict=True):
        if meaning in first and meaning:
            said = _("The columns “%(one)s” and “%(other)s” mean the same. Leave one of them.")
            raise UnreadableFile(said % {"one": first[meaning], "other": heading})
        first[meaning] = heading


def _no_headings(headings: list[str]) -> str:
    if any("@" in heading for heading in headings):
        return _("The first line has to name the columns, for example: email,name,phone.")
    return _("No column is called “email” or “phone”. The first line has to name the columns.")
