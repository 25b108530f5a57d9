"""Which texts are currencies of an order."""

import pytest

from contests.money import MINOR_DIGITS, WITHOUT_MINOR_UNIT, InvalidCurrency, read_currency


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USD ", "USD"),
        ("\teur", "EUR"),
        ("\ufeffgBp\u200b", "GBP"),
        ("jpy\n", "JPY"),
        ("bgn", "BGN"),
        ("\u00a0HRK", "HRK"),
    ],
)
def test_in_any_case_and_with_space_around(text: str, code: str) -> None:
    assert read_currency(text) == code


@pytest.mark.parametrize("code", ["xau", "XAG", " XDR", "XTS", "xxx", "XPT"])
def test_one_without_a_minor_unit_is_told_so(code: str) -> None:
    with pytest.raises(InvalidCurrency, match=f"{code.strip().upper()} has no minor unit"):
        read_currency(code)


@pytest.mark.parametrize("text", ["", " ", "US", "U SD", "USDX", "DEM", "u\u017fd", "ＵＳＤ", "€"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(InvalidCurrency, match="ISO 4217"):
        read_currency(text)


def test_no_code_is_both() -> None:
    assert not WITHOUT_MINOR_UNIT & set(MINOR_DIGITS)
