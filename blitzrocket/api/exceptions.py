"""The errors of any API call, and the conversion of any exception into one of the API's.

Those of contests, entries and purchases are in the `exceptions` of their apps. Their names end in ``Error``, unlike the
exceptions of services.

A body: ``{"success": false, "error": short name, "message": a sentence, "code": for machines, "requestId": …}``, with
``"details": [{"field", "message"}]`` for an invalid body or parameter.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from blitzrocket import strict_json

logger = logging.getLogger(__name__)

DATABASE_RETRY_SECONDS = 5


class ApiError(exceptions.APIException):
    """An error response. Each subclass is one error; an instance may have a more specific message."""

    status_code = 400
    error = "Bad request"
    code = "bad_request"
    message = "The request is malformed. Check its headers and URL."
    example_details: ClassVar[list[dict[str, str]] | None] = None  # in the OpenAPI description

    def __init__(
        self,
        message: str = "",
        *,
        details: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.details = details
        self.headers = headers or {}
        super().__init__(self.message, self.code)

    def body(self, request_id: str) -> dict[str, Any]:
        """The body of the response."""
        body: dict[str, Any] = {
            "success": False,
            "error": self.error,
            "message": self.message,
            "code": self.code,
            "requestId": request_id,
        }
        return body if self.details is None else body | {"details": self.details}


class BadRequestError(ApiError):
    """An error outside path, parameters and body: a header, a host name."""


class InvalidRequestBodyError(ApiError):
    error = "Invalid request body"
    code = "invalid_request_body"
    message = "The request body is invalid; the details name each field"


class InvalidQueryParameterError(ApiError):
    error = "Invalid query parameter"
    code = "invalid_query_parameter"
    message = "A query parameter is invalid; the details name each."
    example_details = [{"field": "limit", "message": "Write a whole number from 1 to 100."}]


class UnauthorizedError(ApiError, exceptions.AuthenticationFailed):
    """A 401; DRF adds ``WWW-Authenticate``."""

    status_code = 401
    error = "Missing or invalid API key"


class MissingApiKeyError(UnauthorizedError):
    code = "missing_api_key"
    message = "Send your API key in the header x-api-key."


class InvalidApiKeyError(UnauthorizedError):
    code = "invalid_api_key"
    message = "This API key does not exist, has expired or was revoked."


class PrivateKeyInUrlError(UnauthorizedError):
    code = "private_key_in_url"
    message = "Private keys are refused in URLs, because URLs are logged. Send the key in the header x-api-key."


class PrivateKeyRequiredError(ApiError):
    status_code = 403
    error = "Private key required"
    code = "private_key_required"
    message = "This endpoint requires a private API key"


class HttpsRequiredError(ApiError):
    status_code = 403
    error = "HTTPS required"
    code = "https_required"
    message = "This API requires HTTPS. Replace keys that were sent without it."


class ForbiddenError(ApiError):
    status_code = 403
    error = "Forbidden"
    code = "forbidden"
    message = "This action is not allowed."


class NotFoundError(ApiError):
    status_code = 404
    error = "Not found"
    code = "not_found"
    message = "No endpoint has this URL. See /api/docs."


class MethodNotAllowedError(ApiError):
    status_code = 405
    error = "Method not allowed"
    code = "method_not_allowed"
    message = "This endpoint doesn't support that method. The header Allow lists the supported ones."


class BodyTooLargeError(ApiError):
    status_code = 413
    error = "Request body too large"
    code = "request_body_too_large"
    message = "The request body is too large."


class NotJSONError(ApiError):
    status_code = 415
    error = "Unsupported media type"
    code = "unsupported_media_type"
    message = "Send JSON with the header Content-Type: application/json."


class RateLimitExceededError(ApiError):
    status_code = 429
    error = "Rate limit exceeded"
    code = "rate_limit_exceeded"
    message = "Too many requests with this API key. Try again after the seconds in Retry-After."


class InternalServerError(ApiError):
    status_code = 500
    error = "Internal server error"
    code = "internal_error"
    message = "Something went wrong. The server log has the details under this request ID."


class DatabaseUnavailableError(ApiError):
    status_code = 503
    error = "Service unavailable"
    code = "database_unavailable"
    message = "The database is unavailable or too slow. Send the same request again after the seconds in Retry-After."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(DATABASE_RETRY_SECONDS)})


def details_of(errors: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """A serializer's errors as an error's details."""
    return [
        {"field": "" if field == "non_field_errors" else field, "message": str(message)}
        for field, messages in errors.items()
        for message in messages
    ]


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER: the API's response to an exception of a view."""
    request = context["request"]
    error = as_api_error(exception)
    if isinstance(error, InternalServerError):
        logger.error("unhandled exception", exc_info=exception)
    if isinstance(error, DatabaseUnavailableError):
        log_unavailable(exception)
    if auth_header := getattr(exception, "auth_header", None):
        error.headers["WWW-Authenticate"] = auth_header
    return error_response(request, error)


def log_unavailable(exception: BaseException) -> None:
    """Log one line without a traceback: while the database is away, every request logs it."""
    cause = exception.__cause__ or exception
    sentence = str(cause).partition("\n")[0]
    logger.warning("database unavailable: %s: %s", type(cause).__name__, sentence)


def as_api_error(exception: Exception) -> ApiError:
    """The API's error for an exception."""
    match exception:
        case ApiError():
            return exception
        case Http404() | exceptions.NotFound():
            return NotFoundError()
        case exceptions.MethodNotAllowed():
            return MethodNotAllowedError()
        case exceptions.Throttled():
            return RateLimitExceededError(headers={"Retry-After": str(exception.wait)})  # type: ignore[attr-defined]
        case RequestDataTooBig():
            return BodyTooLargeError()
        case SuspiciousOperation() | exceptions.ParseError():
            return BadRequestError()
        case PermissionDenied() | exceptions.PermissionDenied():
            return ForbiddenError()
        case OperationalError() | InterfaceError():
            return DatabaseUnavailableError()
        case _:
            return InternalServerError()


def error_response(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The response to an error, of a view or of middleware."""
    # Not of a request that no middleware has seen.
    getattr(request, "log_fields", {}).update(outcome="error", error=error.code)
    body = strict_json.write(error.body(request.request_id))  # type: ignore[attr-defined]
    return HttpResponse(body, status=error.status_code, content_type="application/json", headers=error.headers)
