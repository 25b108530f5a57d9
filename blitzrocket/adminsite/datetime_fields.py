"""Date and time fields of forms; an unchanged value keeps its microseconds, and its side of a repeated hour."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from blitzrocket.local_days import end_of_day, is_start_of_day, last_day_before, start_of_day

FIRST_YEAR, LAST_YEAR = 1900, 9000  # within the range of Python and PostgreSQL in any time zone


class LocalDateTimeField(forms.SplitDateTimeField):
    """A date input and a time input, in the reader's zone."""

    def compress(self, data_list: tuple[date, time] | None) -> datetime | None:
        if data_list and all(part is not None for part in data_list):
            return local_to_utc(datetime.combine(*data_list))
        return super().compress(data_list)  # nothing, or what is missing


class DayWidget(UnfoldAdminSplitDateTimeWidget):
    """A date input and a time input, which may stay empty."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.widgets[1].attrs["placeholder"] = "Whole day"


class FirstDayField(forms.SplitDateTimeField):
    """The start of a period: a day, which is the first, or a day with a time.

    Times are shown in ``shown_zone`` and read in ``typed_zone``, which differ where the form changes the zone.
    """

    shown_zone: tzinfo = UTC
    typed_zone: tzinfo = UTC

    def compress(self, data_list: tuple[date | None, time | None] | None) -> datetime | None:
        day, clock = data_list or (None, None)
        if day is None:
            if clock is not None:
                raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
            return None
        _refuse_far_year(day.year)
        return self.whole_day(day) if clock is None else local_to_utc(datetime.combine(day, clock), self.typed_zone)

    def prepare_value(self, value: Any) -> Any:
        return self.parts_of(value) if isinstance(value, datetime) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.parts_of(initial) if initial else None, data))

    def parts_of(self, moment: datetime) -> list[Any]:
        """The date and the time to show; no time for a whole day."""
        if is_start_of_day(moment, self.shown_zone):
            return [self.day_of(moment), ""]
        local = moment.astimezone(self.shown_zone)
        return [local.date(), f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"]

    def whole_day(self, day: date) -> datetime:
        """What a day without a time means."""
        return start_of_day(day, self.typed_zone)

    def day_of(self, moment: datetime) -> date:
        """The day to show for the first moment of a day."""
        return moment.astimezone(self.shown_zone).date()


class LastDayField(FirstDayField):
    """The end of a period: a day, which is the last and belongs to it, or a day with the time when it ends."""

    def whole_day(self, day: date) -> datetime:
        return end_of_day(day, self.typed_zone)

    def day_of(self, moment: datetime) -> date:
        return last_day_before(moment, self.shown_zone)


class DateTimeTextInput(UnfoldAdminTextInputWidget):
    """A text input for date and time, without fractions of a second."""

    supports_microseconds = False

    def format_value(self, value: Any) -> Any:
        return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


class LocalDateTimeTextField(forms.DateTimeField):
    """A date and time in one text input, in ``zone`` (None: the reader's) unless the text has an offset from UTC."""

    widget = DateTimeTextInput
    zone: tzinfo | None = None

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        moment = value if isinstance(value, datetime) else self._parse(value)
        return local_to_utc(moment, self.zone) if timezone.is_naive(moment) else moment

    def has_changed(self, initial: Any, data: Any) -> bool:
        initial_value = self.prepare_value(initial)
        return (data or "").strip() != (
            f"{initial_value:%Y-%m-%d %H:%M:%S}" if isinstance(initial_value, datetime) else initial_value or ""
        )

    def _parse(self, text: str) -> datetime:
        try:
            moment = parse_datetime(text.strip())
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        # By DATETIME_INPUT_FORMATS; DateTimeField's own to_python would add the zone too early.
        return moment or cast("datetime", super(forms.DateTimeField, self).to_python(text))


class UnchangedDatetimesMixin:
    """A form that keeps unchanged times as they were.

    Their text alone is not enough: it has no fractions of a second, and in a repeated hour it means the first one.
    """

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()  # type: ignore[misc]  # of the form that this is mixed into
        self.restore_datetimes()
        return cleaned

    def restore_datetimes(self) -> None:
        form = cast("forms.BaseForm", self)
        for name, field in form.fields.items():
            is_datetime = isinstance(field, LocalDateTimeField | FirstDayField | LocalDateTimeTextField)
            if is_datetime and name in form.cleaned_data and name not in form.changed_data:
                form.cleaned_data[name] = form.initial.get(name, field.initial)


def local_to_utc(naive: datetime, zone: tzinfo | None = None) -> datetime:
    """A date and time in a zone, by default the reader's, as an aware datetime; in a repeated hour, the first one.

    Raises:
        ValidationError: the time is skipped when clocks go forward, or the year is before 1900 or after 9000.
    """
    _refuse_far_year(naive.year)
    zone = zone or timezone.get_current_timezone()
    moment = naive.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        with timezone.override(zone):
            from_current_timezone(naive)  # raises Django's message
    return moment


def _refuse_far_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")
