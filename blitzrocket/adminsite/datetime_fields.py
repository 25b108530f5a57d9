"""Times in forms: what nobody touched stays to the microsecond, in every time zone and in the hour that comes twice."""

from datetime import UTC, date, datetime, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminTextInputWidget

FIRST_YEAR, LAST_YEAR = 1900, 9000  # far from the ends of what Python and PostgreSQL know, in any time zone


class LocalDateTimeField(forms.SplitDateTimeField):
    """A date and a time in the reader's zone, in a field each."""

    def compress(self, data_list: tuple[date, time] | None) -> datetime | None:
        if data_list and all(part is not None for part in data_list):
            return local_to_utc(datetime.combine(*data_list))
        return super().compress(data_list)  # nothing, or what is missing


class MomentInput(UnfoldAdminTextInputWidget):
    """A date and a time as one text, without fractions of a second."""

    supports_microseconds = False

    def format_value(self, value: Any) -> Any:
        return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


class LocalDateTimeTextField(forms.DateTimeField):
    """The same in one field; a text with an offset from UTC means that one."""

    widget = MomentInput

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        moment = value if isinstance(value, datetime) else self._parse(value)
        return local_to_utc(moment) if timezone.is_naive(moment) else moment

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = self.prepare_value(initial)
        return (data or "").strip() != (f"{shown:%Y-%m-%d %H:%M:%S}" if isinstance(shown, datetime) else shown or "")

    def _parse(self, text: str) -> datetime:
        try:
            moment = parse_datetime(text.strip())
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        # By DATETIME_INPUT_FORMATS, and without the zone that DateTimeField's own would give it.
        return moment or cast("datetime", super(forms.DateTimeField, self).to_python(text))


class UnchangedDatetimesMixin:
    """A form whose times, where nobody touched them, are what they were: their text alone does not say it.

    It has no fractions of a second, and in the hour that comes twice it means the first.
    """

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()  # type: ignore[misc]  # of the form that this is mixed into
        self.restore_datetimes()
        return cleaned

    def restore_datetimes(self) -> None:
        form = cast("forms.BaseForm", self)
        for name, field in form.fields.items():
            is_moment = isinstance(field, LocalDateTimeField | LocalDateTimeTextField)
            if is_moment and name in form.cleaned_data and name not in form.changed_data:
                form.cleaned_data[name] = form.initial.get(name, field.initial)


def local_to_utc(naive: datetime) -> datetime:
    """The moment that a date and a time in the reader's zone mean: the first, in the hour that comes twice in autumn.

    Raises:
        ValidationError: clocks go forward over it, so that it never is; or it lies before 1900 or after 9000.
    """
    if not FIRST_YEAR <= naive.year <= LAST_YEAR:
        raise ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")
    zone = timezone.get_current_timezone()
    moment = naive.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        from_current_timezone(naive)  # which says so
    return moment
