"""Base classes for serializers of request bodies."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty

from blitzrocket.api.exceptions import ApiError, InvalidRequestBodyError, details_of
from blitzrocket.api.fields import fault_of, refuse


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
    def to_error(cls, errors: Mapping[str, Sequence[ErrorDetail]]) -> ApiError:
        """The API's error for a body with these errors."""
        return InvalidRequestBodyError(cls.invalid_message, details=details_of(errors))


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
