"""Cells of a CSV file, as spreadsheets take them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the alphabet of its own country
# What a spreadsheet runs; Japanese ones take the wide signs too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
QUOTE = "'"


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
    return f"{QUOTE}{text}" if _is_quoted(text) else text


def plain_text(text: str) -> str:
    """A cell as it was before `cell` kept it from being run; other cells are as they are."""
    return text[1:] if text.startswith(QUOTE) and _is_quoted(text[1:]) else text


def _is_quoted(text: str) -> bool:
    """Also what begins with the quote itself, so that the quote before a cell is always one of ours."""
    return text.startswith((*FORMULA_STARTS, QUOTE))
