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
def test_a_code_may_have_any_case_and_space_around(text: str, code: str) -> None:
    assert read_currency(text) == code


@pytest.mark.parametrize("code", ["xau", "XAG", " XDR", "XTS", "xxx", "XPT"])
def test_a_currency_without_a_minor_unit_has_its_own_message(code: str) -> None:
    with pytest.raises(InvalidCurrency, match=f"{code.strip().upper()} has no minor unit"):
        read_currency(code)


@pytest.mark.parametrize("text", ["", " ", "US", "U SD", "USDX", "DEM", "u\u017fd", "ＵＳＤ", "€"])
def test_other_codes_are_refused(text: str) -> None:
    with pytest.raises(InvalidCurrency, match="ISO 4217"):
        read_currency(text)


def test_no_code_has_and_lacks_a_minor_unit() -> None:
    assert not WITHOUT_MINOR_UNIT & set(MINOR_DIGITS)
