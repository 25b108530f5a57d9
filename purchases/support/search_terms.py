"""The terms of a search text: a pasted list is several, and some are plainly order ids."""

import re

from blitzrocket.text import without_decoration

_list_separators = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029,;，；、﹐﹔؛،]+")
_digits_after_separator = re.compile(r"[-_/.:]\d")


def terms_of(text: str) -> list[str]:
    """The terms of a text; more than one is a pasted list."""
    return [term for term in _list_separators.split(text) if without_decoration(term)]


def are_plainly_ids(words: list[str]) -> bool:
    """Whether each is an order id or an email, and not a name."""
    return all("@" in word or is_plainly_order_id(without_decoration(word)) for word in words)


def is_plainly_order_id(term: str) -> bool:
    """One word with “#” before it, digits after a separator (ORD-17), or at least as many digits as letters."""
    if len(term.split()) != 1 or "@" in term or not any(map(str.isdigit, term)):
        return False
    digits, letters = (sum(map(is_kind, term)) for is_kind in (str.isdigit, str.isalpha))
    return term.startswith("#") or digits >= letters or _digits_after_separator.search(term) is not None
