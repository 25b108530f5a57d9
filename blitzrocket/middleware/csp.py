"""Content-Security-Policy: pages load and run nothing from another host.

Unfold, the admin's library, needs ``'unsafe-eval'`` (Alpine's attributes) and inline styles, the API's interactive
documentation inline styles; no other page allows either.
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
API_DOCS = "/api/docs"
BY_PREFIX: dict[str, Directives] = {
    "/admin/": {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]},
    API_DOCS: {"style-src": [SELF, UNSAFE_INLINE]},
}


class CSPMiddleware(DjangoCSPMiddleware):
    """django-csp's, with the policy of the page's path prefix."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for prefix, directives in BY_PREFIX.items():
            if request.path.startswith(prefix):
                response._csp_replace = directives  # type: ignore[attr-defined]  # what django-csp's decorators set
        return super().process_response(request, response)
