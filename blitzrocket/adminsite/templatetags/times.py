"""Template tags for times in the reader's time zone, which a page names once."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blitzrocket.middleware.time_zone import FIELD
from blitzrocket.times import time_element, zone_key

register = template.Library()


@register.filter
def moment(at: datetime | None, precision: str = "") -> SafeString | str:
    """``{{ order.at|moment }}`` in the reader's zone; ``|moment:"seconds"`` where seconds matter."""
    return time_element(at, seconds=precision == "seconds") if at else ""


@register.simple_tag
def zone_name() -> str:
    """The time zone of this page."""
    return zone_key()


@register.simple_tag
def zone_field() -> SafeString:
    """The hidden field by which the middleware reads a form in the zone in which it was shown."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, zone_key())
