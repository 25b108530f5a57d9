"""Dates of a contest and of its rules in forms: whole days in the contest's time zone, or days with a time."""

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms

from blitzrocket.adminsite.datetime_fields import DayWidget, FirstDayField, LastDayField
from blitzrocket.time_zones import UTC_NAME, zone_names
from contests.models import Contest

LAST_DAY_HELP = "This day is included. Leave empty for no end."
ZONE_FIELD = "contest_zone"  # the zone in which the page showed the contest's dates; sent back with the form


def zone_shown(data: Mapping[str, Any], contest: Contest) -> ZoneInfo:
    """The zone in which the page that sends these values showed the contest's dates."""
    name = data.get(ZONE_FIELD, "")
    if name in zone_names():
        return ZoneInfo(name)
    return contest.zone if contest.team_id else ZoneInfo(UTC_NAME)


def day_fields_of(form: forms.BaseForm) -> list[FirstDayField]:
    """The form's fields for a day."""
    return [field for field in form.fields.values() if isinstance(field, FirstDayField)]


def set_zone(form: forms.BaseForm, zone: ZoneInfo) -> None:
    """Have the form show and read its days in this zone, and say so beside them."""
    for field in day_fields_of(form):
        field.shown_zone = field.typed_zone = zone
        field.help_text = f"{field.help_text} Time zone: {zone.key}."


class ContestDatesMixin:
    """A contest's form that shows days in its zone; typed ones are in the zone that is saved with them."""

    class Meta:
        field_classes = {"starts_at": FirstDayField, "ends_at": LastDayField}
        widgets = {"starts_at": DayWidget, "ends_at": DayWidget}
        help_texts = {"ends_at": LAST_DAY_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form = cast("forms.ModelForm[Contest]", self)
        self.shown_zone = zone_shown(form.data, form.instance)
        set_zone(form, self.shown_zone)
        form.order_fields([name for name in form.fields if name not in self.Meta.field_classes])  # the zone before them

    def clean_time_zone(self) -> str:
        form = cast("forms.ModelForm[Contest]", self)
        own: str = form.cleaned_data["time_zone"]
        team = form.cleaned_data.get("team") or (form.instance.team if form.instance.team_id else None)
        name = own or (team.time_zone if team else UTC_NAME)
        for field in day_fields_of(form):
            field.typed_zone = ZoneInfo(name)
        return own
