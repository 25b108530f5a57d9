"""A template tag for the parts of a page that are the same on every page of the admin."""

from typing import Any

from django import template
from django.contrib import admin
from django.template.base import NodeList, Parser, Token

from blitzrocket.adminsite.site import frame_of

register = template.Library()


class SameOnEveryPage(template.Node):
    """Renders its content once a process, by what `frame_of` says: it has no other variables."""

    child_nodelists = ()  # a block of a page in it would be another on each page

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.rendered: tuple[dict[str, Any], str] | None = None

    def render(self, context: Any) -> str:
        frame = frame_of(admin.site)
        if self.rendered is None or self.rendered[0] is not frame:
            self.rendered = frame, self.nodelist.render(context.new(frame))
        return self.rendered[1]


@register.tag
def same_on_every_page(parser: Parser, token: Token) -> SameOnEveryPage:
    """``{% same_on_every_page %} … {% endsame_on_every_page %}``."""
    nodelist = parser.parse(("endsame_on_every_page",))
    parser.delete_first_token()
    return SameOnEveryPage(nodelist)
