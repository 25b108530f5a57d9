"""Moments in forms: what nobody touched stays to the second, in every time zone and in the hour that comes twice."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone


class MomentField(forms.SplitDateTimeField):
    """A date and a time in the reader's zone; in the hour that comes twice in autumn, the first of the two is meant."""

    def compress(self, data_list: tuple[date, time] | None) -> datetime | None:
        try:
            return super().compress(data_list)
        except ValidationError:
            zone = timezone.get_current_timezone()
            if not data_list or None in data_list:
                raise
            naive = datetime.combine(*data_list)
            first = naive.replace(tzinfo=zone)
            if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
                raise  # it never is: clocks go forward over it
            return first


class KeepsMoments(forms.ModelForm):
    """What a field showed and got back is what it held, which its text alone may not say."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name, field in self.fields.items():
            if isinstance(field, MomentField) and name in self.cleaned_data and name not in self.changed_data:
                self.cleaned_data[name] = self.initial.get(name)
        return cleaned
