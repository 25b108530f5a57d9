"""The template filter for amounts of money."""

from decimal import Decimal

from django import template

from contests.money import show_amount

register = template.Library()


@register.filter
def amount(value: Decimal | None, currency: str) -> str:
    """``{{ purchase.amount|amount:purchase.currency }}``: “15.50 USD”, “1,500 JPY”."""
    return "" if value is None else show_amount(value, currency)
