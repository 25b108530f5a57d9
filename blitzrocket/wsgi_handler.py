"""Django's WSGI handler, with request paths always decoded as UTF-8."""

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


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


def wsgi_application() -> WSGIHandler:
    django.setup(set_prefix=False)
    return Utf8Handler()
