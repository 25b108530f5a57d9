"""Parsing cells: numbers, yes and no, and the words for an empty cell.

Thousands may be separated by comma, dot, blank or apostrophe, decimals by comma or dot. A single separator before three
digits separates thousands (``1,234`` and ``1.234`` are 1234): no imported column has three decimals. Only ``1.000`` is
ambiguous and is refused.
"""

import re
import unicodedata
from decimal import Decimal

from blitzrocket.text import trim

YES = frozenset({
    "confirmed", "verified", "1", "x", "y", "yes", "true", "t", "on", "ok", "ja", "j", "wahr", "richtig", "oui",
    "vrai", "si", "sim", "s", "verdadero", "verdadeiro", "cierto", "vero", "waar", "tak", "prawda", "ano", "pravda",
    "evet", "dogru", "igen", "igaz", "kylla", "tosi", "sant", "sand", "da", "adevarat", "nai", "да", "истина", "はい",
    "真", "是", "✓", "✔", "☑", "✅",
})  # fmt: skip
NO = frozenset({
    "unconfirmed", "not confirmed", "unverified", "pending", "0", "n", "no", "false", "f", "off", "nein", "falsch",
    "non", "faux", "nao", "falso", "nee", "onwaar", "nie", "falsz", "fałsz", "ne", "nepravda", "hayir", "yanlis",
    "nem", "hamis", "ei", "epatosi", "nej", "usant", "falsk", "fals", "nu", "ochi", "нет", "ложь", "いいえ", "偽", "否",
    "✗", "✘", "☐", "❌",
})  # fmt: skip
EMPTY_WORDS = frozenset({
    "-", "--", "–", "—", ".", "/", "n/a", "na", "n.a.", "none", "null", "nil", "nan", "#n/a", "#nv", "undefined",
    "keine", "aucun", "ninguno",
})  # fmt: skip
_currency = re.compile(r"^[^\W\d_]{1,3}\.? ?(?=[-+(0-9.,])|(?<=[0-9.,)]) ?[^\W\d_]{1,3}\.?$")
_parts = re.compile(r"([+-]?)([0-9][0-9.,' ]*|[.,][0-9]+)")
_groups = re.compile(r"[0-9]{1,3}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")


class InvalidNumber(ValueError):
    """The text is not a number, or is ambiguous; the message says which."""


def is_empty(text: str) -> bool:
    """Whether a cell is empty or has a word for that: “N/A”, “-”, “NULL”."""
    return not trim(text) or _word(text) in EMPTY_WORDS


def parse_flag(text: str) -> bool | None:
    """Yes or no in many languages, also as a number (``1.0``); None for other texts."""
    word = _word(text)
    word = re.sub(r"^([01])[.,]0+$", r"\1", word)
    return True if word in YES else False if word in NO else None


def parse_number(text: str) -> Decimal:
    """A decimal number.

    Raises:
        InvalidNumber: it is not a number, or is ambiguous.
    """
    plain = _plain(text)
    if plain.startswith("(") and plain.endswith(")"):  # accountants' form of a negative number
        plain = f"-{plain[1:-1].strip()}"
    parts = _parts.fullmatch(re.sub(r"^([+-]) +", r"\1", plain))
    if parts is None:
        raise InvalidNumber("it is not a number")
    return Decimal(f"{parts[1]}{_digits(parts[2])}")


def parse_money(text: str) -> Decimal:
    """An amount; a currency's sign, code or short name beside it is ignored.

    Raises:
        InvalidNumber: it is not a number, or is ambiguous.
    """
    plain = "".join(character for character in _plain(text) if unicodedata.category(character) != "Sc").strip()
    return parse_number(_currency.sub("", plain))


def parse_whole_number(text: str) -> int:
    """A whole number; decimals of 0 are allowed.

    Raises:
        InvalidNumber: it is not a number, not whole, or ambiguous.
    """
    number = parse_number(text)
    if number != number.to_integral_value():
        raise InvalidNumber("it is not a whole number")
    return int(number)


def _digits(text: str) -> str:
    """The number's digits with at most one dot."""
    if re.fullmatch(r"[0-9]{1,3}\.000", text):
        raise InvalidNumber("it can be read in two ways: write it without the dot")
    if _groups.fullmatch(text) and not text.startswith("0"):
        return re.sub(r"[^0-9]", "", text)
    whole, mark, decimals = re.fullmatch(r"(.*?)(?:([.,])([0-9]*))?", text).groups("")  # type: ignore[union-attr]
    groups = _groups.fullmatch(whole)
    if (groups and groups[1] != mark) or re.fullmatch(r"[0-9]*", whole):
        return f"{re.sub(r'[^0-9]', '', whole)}.{decimals}"
    raise InvalidNumber("it is not a number")


def _plain(text: str) -> str:
    """The text with ASCII digits and signs, and single blanks."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'")
    plain = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return " ".join(plain.split())


def _word(text: str) -> str:
    folded = unicodedata.normalize("NFKD", trim(text).casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in folded if not unicodedata.combining(letter)))
