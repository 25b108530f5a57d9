"""What all views of the API share, and the answers where there is no view."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from blitzrocket import strict_json
from blitzrocket.api.exceptions import (
    DatabaseUnavailableError,
    InternalServerError,
    InvalidQueryParameterError,
    InvalidRequestBodyError,
    NotFoundError,
    as_api_error,
    error_response,
    log_unavailable,
)
from blitzrocket.api.query_params import ListQuery, Query
from blitzrocket.paths import is_api

WITH_BODY = ("POST", "PUT", "PATCH")


class ApiViewSet(ViewSet):
    """A viewset whose checks run in the contract's order.

    Method, key, kind of key, rate, size and type of the body; the view then finds the contest and reads the body.
    """

    needs_private_key = False  # for reading too; writing always does
    invalid_body = InvalidRequestBodyError.message

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action is None:
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)
        request._request.api_headers["Cache-Control"] = "no-store"  # type: ignore[attr-defined]
        if request.method in WITH_BODY:
            self._take_body(request)

    def _take_body(self, request: Request) -> None:
        """Judge the body's type (also of an empty one, where it is said) and size."""
        if request.content_type:
            self.get_content_negotiator().select_parser(request, self.get_parsers())
        _ = request.data

    @property
    def caller(self) -> Any:
        """The API key; what class that is, the settings say."""
        return self.request.auth

    def read_body(self, request: Request) -> dict[str, Any]:
        """The body's JSON object.

        Raises:
            InvalidRequestBodyError: it is empty, no JSON or no object; the details say what to change.
        """
        if not request.data:
            raise self._invalid("", "The body is empty; send a JSON object.")
        try:
            body = strict_json.read(cast("bytes", request.data))
        except strict_json.InvalidJSON as error:
            raise self._invalid("", str(error)) from None
        if not isinstance(body, dict):
            raise self._invalid("", "The body must be a JSON object, in curly braces.")
        return body

    def read(self, request: Request, serializer: type[Serializer]) -> dict[str, Any]:
        """The body's values as a serializer takes them.

        Raises:
            InvalidRequestBodyError: the details name each field and what to change.
        """
        reader = serializer(data=self.read_body(request))
        if not reader.is_valid():
            raise InvalidRequestBodyError(self.invalid_body, details=details_of(reader.errors))
        return cast("dict[str, Any]", reader.validated_data)

    def read_query(self, query: type[Query]) -> dict[str, Any]:
        """The parameters of the address, as a query reads them.

        Raises:
            InvalidQueryParameterError: the details name each parameter and what to change.
        """
        given = self.request.query_params
        details = list(query.refusals(given)) if issubclass(query, ListQuery) else []
        reader = query(data=given.dict(), context={"request": self.request})
        if not reader.is_valid():
            details += details_of(reader.errors)
        if details:
            raise InvalidQueryParameterError(details=details)
        return cast("dict[str, Any]", reader.validated_data)

    def _invalid(self, field: str, message: str) -> InvalidRequestBodyError:
        return InvalidRequestBodyError(self.invalid_body, details=[{"field": field, "message": message}])


def details_of(errors: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """What a serializer says about each field, as a failure tells it."""
    return [
        {"field": "" if field == "non_field_errors" else field, "message": str(message)}
        for field, messages in errors.items()
        for message in messages
    ]


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
