"""Base classes for serializers of request bodies."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField, empty

from blitzrocket.api.exceptions import ApiError, InvalidRequestBodyError, details_of
from blitzrocket.api.fields import StrictField, fault_of, refuse


# The serializer of a request body; ``is_valid(raise_exception=True)`` raises the API's error for an invalid one.
# A comment, because a docstring would stand in the OpenAPI description of each subclass without one.
class BodySerializer(serializers.Serializer):
    invalid_message = InvalidRequestBodyError.message

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        is_valid = super().is_valid()
        if raise_exception and not is_valid:
            raise self.to_error(self.errors)
        return is_valid

    @classmethod
    def read(cls, body: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a body, as `run_validation` gives them, for a serializer of strict fields only.

        The class is made an object once per process: that takes ten times as long as reading a body.

        Raises:
            ValidationError: the body is invalid; the detail has each field's errors.
        """
        serializer, fields = _shared(cls)
        values: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field in fields:
            data = body.get(name, empty)
            if data is empty and field.is_left_out_when_absent:
                continue
            try:
                values[name] = field.read_member(data, context)
            except SkipField:
                continue
            except ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise ValidationError(errors)
        try:
            return serializer.validate(values)  # type: ignore[no-any-return]
        except ValidationError as error:
            raise ValidationError(serializers.as_serializer_error(error)) from None

    @classmethod
    def to_error(cls, errors: Mapping[str, Sequence[ErrorDetail]]) -> ApiError:
        """The API's error for a body with these errors."""
        return InvalidRequestBodyError(cls.invalid_message, details=details_of(errors))


@cache
def _shared(cls: type[BodySerializer]) -> tuple[BodySerializer, list[tuple[str, StrictField]]]:
    """A serializer for all bodies, and its fields; reading changes neither."""
    serializer = cls()
    fields: list[tuple[str, StrictField]] = []
    for name, field in serializer.fields.items():
        is_simple = not field.validators and field.source == name and not hasattr(cls, f"validate_{name}")
        if not isinstance(field, StrictField) or not is_simple:
            raise TypeError(f"{cls.__name__}.read would pass over what DRF does for {name}.")
        fields.append((name, field))
    return serializer, fields


class RowsField(serializers.ListField):
    """A list of rows, not validated here: each is validated by itself, so that an invalid row refuses no other."""

    def __init__(self, *, child: serializers.Serializer, max_length: int, **options: Any) -> None:
        super().__init__(child=child, min_length=1, max_length=max_length, **options)

    def run_validation(self, data: Any = empty) -> list[Any]:
        if isinstance(data, list) and 1 <= len(data) <= (self.max_length or 0):
            return data
        if fault := fault_of(data):
            raise refuse(f"The {self.field_name} {fault}")
        raise refuse(f"Send {self.field_name} as a JSON list of 1 to {self.max_length:,} orders.")
