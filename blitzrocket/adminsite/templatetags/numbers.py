"""Template filters for numbers; for amounts of money there is `contests.templatetags.money`."""

from decimal import Decimal

from django import template

from blitzrocket.numbers import counted, show_number

register = template.Library()


@register.filter
def number(value: int | Decimal | None, digits: int | None = None) -> str:
    """``{{ entry.points|number }}``: “1,234”, “−3”; ``|number:0`` rounds to whole numbers."""
    return "" if value is None else show_number(value, digits=digits)


@register.filter
def signed(value: int | Decimal | None) -> str:
    """``{{ line.points|signed }}``: “+20”, “−3”, “0”."""
    return "" if value is None else show_number(value, signed=True)


@register.filter(name="counted")
def counted_filter(count: int, words: str) -> str:
    """``{{ orders|counted:"order,orders" }}``: “1 order”, “1,234 orders”."""
    return counted(count, *words.split(","))
