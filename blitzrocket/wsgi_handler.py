"""Django's WSGI handler, with request paths always decoded as UTF-8, and a shorter way for calls of the API."""

from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import DEFAULT_DB_ALIAS, connections

CALLS = ("/api/v1/", "/api/webhooks/")


class Utf8Request(WSGIRequest):
    """A request whose path is UTF-8, whatever charset its Content-Type names.

    Django would decode the path by that charset too, and fails before any middleware when it names a Python codec
    that is not a text encoding, such as “hex”.
    """

    @property
    def encoding(self) -> str | None:
        return None  # the default, UTF-8

    @encoding.setter
    def encoding(self, value: str) -> None:
        pass


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request; a call of the API or of a store without Django's signals around requests.

        Their receivers close the connections of all databases and caches, which takes as long as checking the key. A
        call has one connection, and gives it back before the response is sent: a slow reader does not keep it.
        """
        if environ.get("SCRIPT_NAME") or not environ["PATH_INFO"].startswith(CALLS):
            return super().__call__(environ, start_response)
        try:
            response: Any = self.get_response(self.request_class(environ))
        finally:
            connections[DEFAULT_DB_ALIAS].close()
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.headers._store.values()))
        return [response.content]


def wsgi_application() -> WSGIHandler:
    django.setup(set_prefix=False)
    return Utf8Handler()
