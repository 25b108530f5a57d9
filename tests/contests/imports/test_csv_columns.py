"""Files with entries as people have them: what is read, and what is refused with which sentence. No database."""

import time

import pytest

from blitzrocket.spreadsheets.csv_table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, UnreadableFile
from contests.imports.csv_columns import EntryFile

READ = [
    ("the plain one", b"email,name\na@x.org,Ada\n", [{"email": "a@x.org", "name": "Ada"}]),
    ("the mark of Excel", b"\xef\xbb\xbfemail\na@x.org\n", [{"email": "a@x.org"}]),
    ("semicolons", "Name;E-Mail\nZoë;a@x.org\n".encode(), [{"email": "a@x.org", "name": "Zoë"}]),
    ("tabs", b"phone\temail\n+49 30\ta@x.org\n", [{"phone": "+49 30", "email": "a@x.org"}]),
    ("bars", b"phone|email\n+49 30|a@x.org\n", [{"phone": "+49 30", "email": "a@x.org"}]),
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
    ("characters of no width", "\u200bemail\u200b,name\n\u2060a@x.org\ufeff,\u00a0Ada\u200e\n".encode(),
     [{"email": "a@x.org", "name": "Ada"}]),
    ("a blank after a closing quote", b'"email" ,"name"\n"a@x.org" ,"L, ""A""" \n',
     [{"email": "a@x.org", "name": 'L, "A"'}]),
    ("blanks after quotes, semicolons", 'email;name\r\n"a@x.org"\u00a0;"Ada"  \r\n'.encode(),
     [{"email": "a@x.org", "name": "Ada"}]),
    ("blanks after empty quotes", b'email,name,phone\na@x.org,"" ,"12345" ', [{"email": "a@x.org", "phone": "12345"}]),
]  # fmt: skip
ENCODED = "E-Mail;Name\nzoë@x.org;Zoë Müller – “Zo” €5\n"
BEFORE = [
    ("sep=", "sep=;\nemail;name\n", 3),
    ("sep= in quotes, for a tab", '"sep=\t"\r\nemail\tname\r\n', 3),
    ("SEP= and a delimiter of its own", "SEP=^\nemail^name\n", 3),
    ("sep= with the other delimiter behind", "sep=,;;;\nemail,name\n", 3),
    ("a title", "Customers of Summer 2026\nemail,name\n", 3),
    ("a title of many cells", "Customers,,,\n,,,\nemail,name\n", 4),
    ("empty lines", "\n\r\n \nemail;name\n", 5),
    ("empty cells", ";;;\n;;;\nemail;name\n", 4),
    ("who made it, with an address", "Exported by:,boss@x.org\nE-mail:,boss@x.org\nemail,name\n", 4),
    ("a title with a word that is known", "Name\nemail;name\n", 3),
    ("a title in quotes of two lines", '"Customers\n2026"\nemail,name\n', 4),
    ("figures", "Total;2\nDate;2026-11-24\nname;email;points\n", 4),
]
REFUSED = [
    ("nothing", b"", "empty"),
    ("spaces", b" \r\n \n", "empty"),
    ("a mark and nothing", b"\xef\xbb\xbf", "empty"),
    ("headings only", b"email,name\n", "no rows below the header"),
    ("headings and empty lines", b"email,name\n,\n\n", "no rows below the header"),
    ("no headings", b"a@x.org,Ada\nb@x.org,Bob\n", "must name the columns, for example"),
    ("other headings", b"order,amount\n1,2\n", "No column is named"),
    ("a title and other headings", b"Customers\norder,amount\n1,2\n", "No column is named"),
    ("two columns for one thing", b"email,e-mail\na@x.org,b@x.org\n", "mean the same"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    ("a NUL", b"email\na\x00@x.org\n", "not a text file"),
    ("a workbook", b"PK\x03\x04\x14\x00", "Excel workbook"),
    ("half of a UTF-16 character", b"\xff\xfeemail"[:5], "not a text file"),
    ("UTF-8 that is broken", "email,name\na@x.org,Zoë\nb@x.org,Åse Ødegård\n".encode() + b"c@x.org,\xc3(\n",
     "not in UTF-8 (see line 4)"),
    ("100,000 columns", b"email" + b",x" * 100_000 + b"\na@x.org\n", f"more than {MAX_COLUMNS} columns"),
    ("quotes that are not closed", b'email,name\na@x.org,"Ada\nb@x.org,Bob\n', "can't be read"),
    ("quotes in the headings that are not closed", b'email,"name\na@x.org,Ada\n', "can't be read"),
    ("letters after quotes", b'email,name\na@x.org,"Ada"!\n', "Line 2 can't be read"),
    ("letters after quotes below a title", b'Customers\nemail,name\na@x.org,"Ada"!\n', "Line 3 can't be read"),
    ("a huge cell", b"email,name\na@x.org," + b"x" * 200_000 + b"\n", "Line 2 can't be read"),
    ("a huge heading", b"x" * 200_000 + b",email\na,b\n", "can't be read"),
    ("too large", b"email\n" + b"a" * MAX_BYTES, "larger than 10 MB"),
    ("too many rows", b"email\n" + b"a@x\n" * (MAX_ROWS + 1), "more than 100000 rows"),
]  # fmt: skip
HEADINGS = {
    "email": [
        "customer_email", "Customer Email", "Billing Email", "billing_email", "E-mail 1 - Value", "Correo electrónico",
        "Adresse e-mail", "ADRESSE E-MAIL", "Dirección de correo electrónico", "E-Mail-Adresse", "Indirizzo e-mail",
        "Endereço de e-mail", "user_email", "E-mail Address", "Email (required)", "Email *", "Ｅｍａｉｌ",
        "メールアドレス",
    ],
    "phone": [
        "Phone Number", "billing_phone", "Phone 1 - Value", "Default Address Phone", "Téléphone",
        "Teléfono móvil (móvil)", "Handy", "Celular", "Numéro de téléphone", "電話番号",
    ],
    "name": ["Full name", "Nombre completo", "Nom complet", "Vorname", "Apellidos", "Sobrenome", "名前",
             "display_name"],
    "confirmed": ["Email confirmed", "Bestätigt", "Confirmé", "email_verified", "Verified?"],
    "points": ["Points", "Punkte", "Total Points", "points_balance", "Puntos"],
    "disqualified": ["Disqualified", "is_disqualified", "Disqualifiziert", "Disqualifié", "DISQUALIFIED?"],
}  # fmt: skip


@pytest.mark.parametrize(("data", "rows"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_files_are_parsed(data: bytes, rows: list[dict[str, str]]) -> None:
    file = EntryFile.parse(data)
    assert [row.values for row in file.rows()] == rows
    assert file.table.count() == len(rows)


@pytest.mark.parametrize(
    ("encoding", "encoding_name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encodings_of_spreadsheets(encoding: str, encoding_name: str) -> None:
    file = EntryFile.parse(ENCODED.encode(encoding))
    assert [row.values for row in file.rows()] == [{"email": "zoë@x.org", "name": "Zoë Müller – “Zo” €5"}]
    assert file.table.encoding == encoding_name


@pytest.mark.parametrize(("before", "line"), [case[1:] for case in BEFORE], ids=[case[0] for case in BEFORE])
def test_the_headings_are_found_below_titles(before: str, line: int) -> None:
    headings = before.splitlines()[-1]
    delimiter = next(mark for mark in ",;\t^" if mark in headings)
    cells = {"email": "a@x.org", "name": "Ada", "points": "5"}
    text = before + delimiter.join(cells[heading] for heading in headings.split(delimiter))
    (row,) = EntryFile.parse(text.encode()).rows()
    assert (row.values["email"], row.values["name"], row.line) == ("a@x.org", "Ada", line)


def test_a_row_that_looks_like_headings_is_a_row() -> None:
    file = EntryFile.parse(b"email,contact by,size\na@x.org,phone,\n,email,\n")
    assert [row.line for row in file.rows()] == [2, 3]


@pytest.mark.parametrize(("data", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_unreadable_files_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        EntryFile.parse(data)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("meaning", "heading"), [(meaning, heading) for meaning, headings in HEADINGS.items() for heading in headings]
)
def test_headings_in_other_words_and_languages(meaning: str, heading: str) -> None:
    (row,) = EntryFile.parse(f"{heading},email 5,shoe size\nx,z@x.org,38\n".encode()).rows()
    assert row.values[meaning] == "x"


def test_rows_have_their_line_and_their_extra_cells() -> None:
    rows = list(EntryFile.parse(b'email,name\na@x.org,"Ada\nL"\nb@x.org,Bob,more\nc@x.org,Cy,\n').rows())
    assert [(row.line, row.has_more_cells) for row in rows] == [(3, False), (4, True), (5, False)]


def test_ignored_columns_are_named() -> None:
    table = EntryFile.parse(b"email,Shoe size,,T-shirt\na@x.org,38,,M\n").table
    assert table.ignored_headings == ["Shoe size", "T-shirt"]


def test_of_several_columns_the_first_filled_counts() -> None:
    text = "Billing Email,user_email,billing_phone,Mobile,Phone\nb@x.org,u@x.org,1,2,3\nb@x.org,,1,2,\n,,1,,\n"
    rows = [row.values for row in EntryFile.parse(text.encode()).rows()]
    assert rows == [{"email": "u@x.org", "phone": "3"}, {"email": "b@x.org", "phone": "2"}, {"phone": "1"}]


@pytest.mark.parametrize("heading", [
    "Email [main]", "Email (required) *", "(main) email", "Email (your [first] one)", "Email ()", "Email (main",
])  # fmt: skip
def test_brackets_in_headings_are_ignored(heading: str) -> None:
    (row,) = EntryFile.parse(f"{heading},shoe size\nz@x.org,38\n".encode()).rows()
    assert row.values == {"email": "z@x.org"}


@pytest.mark.parametrize("line", ["(" * 100_000, "[" * 100_000, "([" * 50_000, ("(" * 190 + ",") * 500, "," * 100_000])
def test_long_lines_above_the_rows_cost_no_more_than_reading_them(line: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableFile):
        EntryFile.parse(f"{line}\n".encode() * 30)
    assert time.process_time() - started < 5, "each was compared with itself"
