"""The OpenAPI description as it is served: built once in each process."""

import hashlib
from threading import Lock
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.http import quote_etag
from django.views.decorators.http import condition
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView


class Document(NamedTuple):
    """The bytes and what identifies them."""

    content: bytes
    etag: str


_built: list[Document] = []
_building = Lock()


def openapi_document() -> Document:
    """The description of the API.

    Race: drf-spectacular loads its extensions when they are first needed and marks them as loaded before they are, so
    of threads that build at once some fail. `blitzrocket.wsgi` calls this before the first request.
    """
    with _building:
        if not _built:
            generator: Any = SchemaGenerator
            description = generator().get_schema(request=None, public=True)
            content = OpenApiJsonRenderer().render(description, renderer_context={})
            _built.append(Document(content, quote_etag(hashlib.sha256(content).hexdigest())))
    return _built[0]


def _etag(request: Request) -> str:
    return openapi_document().etag


class OpenApiView(APIView):
    """``/api/schema`` and ``/openapi.json``; a client that has this version already gets a 304."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    @extend_schema(exclude=True)
    @method_decorator(condition(etag_func=_etag))
    def get(self, request: Request) -> HttpResponse:
        content = openapi_document().content
        media_type = OpenApiJsonRenderer.media_type
        return HttpResponse(content, content_type=media_type, headers={"Cache-Control": "no-cache"})
