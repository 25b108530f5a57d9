"""Numbers on screens and in messages: “1,234.5”, “−3”, “+20”, “1 order”, “2 orders”."""

from decimal import Decimal

from blitzrocket.text import plural

MINUS = "\N{MINUS SIGN}"


def show_number(value: int | Decimal, *, digits: int | None = None, signed: bool = False) -> str:
    """A number with thousands separators and a real minus sign; decimals as they are, without trailing zeros.

    ``digits`` is the number of decimals where that is fixed, as in amounts; ``signed`` writes a plus too.
    """
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    if digits is not None:
        return f"{sign}{abs(value):,.{digits}f}"
    text = f"{abs(Decimal(value)):,f}"
    return sign + (text.rstrip("0").rstrip(".") if "." in text else text)


def counted(count: int, singular: str, plural_form: str) -> str:
    """“1 order”, “1,234 orders”."""
    return f"{show_number(count)} {plural(count, singular, plural_form)}"
