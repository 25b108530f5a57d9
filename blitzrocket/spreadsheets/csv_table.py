"""Parsing CSV files as spreadsheets and shops write them: encoding, delimiter, headings, rows.

The text is UTF-8, UTF-16 or Windows-1252. The delimiter is a comma, semicolon, tab or bar, or named by a first line
``sep=;``. Titles and empty rows may precede the headings, which have any order and any spelling in the importer's
`Vocabulary`. An ambiguous file is refused with a message that says what to do.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from blitzrocket.spreadsheets.cells import plain_text
from blitzrocket.text import trim

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
LINES_BEFORE_ROWS = 30  # how many lines are searched for the headings
LONGEST_HEADINGS = 300_000  # characters
LONGEST_HEADING = 200
DELIMITERS = (",", ";", "\t", "|")
WINDOWS = "Windows-1252"

_workbook, _utf_16 = b"PK\x03\x04", (b"\xff\xfe", b"\xfe\xff")
_sep = re.compile(r'"?sep=(.)"?[,;\t|]*[\r\n]+', re.IGNORECASE)
_line_end = re.compile(r"\r\n|\r|\n")
_blank_after_quote = re.compile(r'"[ \u00a0]+(?=[,;|\t\r\n]|\Z)')
# An open bracket ends with the heading, so that matching is linear however many brackets a heading has.
_in_brackets = re.compile(r"\([^)]*(?:\)|\Z)|\[[^\]]*(?:\]|\Z)")


class UnreadableFile(Exception):
    """The file cannot be read; the message says why and what to do."""


class _BadQuotes(UnreadableFile):
    """Quotation marks are not closed, something follows a closed one, or a cell is larger than 128 KiB."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row with its line number in the file and its non-empty cells by meaning."""

    line: int
    values: dict[str, str]
    has_more_cells: bool  # than the headings have


class Vocabulary:
    """The headings that an importer recognises.

    ``spellings`` has the spellings of each meaning, in groups. Where a file has several columns of one meaning, the
    first filled cell of a row counts, in the order of the groups and then of the file. Two columns of the first group
    are refused. Of each tuple in ``required`` one meaning must be present. ``example`` is a header line for messages.
    """

    def __init__(
        self,
        spellings: Mapping[str, Sequence[Sequence[str]]],
        *,
        required: Sequence[tuple[str, ...]],
        example: str,
    ) -> None:
        self.required, self.example = required, example
        self._meanings = {
            plain_heading(spelling): (meaning, rank)
            for meaning, groups in spellings.items()
            for rank, group in enumerate(groups)
            for spelling in group
        }

    def meaning_of(self, heading: str) -> tuple[str, int] | None:
        """A heading's meaning and the number of its group; “Email (required)” means the same as “Email”."""
        if len(heading) > LONGEST_HEADING:
            return None
        return self._meanings.get(plain_heading(heading)) or self._meanings.get(
            plain_heading(_in_brackets.sub("", heading))
        )

    def missing(self, meanings: Sequence[str]) -> tuple[str, ...]:
        """The first tuple of `required` of which no meaning is present."""
        return next((group for group in self.required if not set(group) & set(meanings)), ())


def plain_heading(text: str) -> str:
    """A heading for comparison: “E-Mail Address”, “email_address” and “É-mail address” are the same."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(letter for letter in letters if not unicodedata.combining(letter)))


@dataclass(frozen=True)
class CsvTable:
    """A parsed file: its text from the headings on, and the meaning of its columns."""

    text: str
    delimiter: str
    lines_before: int
    encoding: str
    headings: list[str]
    columns: dict[str, list[int]]  # the numbers of each meaning's columns, in the order in which they are read

    @classmethod
    def parse(cls, data: bytes, vocabulary: Vocabulary) -> "CsvTable":
        """Parse the headings, and check that all rows can be read.

        Raises:
            UnreadableFile: it is too large or not text, required headings are missing, quotation marks are not closed,
                a cell is larger than 128 KiB, or there are no rows or more than `MAX_ROWS`.
        """
        text, encoding = decode_text(data)
        try:
            table = cls._of_text(text, encoding, vocabulary)
            table.count()
        except _BadQuotes:
            # Some programs write a blank between a closing quotation mark and the delimiter, which csv refuses.
            repaired = _blank_after_quote.sub('"', text)
            if repaired == text:
                raise
            table = cls._of_text(repaired, encoding, vocabulary)
            table.count()
        return table

    @cached_property
    def ignored_headings(self) -> list[str]:
        """The headings of columns without a meaning."""
        used = {number for numbers in self.columns.values() for number in numbers}
        return [heading for number, heading in enumerate(self.headings) if heading and number not in used]

    def rows(self) -> Iterator[FileRow]:
        """The rows, without empty ones."""
        for line, cells in self._records():
            yield self._row(line, cells)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        reader = _reader(self.text, self.delimiter)
        try:
            next(reader)
            for cells in reader:
                if any(trim(cell) for cell in cells):
                    yield self.lines_before + reader.line_num, cells
        except csv.Error as error:
            line = self.lines_before + reader.line_num
            message = "Line %(line)d can't be read: %(why)s. Check its quotation marks."
            raise _BadQuotes(message % {"line": line, "why": error}) from None

    def count(self) -> int:
        """The number of rows.

        Raises:
            UnreadableFile: there are none, or more than `MAX_ROWS`.
        """
        count = 0
        for count, _record in enumerate(self._records(), start=1):  # the last one is the number
            if count > MAX_ROWS:
                raise UnreadableFile(f"The file has more than {MAX_ROWS} rows. Import it in parts.")
        if not count:
            raise UnreadableFile("The file has no rows below the header.")
        return count

    @classmethod
    def _of_text(cls, text: str, encoding: str, vocabulary: Vocabulary) -> "CsvTable":
        start, line, delimiter, headings = _find_headings(text, vocabulary)
        if len(headings) > MAX_COLUMNS:
            raise UnreadableFile(f"The file has more than {MAX_COLUMNS} columns.")
        columns = _columns(headings, vocabulary)
        missing = vocabulary.missing(list(columns))
        if missing:
            raise UnreadableFile(_missing_message(missing, headings, vocabulary))
        return cls(text[start:], delimiter, line, encoding, headings, columns)

    def _row(self, line: int, cells: list[str]) -> FileRow:
        values = {}
        for meaning, numbers in self.columns.items():
            texts = (plain_text(trim(cells[number])) for number in numbers if number < len(cells))
            text = next(filter(None, texts), "")
            if text:
                values[meaning] = text
        extra_cells = cells[len(self.headings) :]
        return FileRow(line, values, has_more_cells=any(trim(cell) for cell in extra_cells))


def decode_text(data: bytes) -> tuple[str, str]:
    """The text of a file, and its encoding.

    Raises:
        UnreadableFile: it is larger than `MAX_BYTES`, empty, not text, or broken UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    if data.startswith(_workbook):
        raise UnreadableFile("This is an Excel workbook. Save it as “CSV UTF-8” and upload that.")
    encoding = _encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFile(_not_text()) from None
    if "\0" in text:
        raise UnreadableFile(_not_text())
    if not trim(text):
        raise UnreadableFile("The file is empty.")
    return text.removeprefix("\ufeff"), encoding


def _encoding_of(data: bytes) -> str:
    if data.startswith(_utf_16):
        return "UTF-16"
    if b"\0" in data:
        # UTF-16 without a byte order mark: every other byte of Latin text is 0.
        return "UTF-16-LE" if data[1:200:2].count(0) > data[:200:2].count(0) else "UTF-16-BE"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        text = data.decode(errors="replace")
        broken = text.count("\ufffd")
        if len(re.findall(r"[^\x00-\x7f]", text)) > 2 * broken:  # most of it is UTF-8: in Windows-1252 hardly any is
            line = data.count(b"\n", 0, error.start) + 1
            message = "The file is not in UTF-8 (see line %(line)d). Save it as “CSV UTF-8” and upload that."
            raise UnreadableFile(message % {"line": line}) from None
        return WINDOWS
    return "UTF-8"


def _not_text() -> str:
    return "This is not a text file. Save the table as “CSV UTF-8” and upload that."


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def _find_headings(text: str, vocabulary: Vocabulary) -> tuple[int, int, str, list[str]]:
    """Position and line of the headings, the delimiter, and the headings.

    The headings are the line with the most recognised columns over all delimiters. A line with an email address is
    never chosen: it is a row, or names the file's owner.
    """
    sep = _sep.match(text)
    delimiters = (sep[1],) if sep else DELIMITERS
    best_score: tuple[int, int] = (0, 0)
    best_line: tuple[int, int, str, list[str]] | None = None
    first_line: tuple[int, int, str, list[str]] | None = None
    has_bad_quotes = False
    for start, line in _first_lines(text, sep.end() if sep else 0):
        for delimiter in delimiters:
            try:
                cells = next(_reader(text[start : start + LONGEST_HEADINGS], delimiter))
            except csv.Error:
                has_bad_quotes |= first_line is None or first_line[1] == line
                continue
            headings = [trim(cell) for cell in cells[: MAX_COLUMNS + 1]]  # with one more, they are too many
            candidate = (start, line, delimiter, headings)
            first_line = first_line or candidate
            known_count = sum(vocabulary.meaning_of(heading) is not None for heading in headings)
            if (
                known_count
                and (known_count, len(headings)) > best_score
                and not any("@" in heading for heading in headings)
            ):
                best_score, best_line = (known_count, len(headings)), candidate
    if best_line is None and has_bad_quotes:
        raise _BadQuotes("The first line can't be read. Check its quotation marks.")
    return best_line or first_line or (0, 0, delimiters[0], [])


def _first_lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Position and line number of each of the first lines that are not empty."""
    line = len(_line_end.findall(text, 0, start))
    for _number in range(LINES_BEFORE_ROWS):
        end = _line_end.search(text, start)
        stop = end.start() if end else len(text)
        if trim(text[start : min(stop, start + LONGEST_HEADINGS)]).strip('",;|'):
            yield start, line
        if end is None:
            return
        start, line = end.end(), line + 1


def _columns(headings: list[str], vocabulary: Vocabulary) -> dict[str, list[int]]:
    """The column numbers of each meaning, sorted by group and then by position in the file."""
    ranked: dict[str, list[tuple[int, int]]] = {}
    for number, heading in enumerate(headings):
        meaning_and_rank = vocabulary.meaning_of(heading)
        if meaning_and_rank:
            ranked.setdefault(meaning_and_rank[0], []).append((meaning_and_rank[1], number))
    for columns in ranked.values():
        columns.sort()
        first = [headings[number] for rank, number in columns if rank == 0]
        if len(first) > 1:
            message = "The columns “%(one)s” and “%(other)s” mean the same. Remove one of them."
            raise UnreadableFile(message % {"one": first[0], "other": first[1]})
    return {meaning: [number for _rank, number in columns] for meaning, columns in ranked.items()}


def _missing_message(missing: tuple[str, ...], headings: list[str], vocabulary: Vocabulary) -> str:
    if any("@" in heading for heading in headings):
        message = "The first row must name the columns, for example: %(example)s."
        return message % {"example": vocabulary.example}
    names = " or ".join(f"“{name.replace('_', ' ')}”" for name in missing)
    return f"No column is named {names}. Add a header row that names the columns."
