"""Django's error handlers: in the API's form, in the admin's frame for signed-in users, or on a page of the site."""

import sys
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from blitzrocket.api.exceptions import (
    DatabaseUnavailableError,
    InternalServerError,
    as_api_error,
    error_response,
    log_unavailable,
)
from blitzrocket.paths import is_api


def error_page(request: HttpRequest, status: int, title: str, *sentences: str, **button: str) -> HttpResponse:
    """An HTML page for an error; ``url`` and ``label`` are those of its button."""
    is_framed = _is_framed(request)
    home = (reverse("admin:index"), "Go to dashboard") if is_framed else ("/", "Go home")
    context: dict[str, Any] = {
        "title": title,
        "sentences": [each for each in sentences if each],
        "button": {"url": home[0], "label": home[1]} | button,
    }
    if not is_framed:
        return render(request, "error.html", context, status=status)
    page = render(request, "admin/error.html", admin.site.each_context(request) | context, status=status)
    page["Cache-Control"] = "no-store"  # some caches keep a 404, and the frame is the person's own
    return page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, for errors before a view, such as a malformed request."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    return error_page(request, 400, "Bad request", "The server couldn't read this request. Go back and try again.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    sentence = "You don't have access to this page. Ask an owner of your team if you need it."
    return error_page(request, 403, "Access denied", sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404, for URLs without a route and for objects that the user may not see."""
    if is_api(request.path):
        return error_response(request, as_api_error(exception))
    sentence = "There is no page at this address. It may have been moved or deleted."
    return error_page(request, 404, "Page not found", sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500, for exceptions outside the API's views; Django logs them."""
    exception = sys.exc_info()[1]
    _keep_csrf_token(request)
    error = as_api_error(exception) if isinstance(exception, Exception) else InternalServerError()
    if isinstance(error, DatabaseUnavailableError) and exception:
        return _database_unavailable(request, error, exception)
    if is_api(request.path):
        return error_response(request, error)
    try:
        return error_page(request, 500, "Something went wrong", "The error has been logged. Try again in a moment.")
    except Exception:  # what broke the page may break the frame too: templates, static files, the session
        return HttpResponse(render_to_string("500.html"), status=500)


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


def _keep_csrf_token(request: HttpRequest) -> None:
    """Leave the browser the token of the page it sent: a sign-in that fails midway has made a new one.

    Else the same form, sent again, would be refused as out of date.
    """
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def _is_framed(request: HttpRequest) -> bool:
    """Whether the page stands between the admin's sidebar and header, as the page that failed would have."""
    if not request.path.startswith("/admin/") or request.path == reverse("admin:login") or not hasattr(request, "user"):
        return False
    return bool(admin.site.has_permission(request))
