"""Numbers as screens and messages write them."""

from decimal import Decimal

import pytest

from blitzrocket.numbers import counted, show_number
from contests.money import show_amount


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (-3, "−3"),
        (-1234567, "−1,234,567"),
        (Decimal("1234.500"), "1,234.5"),
        (Decimal("1E+3"), "1,000"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("-0.50"), "−0.5"),
        (Decimal("100"), "100"),
    ],
)
def test_a_number(value: int | Decimal, shown: str) -> None:
    assert show_number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(20, "+20"), (-20, "−20"), (0, "0"), (1500, "+1,500")])
def test_a_change(value: int, shown: str) -> None:
    assert show_number(value, signed=True) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (1203, "1,203 orders")])
def test_a_count(count: int, shown: str) -> None:
    assert counted(count, "order", "orders") == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("15.5", "USD", "15.50 USD"),
        ("1500.0000", "JPY", "1,500 JPY"),
        ("1.234", "KWD", "1.234 KWD"),
        ("1234567.1000", "EUR", "1,234,567.10 EUR"),
        ("0.0001", "CLF", "0.0001 CLF"),
        ("-20", "EUR", "−20.00 EUR"),
        ("12.5000", "", "12.5"),
        ("10", "HRK", "10.00 HRK"),
    ],
)
def test_an_amount_has_the_minor_digits_of_its_currency(amount: str, currency: str, shown: str) -> None:
    assert show_amount(Decimal(amount), currency) == shown
