"""Cells of a CSV file, as spreadsheets take them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the alphabet of its own country
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> str:
    """As text; what a spreadsheet would run as a formula is given as the text it is, and a number stays one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def plain_text(text: str) -> str:
    """A cell as it was before `cell` kept it from being run."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
