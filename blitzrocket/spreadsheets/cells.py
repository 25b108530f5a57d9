"""Cells of CSV files, escaped so that no spreadsheet runs them as formulas (CSV injection)."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads UTF-8 in the Windows code page of its locale
# The first characters of formulas; Japanese spreadsheets accept the wide signs too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
QUOTE = "'"
# A spreadsheet with another delimiter than the comma starts a cell behind that character, also within quotation marks.
# It skips blanks and quotation marks there; quotes of ours may be there already.
_formula_within = re.compile(
    r"""(?P<before>[;|\t\r\n](?:[^\S\t\r\n]|")*)(?P<quotes>'*)(?P<sign>[=+\-@\uff1d\uff0b\uff0d\uff20])"""
)


def cell(value: Any) -> str:
    """A value as the text of a cell; formulas are escaped by a leading quote, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")  # with its offset
    text = _formula_within.sub(rf"\g<before>{QUOTE}\g<quotes>\g<sign>", str(value))
    return f"{QUOTE}{text}" if _is_quoted(text) else text


def plain_text(text: str) -> str:
    """The reverse of `cell`: the text without the quotes that it added; other texts are unchanged."""
    text = text[1:] if text.startswith(QUOTE) and _is_quoted(text[1:]) else text
    return _formula_within.sub(_remove_quote, text)


def _remove_quote(match: re.Match[str]) -> str:
    return f"{match['before']}{match['quotes'][1:]}{match['sign']}"


def _is_quoted(text: str) -> bool:
    """Whether `cell` adds a quote. Also to a text that begins with one, so that a leading quote is always ours."""
    return text.startswith((*FORMULA_STARTS, QUOTE)) or text.lstrip().startswith(FORMULA_STARTS)
