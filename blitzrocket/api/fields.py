"""Serializer fields of the API: strict about JSON types on input, exact in digits on output."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar, Literal

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField, empty

from blitzrocket.datetimes import format_rfc3339
from blitzrocket.strict_json import Unusable
from blitzrocket.text import INVISIBLE, SURROUNDING, has_visible, is_storable, trim

_control_character = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc


def refuse(message: str, code: str = "invalid") -> serializers.ValidationError:
    """The validation error for a value that a field refuses."""
    return serializers.ValidationError(message, code=code)


def fault_of(value: Any) -> str:
    """Why no field can store a value, as the end of a sentence about it; empty where one can."""
    if isinstance(value, str):
        return "" if is_storable(value) else "holds a NUL character or half a surrogate pair, which cannot be stored."
    return value.reason if isinstance(value, Unusable) else ""


class StrictField(serializers.Field):
    """A field that accepts one JSON type; ``noun`` names it in the messages of an absent or null value.

    Text is trimmed, and empty text is treated like null. A required field refuses null. An optional one treats it as
    ``null`` says: like an absent member, as a value of its own, or as an error.
    """

    empty_text_is_null = True

    def __init__(
        self, noun: str = "", *, null: Literal["absent", "value", "refused"] = "absent", **options: Any
    ) -> None:
        self.null = null
        options["allow_null"] = not options.get("required", True) and null != "refused"
        super().__init__(**options)
        if noun:
            self.error_messages |= {"required": f"Send {noun}.", "null": f"Send {noun}."}

    @cached_property
    def is_left_out_when_absent(self) -> bool:
        """Whether an absent member has no value and is no error. Asking takes less time than a `SkipField`."""
        return not self.required and self.default is empty

    def run_validation(self, data: Any = empty) -> Any:
        return self.read_member(data, self.context)

    def read_member(self, data: Any, context: Mapping[str, Any]) -> Any:
        """The value of a member, or of ``empty`` where it is absent.

        This is DRF's `run_validation` without asking the serializer for each value, which takes as long as reading it.

        Raises:
            SkipField: it has no value.
            ValidationError: it is refused; the message says what to change.
        """
        if data is empty:
            if self.required:
                self.fail("required")
            return self.get_default()
        if isinstance(data, str):
            if not (data.isascii() and data.isprintable() and " " not in data):  # the most need no closer look
                self._refuse_fault(data)
                data = trim(data)
            if not data and self.empty_text_is_null:
                data = None
        else:
            self._refuse_fault(data)
        if data is None:
            return self._read_null()
        return self.convert(data, context)

    def _refuse_fault(self, data: Any) -> None:
        if fault := fault_of(data):
            raise refuse(f"The {self.field_name} {fault}")

    def convert(self, data: Any, context: Mapping[str, Any]) -> Any:
        """The value of a member that is present; ``context`` is the serializer's."""
        return self.to_internal_value(data)

    def _read_null(self) -> None:
        if not self.allow_null:
            self.fail("null")
        if self.null == "absent":
            raise SkipField


def trimmed_pattern(pattern: str, *, or_empty: bool = False) -> str:
    """The pattern of a text that matches ``pattern`` once trimmed, or is empty with ``or_empty``."""
    return f"^[{SURROUNDING}]*(?:{pattern}){'?' if or_empty else ''}[{SURROUNDING}]*$"


@cache
def text_pattern(min_length: int, excluded: str = r"\u0000-\u001f\u007f-\u009f") -> str:
    """The pattern of a text without these characters; with a minimum length it has a visible one."""
    allowed = f"[^{excluded}]*"
    return rf"^{allowed}[^{INVISIBLE}{excluded}]{allowed}$" if min_length else f"^{allowed}$"


class TextField(StrictField):
    """A JSON string up to a maximum length, without control characters; with a minimum length it has a visible one.

    ``schema`` replaces the default description as such a string.
    """

    schema: ClassVar[dict[str, Any]] = {}

    def __init__(self, noun: str = "", *, max_length: int, min_length: int = 0, **options: Any) -> None:
        super().__init__(noun, **options)
        self.min_length, self.max_length = min_length, max_length
        rules = {"minLength": min_length, "maxLength": max_length, "pattern": text_pattern(min_length)}
        extend_schema_field(self.schema or {"type": "string"} | rules)(self)  # type: ignore[type-var]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise refuse(f"The {self.field_name} must be a JSON string.")
        if not self.min_length <= len(data) <= self.max_length:
            raise refuse(f"The {self.field_name} must have {self.min_length} to {self.max_length} characters.")
        if not data.isprintable() and _control_character.search(data):  # the first alone takes a quarter of the time
            raise refuse(f"The {self.field_name} must not hold control characters.")
        if self.min_length and not data.isascii() and not has_visible(data):  # trimmed
            raise refuse(f"The {self.field_name} must hold something that can be seen.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "boolean"})
class FlagField(StrictField):
    """JSON true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise refuse(f"The {self.field_name} must be true or false.")
        return data

    def to_representation(self, value: Any) -> bool:
        return bool(value)


@extend_schema_field({"type": "number"})
class MoneyField(serializers.Field):
    """A Decimal as a JSON number with exactly its digits."""

    def to_representation(self, value: Decimal) -> Decimal:
        return value


@extend_schema_field({"type": "string", "format": "date-time"})
class TimestampField(serializers.Field):
    """A time in UTC with milliseconds."""

    def to_representation(self, value: Any) -> str:
        return format_rfc3339(value)


@extend_schema_field({"type": "string"})
class TextOrNullField(serializers.Field):
    """A text; null where it is empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"allow_null": True})

    def to_representation(self, value: str) -> str | None:
        return value or None


class DateTimeOrNullField(TimestampField):
    """A time, or null where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"allow_null": True})
