"""Template tags for the header of the admin's pages."""

from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model

from blitzrocket.adminsite.navigation import HEADER_TEMPLATES
from blitzrocket.adminsite.page_trail import PageTrail, page_trail_of

register = template.Library()


@register.simple_tag
def header_templates() -> list[str]:
    """The templates that apps add to the header."""
    return HEADER_TEMPLATES


@register.simple_tag(takes_context=True)
def page_trail(context: Any) -> PageTrail:
    """The page's heading and the pages above it."""
    return page_trail_of(context)


@register.simple_tag(takes_context=True)
def admin_frame(context: Any, title: str, obj: Model | None = None) -> str:
    """Add what a page in the admin's frame needs to the context of a part of a page; ``obj`` is what it is about."""
    context.update({**admin.site.each_context(context["request"]), "title": title})
    if obj:
        context.update({"opts": obj._meta, "object": obj})
    return ""
