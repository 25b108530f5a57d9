"""Currencies and their minor units (ISO 4217), and rounding of amounts."""

from decimal import ROUND_HALF_UP, Decimal

from iso4217 import Currency

from blitzrocket.numbers import show_number
from blitzrocket.text import trim

# Withdrawn from ISO 4217 in recent years: shops still send orders, refunds and corrections in them.
WITHDRAWN = {
    "ANG": 2,  # 2025, now XCG
    "BGN": 2,  # 2026, now EUR
    "HRK": 2,  # 2023, now EUR
    "SLL": 2,  # 2023, now SLE
    "ZWL": 2,  # 2024, now ZWG
}
# Codes that no order can be paid in: gold, test codes, units of account.
WITHOUT_MINOR_UNIT = {currency.code for currency in Currency if currency.exponent is None}
MINOR_DIGITS: dict[str, int] = {
    currency.code: currency.exponent for currency in Currency if currency.exponent is not None
} | WITHDRAWN
NAMES: dict[str, str] = {
    currency.code: currency.currency_name for currency in Currency if currency.exponent is not None
} | dict.fromkeys(WITHDRAWN, "withdrawn")
MAX_MINOR_DIGITS = 4
_ZERO = Decimal(0)
_UNITS = [Decimal(1).scaleb(-digits) for digits in range(MAX_MINOR_DIGITS + 1)]
_UNIT_OF = {currency: _UNITS[digits] for currency, digits in MINOR_DIGITS.items()}
MAX_AMOUNT = Decimal(999_999_999_999)


class InvalidCurrency(ValueError):
    """The text is not a currency of orders; the message says why."""


def read_currency(text: str) -> str:
    """The ISO 4217 code in upper case of a text in any case.

    Raises:
        InvalidCurrency: it is not a code, or the currency has no minor unit.
    """
    if text in MINOR_DIGITS:
        return text
    code = trim(text)
    code = code.upper() if code.isascii() else ""  # “ſ” would become S
    if code in WITHOUT_MINOR_UNIT:
        raise InvalidCurrency(
            f"The currency {code} has no minor unit, so no order can be paid in it: send one such as USD or EUR."
        )
    if code not in MINOR_DIGITS:
        raise InvalidCurrency("The currency must be an ISO 4217 code, such as USD or EUR.")
    return code


class AmountNotPositive(ValueError):
    """The amount is 0 or less, perhaps only after rounding; the message says which."""

    def __init__(self, message: str = "The amount must be greater than 0.") -> None:
        super().__init__(message)


class AmountTooLarge(ValueError):
    """The amount is more than `MAX_AMOUNT`."""

    def __init__(self) -> None:
        super().__init__(f"The amount must be at most {MAX_AMOUNT:,}.")


def payable_amount(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded to the currency's minor unit, or to the smallest of all while the currency is unknown.

    Raises:
        AmountNotPositive: it is not above 0, or not after rounding.
        AmountTooLarge: it is more than `MAX_AMOUNT`.
    """
    rounded = in_minor_units(amount, currency) if currency else in_smallest_units(amount)
    if amount <= _ZERO:
        raise AmountNotPositive
    if rounded <= _ZERO:
        unit = f"the minor unit of {currency}" if currency else "the smallest minor unit of any currency"
        raise AmountNotPositive(f"The amount is 0 when rounded to {unit}.")
    if rounded > MAX_AMOUNT:
        raise AmountTooLarge
    return rounded


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 USD, 1 JPY."""
    return _UNIT_OF.get(currency, _UNITS[MAX_MINOR_DIGITS])


def in_minor_units(amount: Decimal, currency: str) -> Decimal:
    """The amount with exactly the currency's minor digits, rounded half up: 49.9 USD is 49.90, 49.9 JPY is 50.

    An amount recorded in a currency that is no longer accepted is left unchanged.
    """
    unit = _UNIT_OF.get(currency)
    return amount if unit is None else amount.quantize(unit, rounding=ROUND_HALF_UP)


def show_amount(amount: Decimal, currency: str) -> str:
    """“15.50 USD”, “1,500 JPY”, “1.234 KWD”; the number alone while the currency is unknown."""
    digits = MINOR_DIGITS.get(currency)
    return f"{show_number(amount, digits=digits)} {currency}".rstrip()


def in_smallest_units(amount: Decimal) -> Decimal:
    """The amount as stored while its currency is unknown, rounded half up."""
    return amount.quantize(_UNITS[MAX_MINOR_DIGITS], rounding=ROUND_HALF_UP)
