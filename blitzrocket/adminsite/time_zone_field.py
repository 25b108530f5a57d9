"""The form field for a time zone: a text input that suggests the zones while one types."""

from functools import cache
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.time_zones import find_time_zone, suggested_zones, validate_time_zone


class TimeZoneInput(UnfoldAdminTextInputWidget):
    """A text input with a list of suggestions, which the browser searches."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", **(attrs or {})})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"{(attrs or {}).get('id') or name}_zones"
        text_input = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', text_input, list_id, _options())


@cache
def _options() -> SafeString:
    """The same in every form: making the texts of 400 anew takes a tenth of the time of a page."""
    return format_html_join("", '<option value="{}"></option>', ((zone,) for zone in suggested_zones()))


class TimeZoneFormField(forms.CharField):
    """The name of a time zone; “berlin” is read as Europe/Berlin."""

    widget = TimeZoneInput
    default_validators = [validate_time_zone]  # as the model's: pages show an object's days with what its form takes

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return find_time_zone(text) or text
