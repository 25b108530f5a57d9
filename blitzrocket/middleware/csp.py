"""Content-Security-Policy: what a page may load and run, which is nothing of another host on any of ours.

The admin's library needs ``'unsafe-eval'`` for its attributes and inline styles, and the API's interactive page needs
inline styles; everywhere else neither is allowed.
"""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware as DjangoCSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Directives = dict[str, list[str]]

STRICT: Directives = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
BY_PREFIX: dict[str, Directives] = {
    "/admin/": {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]},
    "/api/docs": {"style-src": [SELF, UNSAFE_INLINE]},
}


class CSPMiddleware(DjangoCSPMiddleware):
    """The policy of the part of the site that a page belongs to."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for prefix, directives in BY_PREFIX.items():
            if request.path.startswith(prefix):
                response._csp_replace = directives  # type: ignore[attr-defined]  # what django-csp's decorators set
        return super().process_response(request, response)
