"""What a row with a past order says; what cannot be read for sure is refused with a sentence."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from blitzrocket.spreadsheets.csv_table import CsvTable
from purchases.imports.csv_columns import VOCABULARY, InvalidOrder, PastOrder

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = {
    "order_id": "1001",
    "email": "ada@example.com",
    "amount": "49.99",
    "currency": "USD",
    "purchased_at": "2026-11-20",
    "points": "50",
}


def parse(**cells: str) -> PastOrder:
    return PastOrder.parse(GOOD | cells, day_first=None, now=NOW)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"amount": "1,234.50"}, {"amount": Decimal("1234.50")}),
        ({"amount": "1.234,50", "currency": "eur"}, {"amount": Decimal("1234.50"), "currency": "EUR"}),
        ({"amount": "€ 49,99", "currency": "EUR"}, {"amount": Decimal("49.99")}),
        ({"amount": "49.99 USD"}, {"amount": Decimal("49.99")}),
        ({"amount": "1,234"}, {"amount": Decimal("1234.00")}),
        ({"amount": "12.500", "currency": "KWD"}, {"amount": Decimal("12.500")}),
        ({"amount": "1,012.500", "currency": "KWD"}, {"amount": Decimal("1012.500")}),
        ({"amount": "5000", "currency": "JPY"}, {"amount": Decimal(5000)}),
        ({"amount": "0.005"}, {"amount": Decimal("0.01")}),
        ({"amount": "30.33333"}, {"amount": Decimal("30.33")}),
        ({"points": "1,250"}, {"points": 1250}),
        ({"points": "100.0"}, {"points": 100}),
        ({"points": "0"}, {"points": 0}),
        ({"points": "1000000000000"}, {"points": 10**12}),
        ({"order_id": "#1001-A"}, {"order_id": "#1001-A"}),
        ({"order_id": "5E10"}, {"order_id": "5E10"}),
        (
            {"purchased_at": "1999-12-31 23:59:59 +0000"},
            {"purchased_at": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)},
        ),
        ({"purchased_at": "2026-11-26 01:00"}, {"purchased_at": NOW}),
        ({"purchased_at": "2026-11-25T12:04:00Z"}, {"purchased_at": datetime(2026, 11, 25, 12, 4, tzinfo=UTC)}),
    ],
)
def test_valid_rows_are_read(cells: dict[str, str], expected: dict[str, Any]) -> None:
    order = parse(**cells)
    assert {name: getattr(order, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"order_id": ""}, "The row has no order ID."),
        ({"order_id": "1" * 256}, "more than 255 characters"),
        ({"order_id": "a\tb"}, "control character"),
        ({"order_id": "1.23457E+12"}, "A spreadsheet shortened the order ID to “1.23457E+12”."),
        ({"order_id": "5E+10"}, "A spreadsheet shortened"),
        ({"email": ""}, "The row has no email."),
        ({"email": "nobody"}, "“nobody” is not a valid email"),
        ({"amount": ""}, "“” is not an amount"),
        ({"amount": "0"}, "more than 0"),
        ({"amount": "-5"}, "more than 0"),
        ({"amount": "0.004"}, "more than 0"),
        ({"amount": "1000000000000"}, "at most 999,999,999,999"),
        ({"amount": "9" * 400}, "at most 999,999,999,999"),
        ({"amount": "free"}, "“free” is not an amount"),
        ({"amount": "1.000"}, "can be read in two ways"),
        ({"amount": "12,500", "currency": "KWD"}, "can be read in two ways"),
        ({"amount": "49.99 EUR"}, "the column “currency” says USD"),
        ({"currency": ""}, "“” is not a currency"),
        ({"currency": "XAU"}, "no minor unit"),
        ({"currency": "Dollar"}, "“Dollar” is not a currency"),
        ({"purchased_at": ""}, "when the order was purchased"),
        ({"purchased_at": "soon"}, "“soon” cannot be read as a date: write it as 2026-11-20 18:00:00 +0100."),
        ({"purchased_at": "2026-11-25T12:06:00Z"}, "lies in the future"),
        ({"purchased_at": "2027-01-01"}, "lies in the future"),
        ({"purchased_at": "1899-12-30"}, "is before 1970"),
        ({"points": ""}, "how many points were given; write 0 for none"),
        ({"points": "n/a"}, "write 0 for none"),
        ({"points": "-5"}, "a whole number from 0"),
        ({"points": "1.5"}, "not a whole number"),
        ({"points": "1000000000001"}, "a whole number from 0 to 1,000,000,000,000"),
        ({"points": "many"}, "“many” is not a number of points"),
    ],
)
def test_invalid_rows_are_refused(cells: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidOrder) as refused:
        parse(**cells)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("headings", "delimiter"),
    [
        ("order id,email,amount,currency,purchased at,points given", ","),
        ("orderId;email;amount;currency;purchasedAt;pointsAwarded", ";"),
        ("Order Number\tCustomer Email\tTotal\tCurrency Code\tOrder date\tPoints earned", "\t"),
        ("Bestellnummer;E-Mail-Adresse;Betrag;Währung;Bestelldatum;Punkte", ";"),
        ("Order id,Billing: Email,Order Total,Currency,Created at,Points", ","),
        ("Numéro de commande;Adresse e-mail;Montant;Devise;Date de commande;Points", ";"),
        ("Order ID,Email,Amount,Currency,Purchased at (UTC),Points awarded", ","),
    ],
)
def test_columns_are_known_by_their_usual_names(headings: str, delimiter: str) -> None:
    cells = delimiter.join(['"1001"', "ada@example.com", '"49.99"', "USD", '"2026-11-20"', "50"])
    (row,) = CsvTable.parse(f"Orders\n{headings}\n{cells}\n".encode(), VOCABULARY).rows()
    assert row.values == GOOD


def test_of_several_columns_the_main_one_is_used() -> None:
    text = (
        "Order id,External id,Email,Amount,Total,Currency,Created at,Purchased at,Points now,Points awarded\n"
        "1,x1,ada@example.com,5,6,USD,2026-01-02,2026-01-01,0,7\n"
        ",x2,ada@example.com,,6,USD,2026-01-02,,0,8\n"
    )
    columns = ("order_id", "amount", "purchased_at", "points")
    rows = [tuple(row.values[name] for name in columns) for row in CsvTable.parse(text.encode(), VOCABULARY).rows()]
    assert rows == [("1", "5", "2026-01-01", "7"), ("x2", "6", "2026-01-02", "8")]
