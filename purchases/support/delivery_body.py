"""The body of a store's delivery as screens show it: indented, with personal values masked until they are opened."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from blitzrocket.strict_json import InvalidJSON, Unusable, read
from blitzrocket.text import storable

MAX_CHARACTERS = 200_000  # a browser shows as many at once
MASK = "••••"
INDENT = "  "
MAX_DEPTH = 40  # of levels; what is deeper is shown as …

# Fields whose values are personal, wherever they stand, and objects in which all texts are.
_PERSONAL_FIELD = re.compile(
    r"e_?mail|phone|mobile|(first|last|full|given|family|user|customer|contact|billing|shipping|cardholder)_?name"
    r"|address|street|city|zip|post(al)?_?code|company|birth|latitude|longitude|vat_?(id|number)|tax_?id"
    r"|(^|_)ip($|_)|user_?agent|note$|^(contact|first|last)$",
    re.IGNORECASE,
)
_PERSONAL_OBJECT = re.compile(
    r"^(customer|billing|shipping|client)(_?(address|details|info|data))?$|address|_details$"
    r"|^(user|buyer|payer|contact|recipients?)$",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s\"'<>,;@]{1,64}@[^\s\"'<>,;@]{1,255}")
_PLAIN = re.compile(r"(^|_)(id|currency|code|type|status|object|locale|kind|gid|created|updated)($|_)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShownBody:
    """The text of a body; ``is_masked`` where a value was left out, ``is_cut`` where its end was."""

    text: str
    is_masked: bool
    is_cut: bool


def shown_body(body: bytes, *, masks: bool) -> ShownBody:
    """The body for a screen; one that is not JSON is shown as it is, without emails where ``masks``."""
    try:
        value = read(body)
    except InvalidJSON:
        text = storable(body[: 4 * MAX_CHARACTERS].decode("utf-8", "replace"))
        shown = _EMAIL.sub(MASK, text) if masks else text
        return ShownBody(shown[:MAX_CHARACTERS], shown != text, len(shown) > MAX_CHARACTERS)
    writer = _Writer(masks)
    parts, length = [], 0
    for part in writer.write(value):
        parts.append(part)
        length += len(part)
        if length > MAX_CHARACTERS:
            break
    text = storable("".join(parts))
    return ShownBody(text[:MAX_CHARACTERS], writer.is_masked, len(text) > MAX_CHARACTERS)


class _Writer:
    """Writes JSON with its digits, one member a line."""

    def __init__(self, masks: bool) -> None:
        self.masks = masks
        self.is_masked = False

    def write(self, value: Any, indent: str = "", name: str = "", is_personal: bool = False) -> Iterator[str]:
        match value:
            case dict() | list() if value and len(indent) >= MAX_DEPTH * len(INDENT):
                yield "…"
            case dict() if value:
                yield from self._members(value, indent, is_personal)
            case list() if value:
                yield from self._items(value, indent, name, is_personal)
            case _:
                yield self._scalar(value, name, is_personal)

    def _members(self, members: dict[str, Any], indent: str, is_personal: bool) -> Iterator[str]:
        inner = indent + INDENT
        for number, (name, value) in enumerate(members.items()):
            yield f"{',' if number else '{'}\n{inner}{_text(name)}: "
            is_name = name == "name" and "email" in members and "id" not in members  # a person's, not an order's
            yield from self.write(value, inner, name, is_personal or is_name or self._is_personal_object(name, value))
        yield f"\n{indent}}}"

    def _items(self, items: list[Any], indent: str, name: str, is_personal: bool) -> Iterator[str]:
        inner = indent + INDENT
        for number, value in enumerate(items):
            yield f"{',' if number else '['}\n{inner}"
            yield from self.write(value, inner, name, is_personal)
        yield f"\n{indent}]"

    def _is_personal_object(self, name: str, value: Any) -> bool:
        return isinstance(value, dict | list) and _PERSONAL_OBJECT.search(name) is not None

    def _scalar(self, value: Any, name: str, is_personal: bool) -> str:
        if self.masks and self._is_private(value, name, is_personal):
            self.is_masked = True
            return _text(MASK)
        if isinstance(value, Decimal | Unusable):
            return str(value)
        return _text(value)

    def _is_private(self, value: Any, name: str, is_personal: bool) -> bool:
        if value in (None, "") or isinstance(value, bool | dict | list):
            return False
        if _PERSONAL_FIELD.search(name) or (isinstance(value, str) and _EMAIL.search(value)):
            return True
        return is_personal and isinstance(value, str) and not _PLAIN.search(name)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
