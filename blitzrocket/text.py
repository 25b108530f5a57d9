"""Cleaning text from people and programs: trimming, decoration, invisible and unstorable characters."""

import re
import unicodedata
from urllib.parse import unquote

# Character classes for regular expressions; escaped, because the OpenAPI description shows them too.

# White space, and zero-width characters that are copied along with text: soft hyphen, joiners, direction marks, byte
# order mark. Variation selectors and tags are left out: they belong to an emoji.
WHITE_SPACE = r"\s"
SURROUNDING = WHITE_SPACE + r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# White space, Unicode's Default_Ignorable_Code_Point, and blank symbols: an id of only these looks empty.
INVISIBLE = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
# Ignorable characters beyond the first plane. The OpenAPI description leaves them out, because a JavaScript regular
# expression without the u flag reads each as two characters.
_INVISIBLE_BEYOND = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"

_surrounding = "".join(filter(re.compile(f"[{SURROUNDING}]").match, map(chr, range(0x10000))))
_visible = re.compile(f"[^{INVISIBLE}{_INVISIBLE_BEYOND}]")
_zero_width = re.compile(f"[{INVISIBLE.removeprefix(WHITE_SPACE)}{_INVISIBLE_BEYOND}]")
_bullet = re.compile(r"[-+\u2010-\u2015\u2212]\s+")
_mail_link = re.compile(r"mailto:([^?]*).*", re.IGNORECASE | re.DOTALL)
_address_in_angles = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*(?:>|$)")  # “Ada Lovelace <ada@example.com>”
_ID_PUNCTUATION = "#@%&/\\"  # which order ids begin and end with
_DECORATING_SYMBOLS = "<>|`"
_unstorable = re.compile("[\x00\ud800-\udfff]")


def trim(text: str) -> str:
    """The text without white space, zero-width characters and byte order marks around it."""
    return text.strip(_surrounding)


def readings(text: str) -> list[str]:
    """The possible meanings of a search text: the text itself, then without its decoration.

    An order id may end with a comma or a bracket, so the text itself comes first.
    """
    return list(dict.fromkeys(filter(None, (trim(text), without_decoration(text)))))


def without_decoration(text: str) -> str:
    """A copied search term without decoration: “＃1001,” is #1001, “<mailto:ada@shop.example>” the address.

    Removes surrounding quotes, brackets, punctuation and bullets, zero-width characters, ``mailto:`` and the name
    before an address. Wide and other compatible characters become the usual ones (NFKC).
    """
    plain, before = _zero_width.sub("", text), None
    while plain != before:
        before = plain
        if address := _address_in_angles.search(plain):
            plain = address[1]
        plain = _strip_decoration(unicodedata.normalize("NFKC", _strip_decoration(plain)))
        plain = _bullet.sub("", plain, count=1) if _bullet.match(plain) else plain
        if link := _mail_link.fullmatch(plain):
            plain = _zero_width.sub("", unquote(link[1])).replace("\0", "")  # %00 and %E2%80%8B
    return plain


def _strip_decoration(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_decoration(text[start]):
        start += 1
    while end > start and _is_decoration(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_decoration(character: str) -> bool:
    if character.isspace() or character in _DECORATING_SYMBOLS:
        return True
    category = unicodedata.category(character)
    return category in ("Ps", "Pe", "Pi", "Pf") or (category == "Po" and character not in _ID_PUNCTUATION)


def has_visible(text: str) -> bool:
    """Whether the text has a visible character."""
    return _visible.search(text) is not None


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can store the text in UTF-8: no NUL, no half of a surrogate pair."""
    return text.isprintable() or _unstorable.search(text) is None  # the first alone takes a quarter of the time


def storable(text: str) -> str:
    """The text with � for each character that cannot be stored."""
    return text if text.isprintable() else _unstorable.sub("�", text)


def plural(count: int, singular: str, plural_form: str) -> str:
    """The form for a count: “order” for 1, “orders” for 0, 2, 3 …"""
    return singular if count == 1 else plural_form
