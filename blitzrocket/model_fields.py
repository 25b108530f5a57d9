"""Model fields that migrations write as Django's own, so that a migration imports no code of ours.

What matters at run time only (how JSON is read, a validator, a default that a function makes) can then change or move
without a migration. A migration that writes rows must not count on it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models

from blitzrocket.compressed_bytes import compress, decompress
from blitzrocket.strict_json import ExactDecoder, ExactEncoder
from blitzrocket.time_zones import MAX_LENGTH, validate_time_zone


class PlainInMigrations:
    """A mixin, named before Django's field: migrations write that one, without the options in `run_time_options`."""

    run_time_options: ClassVar[Sequence[str]] = ()

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, arguments, options = super().deconstruct()  # type: ignore[misc]  # that of Django's field
        plain = next(base for base in type(self).__mro__ if base.__module__.startswith("django."))
        options = {option: value for option, value in options.items() if option not in self.run_time_options}
        return name, f"django.db.models.{plain.__name__}", arguments, options


class PlainCharField(PlainInMigrations, models.CharField):
    """Text with a default or validators of ours."""

    run_time_options = ("default", "validators")


class TimeZoneField(PlainInMigrations, models.CharField):
    """The name of an IANA time zone."""

    run_time_options = ("default",)
    default_validators = [validate_time_zone]

    def __init__(self, verbose_name: str | None = "time zone", **options: Any) -> None:
        super().__init__(verbose_name, **{"max_length": MAX_LENGTH, **options})


class ExactJSONField(PlainInMigrations, models.JSONField):
    """JSON whose numbers are written with exactly their digits and read as Decimal."""

    run_time_options = ("encoder", "decoder")

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, **{**options, "encoder": ExactEncoder, "decoder": ExactDecoder})


class CompressedField(PlainInMigrations, models.BinaryField):
    """Bytes that are stored compressed."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else compress(bytes(value))

    def from_db_value(self, value: Any, *_: Any) -> bytes | None:
        return None if value is None else decompress(bytes(value))
