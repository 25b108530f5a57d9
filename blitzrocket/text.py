"""Text as people and programs send it: what surrounds it is dropped, and what cannot be stored is recognised."""

import re

# Classes of characters as regular expressions write them; escaped, because the API's description shows them too.

# White space, and characters of no width that come along unseen when text is copied: soft hyphen, joiners, direction
# marks, byte order mark. Variation selectors and tags are not among them: they belong to an emoji.
SURROUNDING = r"\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# White space, Unicode's Default_Ignorable_Code_Point, and blanks: an id of these alone looks empty.
INVISIBLE = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
# Those beyond the first plane; the API's description leaves them out, because a regular expression of JavaScript
# without its u flag takes them for two characters each.
_INVISIBLE_BEYOND = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"

_surrounding = "".join(filter(re.compile(f"[{SURROUNDING}]").match, map(chr, range(0x10000))))
_visible = re.compile(f"[^{INVISIBLE}{_INVISIBLE_BEYOND}]")
_unstorable = re.compile("[\x00\ud800-\udfff]")


def trim(text: str) -> str:
    """The text without white space, zero-width characters and byte order marks around it."""
    return text.strip(_surrounding)


def has_visible(text: str) -> bool:
    """Whether a reader would see anything of it."""
    return _visible.search(text) is not None


def is_storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 take it: no NUL and no half of a surrogate pair."""
    return _unstorable.search(text) is None


def storable(text: str) -> str:
    """The text with � for each character that cannot be stored."""
    return _unstorable.sub("�", text)
