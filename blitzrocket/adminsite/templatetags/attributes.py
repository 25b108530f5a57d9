"""A template tag for the attributes of a field's HTML element."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def attributes(values: Mapping[str, Any] | None) -> SafeString:
    """`` name="value" …``, as Django's own templates write them: none for False, the bare name for True."""
    texts = (_attribute(name, value) for name, value in (values or {}).items())
    return mark_safe("".join(texts))  # noqa: S308  # escaped below


def _attribute(name: str, value: Any) -> str:
    if value is False:
        return ""
    if value is True:
        return f" {conditional_escape(name)}"
    return f' {conditional_escape(name)}="{conditional_escape(value if isinstance(value, SafeString) else str(value))}"'
