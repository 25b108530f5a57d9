"""The WSGI application: Django, after what it does not do itself."""

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.core.wsgi import get_wsgi_application

from blitzrocket.limits import READ_OFF_LIMIT

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def with_chunked_bodies(application: Application) -> Application:
    """Give Django the body of a chunked request, which it takes for empty: it goes by Content-Length alone.

    No more is read than the most that is read off of any body; a longer one is too large for every route.
    """

    def call(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(READ_OFF_LIMIT)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return call


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
application = with_chunked_bodies(get_wsgi_application())
