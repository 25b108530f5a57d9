"""Serving the OpenAPI description, which is built and compressed once per process."""

import gzip
import hashlib
from threading import Lock
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.middleware.gzip import re_accepts_gzip
from django.utils.decorators import method_decorator
from django.utils.http import quote_etag
from django.views.decorators.http import condition
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView


class Document(NamedTuple):
    """The document, plain and compressed, with one ETag: a weak one, because the bytes of the two differ."""

    content: bytes
    compressed: bytes
    etag: str


_built: list[Document] = []
_building = Lock()


def openapi_document() -> Document:
    """The OpenAPI description of the API.

    Race: drf-spectacular marks its extensions as loaded before they are, so of threads that build at once some fail.
    Hence the lock, and `blitzrocket.wsgi` calls this before the first request.
    """
    with _building:
        if not _built:
            generator: Any = SchemaGenerator
            description = generator().get_schema(request=None, public=True)
            content = OpenApiJsonRenderer().render(description, renderer_context={})
            etag = f"W/{quote_etag(hashlib.sha256(content).hexdigest())}"
            _built.append(Document(content, gzip.compress(content), etag))
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
        document, media_type = openapi_document(), OpenApiJsonRenderer.media_type
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if not re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
            return HttpResponse(document.content, content_type=media_type, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(document.compressed, content_type=media_type, headers=headers)
