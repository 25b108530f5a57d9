"""Query parameters: a `QuerySerializer` names those of a call, and its fields parse, validate and describe them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from blitzrocket.api.exceptions import InvalidQueryParameterError, details_of
from blitzrocket.api.fields import StrictField, refuse, text_pattern, trimmed_pattern
from blitzrocket.datetimes import PATTERN, parse_rfc3339
from blitzrocket.text import trim

MAX_LENGTH = 300
MAX_SHOWN_LENGTH = 80  # of an unknown parameter, as an error names it
TRUE_WORDS = ("true", "1")
# The key, and parameters that caches and campaigns add.
_ignored_names = re.compile(r"apiKey|_|utm_.*", re.DOTALL)


class QuerySerializer(serializers.Serializer):
    """Reads the parameters of a call; others are ignored. An empty one is refused unless its field takes it."""

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        is_valid = super().is_valid()
        if raise_exception and not is_valid:
            raise InvalidQueryParameterError(details=details_of(self.errors))
        return is_valid

    def to_internal_value(self, data: QueryDict) -> Any:
        values = data.dict()  # the last of each: DRF takes a QueryDict for a form of HTML, where empty means absent
        blank = {
            name: [EMPTY]
            for name, field in self.fields.items()
            if _is_blank(values.get(name)) and _refuses_empty(field)
        }
        if blank:
            raise serializers.ValidationError(blank)
        return super().to_internal_value(values)


class ListQuerySerializer(QuerySerializer):
    """The parameters of a list: an unknown or repeated one is refused, because ignoring it would answer too much."""

    def run_validation(self, data: Any = empty) -> Any:
        errors = self._errors_of_names(data)
        try:
            values = super().run_validation(data)
        except serializers.ValidationError as error:
            for name, messages in cast("dict[str, list[str]]", error.detail).items():
                errors.setdefault(name, []).extend(messages)
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def _errors_of_names(self, query: QueryDict) -> dict[str, list[str]]:
        errors: dict[str, list[str]] = {}
        for name in query:
            if is_ignored(name):
                continue
            if name not in self.fields:
                shown_name = name[:MAX_SHOWN_LENGTH].replace("\0", "�")
                message = f"There is no such parameter here; there are {', '.join(self.fields)}."
                errors.setdefault(shown_name, []).append(message)
            elif len(query.getlist(name)) > 1:
                errors.setdefault(name, []).append("It is given more than once; send it once.")
        return errors


EMPTY = "It is empty; write a value, or leave the parameter out."


def is_ignored(name: str) -> bool:
    """Whether a list ignores a parameter that it does not know."""
    return _ignored_names.fullmatch(name) is not None


def refuse_parameter(name: str, message: str) -> InvalidQueryParameterError:
    """The error for one parameter; the message says what to send."""
    return InvalidQueryParameterError(details=[{"field": name, "message": message}])


def flag(request: Request, name: str) -> bool:
    """Whether an option is on: true or 1, in any case; other values count as absent."""
    if not request.META.get("QUERY_STRING"):
        return False  # at once: parsing no parameters takes as long as reading an order
    return trim(request.query_params.get(name, "")).lower() in TRUE_WORDS


class Parameter(StrictField):
    """A query parameter with its OpenAPI schema."""

    takes_empty = False
    empty_text_is_null = False  # `QuerySerializer` has refused it, or it is a value

    def __init__(self, schema: Mapping[str, Any], **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(null="refused", **options)
        extend_schema_field(dict(schema))(self)  # type: ignore[type-var]

    def to_internal_value(self, data: str) -> Any:
        return self.read(data)

    def read(self, text: str) -> Any:
        """Parse the parameter's text.

        Raises:
            ValidationError: it is invalid; the message says what to send.
        """
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        return value


class TextParameter(Parameter):
    """A text of at most so many characters, without NUL, which PostgreSQL does not take."""

    def __init__(self, *, max_length: int = MAX_LENGTH, takes_empty: bool = False, **options: Any) -> None:
        self.max_length, self.takes_empty = max_length, takes_empty
        pattern = text_pattern(0 if takes_empty else 1, excluded=r"\u0000")
        super().__init__({"type": "string", "maxLength": max_length, "pattern": pattern}, **options)

    def read(self, text: str) -> str:
        if len(text) > self.max_length or "\0" in text:
            raise refuse(f"Write at most {self.max_length} characters, without NUL.")
        return text


class WordParameter(Parameter):
    """One of a few words."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.words = words
        super().__init__({"type": "string", "enum": words}, **options)

    def read(self, text: str) -> str:
        if text not in self.words:
            raise refuse(f"Write {', '.join(self.words[:-1])} or {self.words[-1]}.")
        return text


class WholeNumberParameter(Parameter):
    """A whole number between two bounds, in digits."""

    def __init__(self, *, most: int, least: int = 1, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__({"type": "integer", "minimum": least, "maximum": most}, **options)

    def read(self, text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not is_number or not self.least <= int(text) <= self.most:
            raise refuse(f"Write a whole number from {self.least:,} to {self.most:,}.")
        return int(text)


class DateTimeParameter(Parameter):
    """A time with its zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "pattern": trimmed_pattern(PATTERN)}, **options)

    def read(self, text: str) -> datetime:
        # A plus sign that was not encoded arrives as a space.
        moment = parse_rfc3339(text) or parse_rfc3339(text.replace(" ", "+"))
        if moment is None:
            raise refuse("Write ISO 8601 with a time zone: 2026-11-22T18:00:00Z.")
        return moment


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not trim(value)


def _refuses_empty(field: Any) -> bool:
    return not getattr(field, "takes_empty", False)
