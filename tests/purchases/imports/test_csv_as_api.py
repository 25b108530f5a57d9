"""A row of past orders is read as the API reads an order: its id and its currency."""

from datetime import UTC, datetime

import pytest

from purchases.imports.csv_columns import InvalidOrder, PastOrder

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = {
    "order_id": "1001",
    "email": "ada@example.com",
    "amount": "49.99",
    "currency": "USD",
    "purchased_at": "2025-11-20 18:00 +0100",
    "points": "50",
}


def read(**values: str) -> PastOrder:
    return PastOrder.parse(ROW | values, day_first=None, now=NOW)


@pytest.mark.parametrize("text", ["eur", " EUR\u200b", "\ufeffEur", "bgn", "Hrk "])
def test_a_currency_in_any_case(text: str) -> None:
    assert read(currency=text).currency in {"EUR", "BGN", "HRK"}


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("currency", "XAU", "no minor unit"),
        ("currency", "xdr", "no minor unit"),
        ("currency", "Euro", "ISO 4217"),
        ("order_id", "\ufe0f", "no order ID"),
        ("order_id", "\u3164\u2800", "no order ID"),
        ("order_id", "", "no order ID"),
        ("email", f"{'a' * 65}@example.com", "64 characters"),
    ],
)
def test_what_the_api_refuses_is_refused(field: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidOrder, match=reason):
        read(**{field: text})


@pytest.mark.parametrize("email", ["a..b@docomo.ne.jp", "ab.@ezweb.ne.jp"])
def test_an_address_with_dots_anywhere(email: str) -> None:
    assert read(email=email).email.key == email
