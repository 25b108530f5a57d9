"""What stands in cells: numbers, yes and no, nothing, and what a spreadsheet would run. No database."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blitzrocket.spreadsheets.cells import FORMULA_STARTS, cell, plain_text
from blitzrocket.spreadsheets.values import (
    InvalidNumber,
    is_empty,
    parse_flag,
    parse_money,
    parse_number,
    parse_whole_number,
)

NUMBERS = [
    ("100.0", "100"), ("100,00", "100"), ("1,234", "1234"), ("1.234", "1234"), ("1,000", "1000"), ("1 234", "1234"),
    ("1\u202f234,5", "1234.5"), ("1'234.5", "1234.5"), ("1’234", "1234"), ("1,234,567", "1234567"),
    ("1.234.567,89", "1234567.89"), ("-45", "-45"), ("−45", "-45"), ("(45)", "-45"), ("+7", "7"), ("１２", "12"),
    ("0.500", "0.5"), ("0,5", "0.5"), ("007", "7"), ("5.", "5"), (".5", "0.5"), (" 12\u200b", "12"), ("- 5", "-5"),
]  # fmt: skip
NO_NUMBERS = ["", "x", "1e5", "1.000", "12.000", "1,23,4", "1.2.3", "12 34", "--5", "5%", "5 pts", "0x10", "∞", "1/2"]
MONEY = [
    ("1.234,50 €", "1234.5"), ("$ 49,90", "49.9"), ("USD 5", "5"), ("5 EUR", "5"), ("R$ 10", "10"), ("5 kr", "5"),
    ("12,00 zł", "12"), ("-$5", "-5"), ("($5.00)", "-5"), ("Fr. 1'200.50", "1200.5"), ("US$3", "3"), ("7", "7"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers_as_people_and_programs_write_them(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_other_and_ambiguous_numbers_are_refused(text: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_number(text)


@pytest.mark.parametrize(("text", "whole"), [("100.0", 100), ("1,234", 1234), ("-1.234,00", -1234), ("0,0", 0)])
def test_a_whole_number_may_have_decimals_that_are_0(text: str, whole: int) -> None:
    assert parse_whole_number(text) == whole


@pytest.mark.parametrize("text", ["1.5", "0,01", "1,234.5"])
def test_other_numbers_are_not_whole(text: str) -> None:
    with pytest.raises(InvalidNumber, match="whole"):
        parse_whole_number(text)


@pytest.mark.parametrize(("text", "amount"), MONEY)
def test_money_may_have_its_currency_beside_it(text: str, amount: str) -> None:
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "EUR", "five", "1.000 €", "5 dollars", "USD"])
def test_other_texts_are_not_money(text: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_money(text)


@pytest.mark.parametrize(
    "text", ["yes", "WAHR", "vrai", "sí", "SI", "1.0", "1,0", "true", "Ja", "x", "да", "はい", "✓", "Sim"]
)
def test_yes_has_many_words(text: str) -> None:
    assert parse_flag(text) is True


@pytest.mark.parametrize(
    "text", ["no", "FALSCH", "faux", "non", "0.0", "0,00", "Não", "nein", "нет", "☐", "FALSE", "n"]
)
def test_no_has_many_words(text: str) -> None:
    assert parse_flag(text) is False


@pytest.mark.parametrize("text", ["", "perhaps", "2", "1.5", "01", "yesno", "subscribed"])
def test_other_words_are_neither_yes_nor_no(text: str) -> None:
    assert parse_flag(text) is None


@pytest.mark.parametrize(("text", "nothing"), [
    ("", True), (" \u200b ", True), ("N/A", True), ("-", True), ("–", True), ("null", True), ("NaN", True),
    ("#N/A", True), ("0", False), ("no", False), ("Nan Goldin", False), ("none@example.com", False),
])  # fmt: skip
def test_words_for_an_empty_cell(text: str, nothing: bool) -> None:
    assert is_empty(text) is nothing


@given(st.text())
@example("'")
@example("''=1")
@example("'=1")
@example("'Ada")
@example("＝1")
def test_cells_round_trip_and_are_never_formulas(text: str) -> None:
    written = cell(text)
    assert plain_text(written) == text
    assert not written.startswith(FORMULA_STARTS)


awkward = st.lists(
    st.one_of(st.sampled_from([*FORMULA_STARTS, *";|\t,'\" \u00a0\u3000\r\n1a"]), st.text(max_size=2)), max_size=9
)


@pytest.mark.parametrize("delimiter", [";", "|", "\t"])
@given(texts=st.lists(awkward.map("".join), min_size=2, max_size=3))
@example(texts=["Ada", "x;=1+1"])
@example(texts=["Ada", "x; \u00a0@SUM(1)"])
@example(texts=["Ada, L", "x\n+1"])
@example(texts=["Ada", "x|'-1"])
@example(texts=["Ada", 'x\t"=1"'])
@example(texts=["Ada", "x;;''\uff1d1;"])
def test_no_cell_is_a_formula_with_another_delimiter(delimiter: str, texts: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([cell(text) for text in texts])
    assert [plain_text(text) for text in next(csv.reader(io.StringIO(file.getvalue(), newline="")))] == texts
    parts = [part for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter) for part in row]
    assert not [part for part in parts if part.strip(" \u00a0\u3000").startswith(SIGNS)]


SIGNS = tuple(sign for sign in FORMULA_STARTS if sign.strip())


@pytest.mark.parametrize("text", ["Ada; Bob", "a-b|c", "x;1-1", "a\tb", "5;(-1)", "Ada, =1"])
def test_other_texts_are_written_unchanged(text: str) -> None:
    assert cell(text) == plain_text(text) == text
