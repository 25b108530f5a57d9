"""Template tag for what the apps add to the header of the admin's pages."""

from django import template

from blitzrocket.adminsite.navigation import HEADER_TEMPLATES

register = template.Library()


@register.simple_tag
def header_templates() -> list[str]:
    return HEADER_TEMPLATES
