"""Django's error handlers, which answer API URLs in the API's form, and the view of unknown API URLs."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from blitzrocket.api.exceptions import (
    DatabaseUnavailableError,
    InternalServerError,
    NotFoundError,
    as_api_error,
    error_response,
    log_unavailable,
)
from blitzrocket.paths import is_api


@csrf_exempt
def no_such_route(request: HttpRequest) -> HttpResponse:
    """The 404 of any API URL without a route."""
    return error_response(request, NotFoundError())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, for errors before a view, such as a malformed request."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404, for URLs without a route."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500, for exceptions outside the API's views; Django logs them."""
    exception = sys.exc_info()[1]
    error = as_api_error(exception) if isinstance(exception, Exception) else InternalServerError()
    if isinstance(error, DatabaseUnavailableError) and exception:
        return _database_unavailable(request, error, exception)
    return error_response(request, error) if is_api(request.path) else defaults.server_error(request)


def _database_unavailable(
    request: HttpRequest, error: DatabaseUnavailableError, exception: BaseException
) -> HttpResponse:
    log_unavailable(exception)
    if is_api(request.path):
        response = error_response(request, error)
    else:
        page = render_to_string("503.html")
        response = HttpResponse(page, status=error.status_code, headers=error.headers | {"Cache-Control": "no-store"})
        # Saving the session of the failed request would only wait for the database once more.
        if hasattr(request, "session"):
            request.session.modified = False
    response._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs a traceback for each request
    return response
