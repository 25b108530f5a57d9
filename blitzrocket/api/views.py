"""The API's answers where there is no view, and Django's hooks for failures."""

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
    """Any address of the API that is no route."""
    return error_response(request, NotFoundError())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's hook for what fails before a view, such as an unknown host name."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's hook."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's hook for addresses that are no route."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's hook for exceptions outside the API's views; it logs them."""
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
        # Saving what a request that failed left in its session would only wait for the database once more.
        if hasattr(request, "session"):
            request.session.modified = False
    response._has_been_logged = True  # type: ignore[attr-defined]  # or Django logs a traceback for each request
    return response
