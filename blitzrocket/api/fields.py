"""Fields that the API's serializers share: what they take is told exactly, and what they give keeps its digits."""

import unicodedata
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blitzrocket.api.moments import write_moment


def refuse(message: str, code: str = "invalid") -> serializers.ValidationError:
    """What a field says about a value that it does not take."""
    return serializers.ValidationError(message, code=code)


class StrictField(serializers.Field):
    """A field that takes one JSON type; ``what`` names it in the messages of an absent or null value."""

    def __init__(self, what: str = "", **options: Any) -> None:
        super().__init__(**options)
        if what:
            self.error_messages |= {"required": f"Send {what}.", "null": f"Send {what}."}


def text_pattern(min_length: int, without: str = r"\u0000-\u001f\u007f-\u009f") -> str:
    """What a text without control characters (or others) looks like; with a minimum length it is not all space."""
    within = f"[^{without}]*"
    return rf"^{within}[^\s{without}]{within}$" if min_length else f"^{within}$"


class TextField(StrictField):
    """A JSON string of so many characters at most, without the space around it and without control characters."""

    def __init__(self, what: str = "", *, max_length: int, min_length: int = 0, **options: Any) -> None:
        super().__init__(what, **options)
        self.min_length, self.max_length = min_length, max_length
        rules = {"minLength": min_length, "maxLength": max_length, "pattern": text_pattern(min_length)}
        extend_schema_field({"type": "string"} | rules)(self)  # type: ignore[type-var]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise refuse(f"The {self.field_name} must be a JSON string.")
        text = data.strip()
        if not self.min_length <= len(text) <= self.max_length:
            raise refuse(f"The {self.field_name} must have {self.min_length} to {self.max_length} characters.")
        if any(unicodedata.category(character) == "Cc" for character in text):
            raise refuse(f"The {self.field_name} must not hold control characters.")
        return text

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
    """A decimal as a JSON number with just its own digits."""

    def to_representation(self, value: Decimal) -> Decimal:
        return value


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field):
    """A time in UTC with milliseconds."""

    def to_representation(self, value: Any) -> str:
        return write_moment(value)


@extend_schema_field({"type": "string"})
class TextOrNullField(serializers.Field):
    """A text; null where it is empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"allow_null": True})

    def to_representation(self, value: str) -> str | None:
        return value or None


class MomentOrNullField(MomentField):
    """A time, or null where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"allow_null": True})
