"""Files with entries as people have them: what is read, and what is refused with which sentence. No database."""

import pytest

from contests.entry_file import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, EntryFile, UnreadableFile

READ = [
    ("the plain one", b"email,name\na@x.org,Ada\n", [{"email": "a@x.org", "name": "Ada"}]),
    ("the mark of Excel", b"\xef\xbb\xbfemail\na@x.org\n", [{"email": "a@x.org"}]),
    ("semicolons", "Name;E-Mail\nZoë;a@x.org\n".encode(), [{"email": "a@x.org", "name": "Zoë"}]),
    ("tabs", b"phone\temail\n+49 30\ta@x.org\n", [{"phone": "+49 30", "email": "a@x.org"}]),
    ("a comma within a cell", b'email;name\na@x.org;"L, Ada"\n', [{"email": "a@x.org", "name": "L, Ada"}]),
    ("other spellings", b"E-MAIL Address,Telephone\na@x.org,1\n", [{"email": "a@x.org", "phone": "1"}]),
    ("two names", b"Last_Name,first name,mail\nLovelace,Ada,a@x.org\n", [{"name": "Ada Lovelace", "email": "a@x.org"}]),
    ("one of two names", b"first name,last name,mail\n,Lovelace,a@x.org\n", [{"name": "Lovelace", "email": "a@x.org"}]),
    ("quotes in quotes", b'email,name\na@x.org,"Ada ""Countess"""\n', [{"email": "a@x.org", "name": 'Ada "Countess"'}]),
    ("lines of the Mac", b"email\ra@x.org\rb@x.org\r", [{"email": "a@x.org"}, {"email": "b@x.org"}]),
    ("lines of Windows, some empty", b"email\r\n\r\na@x.org\r\n,,\r\n", [{"email": "a@x.org"}]),
    ("cells that are missing", b"email,name,phone\na@x.org\n", [{"email": "a@x.org"}]),
    ("a line within a cell", b'email,name\na@x.org,"Ada\nLovelace"\n', [{"email": "a@x.org", "name": "Ada\nLovelace"}]),
    ("columns that are not read", b"shoe size,email\n38,a@x.org\n", [{"email": "a@x.org"}]),
    ("what our export guards", b"email,phone\na@x.org,'+49 30\n", [{"email": "a@x.org", "phone": "+49 30"}]),
]  # fmt: skip
REFUSED = [
    ("nothing", b"", "empty"),
    ("spaces", b" \r\n \n", "empty"),
    ("headings only", b"email,name\n", "nothing below the headings"),
    ("headings and empty lines", b"email,name\n,\n\n", "nothing below the headings"),
    ("no headings", b"a@x.org,Ada\nb@x.org,Bob\n", "has to name the columns, for example"),
    ("other headings", b"order,amount\n1,2\n", "No column is called"),
    ("two columns for one thing", b"email,e-mail\na@x.org,b@x.org\n", "mean the same"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    ("a NUL", b"email\na\x00@x.org\n", "not a text file"),
    ("a workbook", b"PK\x03\x04\x14\x00", "Excel workbook"),
    ("UTF-16", "email\na@x.org\n".encode("utf-16"), "UTF-16"),
    ("Latin-1", "email,name\na@x.org,Ada\nb@x.org,Zoë\n".encode("latin-1"), "not in UTF-8 (see line 3)"),
    ("100,000 columns", b"email" + b",x" * 100_000 + b"\na@x.org\n", f"more than {MAX_COLUMNS} columns"),
    ("quotes that are not closed", b'email,name\na@x.org,"Ada\nb@x.org,Bob\n', "cannot be read"),
    ("quotes in the headings that are not closed", b'email,"name\na@x.org,Ada\n', "cannot be read"),
    ("letters after quotes", b'email,name\na@x.org,"Ada"!\n', "Line 2 cannot be read"),
    ("a huge cell", b"email,name\na@x.org," + b"x" * 200_000 + b"\n", "Line 2 cannot be read"),
    ("a huge heading", b"x" * 200_000 + b",email\na,b\n", "cannot be read"),
    ("too large", b"email\n" + b"a" * MAX_BYTES, "larger than 10 MB"),
    ("too many rows", b"email\n" + b"a@x\n" * (MAX_ROWS + 1), "more than 100000 rows"),
]


@pytest.mark.parametrize(("data", "rows"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_what_is_read(data: bytes, rows: list[dict[str, str]]) -> None:
    file = EntryFile.parse(data)
    assert [row.values for row in file.rows()] == rows
    assert file.count() == len(rows)


@pytest.mark.parametrize(("data", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        EntryFile.parse(data).count()
    assert sentence in str(refused.value)


def test_rows_know_their_line_and_whether_they_are_longer_than_the_headings() -> None:
    rows = list(EntryFile.parse(b'email,name\na@x.org,"Ada\nL"\nb@x.org,Bob,more\nc@x.org,Cy,\n').rows())
    assert [(row.line, row.has_more_cells) for row in rows] == [(3, False), (4, True), (5, False)]


def test_the_columns_that_are_not_read_are_named() -> None:
    assert EntryFile.parse(b"email,Shoe size,,T-shirt\na@x.org,38,,M\n").unread == ["Shoe size", "T-shirt"]
