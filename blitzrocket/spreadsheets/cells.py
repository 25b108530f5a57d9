"""Cells of a CSV file, as spreadsheets take them."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the alphabet of its own country
# What a spreadsheet runs; Japanese ones take the wide signs too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
QUOTE = "'"
# A spreadsheet that parts columns by another character than the comma begins a cell behind it, also within quotation
# marks. What it skips there are blanks and quotation marks; quotes of ours may be there already.
_formula_within = re.compile(
    r"""(?P<before>[;|\t\r\n](?:[^\S\t\r\n]|")*)(?P<quotes>'*)(?P<sign>[=+\-@\uff1d\uff0b\uff0d\uff20])"""
)


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
    text = _formula_within.sub(rf"\g<before>{QUOTE}\g<quotes>\g<sign>", str(value))
    return f"{QUOTE}{text}" if _is_quoted(text) else text


def plain_text(text: str) -> str:
    """A cell as it was before `cell` kept it from being run; other cells are as they are."""
    text = text[1:] if text.startswith(QUOTE) and _is_quoted(text[1:]) else text
    return _formula_within.sub(_with_a_quote_less, text)


def _with_a_quote_less(match: re.Match[str]) -> str:
    return f"{match['before']}{match['quotes'][1:]}{match['sign']}"


def _is_quoted(text: str) -> bool:
    """Also what begins with the quote itself, so that the quote before a cell is always one of ours."""
    return text.startswith((*FORMULA_STARTS, QUOTE)) or text.lstrip().startswith(FORMULA_STARTS)
