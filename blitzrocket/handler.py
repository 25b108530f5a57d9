"""How Django takes a request from the WSGI server."""

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Utf8Request(WSGIRequest):
    """Its address is UTF-8, whatever charset its body is said to be in.

    Django would read the address by that too, and fails before any middleware where it names a codec of Python's that
    is none of text, such as “hex”.
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
    """Django, set up."""
    django.setup(set_prefix=False)
    return Utf8Handler()
