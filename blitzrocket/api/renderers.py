"""Responses: always JSON, in the envelope, decimals as numbers with exactly their digits."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from blitzrocket import strict_json
from blitzrocket.api.exceptions import NotJSONError
from blitzrocket.api.pagination import Page


class EnvelopeRenderer(BaseRenderer):
    """``{"success": true, "data": …}``; the exception handler writes errors."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if isinstance(data, Page):
            return strict_json.write({"success": True, "data": data.rows, "pagination": data.pagination})
        return strict_json.write({"success": True, "data": data})


def json_response(data: Any, status: int = 200) -> HttpResponse:
    """The response with that data, written at once: DRF's own is a template that waits for its renderer."""
    content = EnvelopeRenderer().render(data)
    return HttpResponse(content, status=status, content_type=EnvelopeRenderer.media_type)


def add_headers(response: HttpResponse, headers: Mapping[str, str]) -> None:
    """Add headers of our own. Django looks for line breaks and other charsets in each that is set by itself."""
    response.headers._store.update({name.lower(): (name, value) for name, value in headers.items()})


class AlwaysJSON(BaseContentNegotiation):
    """JSON whatever the client's Accept says; a 406 would help nobody."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == media_type:
                return parser
        raise NotJSONError

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str | None]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
