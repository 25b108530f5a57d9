"""The OpenAPI description: `describe` for a view's actions, and what all operations share."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from blitzrocket.api import exceptions
from blitzrocket.api.exceptions import ApiError
from blitzrocket.api.pagination import PaginationSerializer
from blitzrocket.limits import METHODS_WITH_BODY

Failure = type[ApiError]
Answer = type[serializers.Serializer]

# The errors of every call, those of calls with an API key, and those of calls with a body.
COMMON_FAILURES: tuple[Failure, ...] = (
    exceptions.MethodNotAllowedError,
    exceptions.InternalServerError,
    exceptions.DatabaseUnavailableError,
)
KEY_FAILURES: tuple[Failure, ...] = (
    exceptions.MissingApiKeyError,
    exceptions.InvalidApiKeyError,
    exceptions.PrivateKeyInUrlError,
    exceptions.RateLimitExceededError,
)
BODY_FAILURES: tuple[Failure, ...] = (
    exceptions.InvalidRequestBodyError,
    exceptions.BodyTooLargeError,
    exceptions.NotJSONError,
)
REQUEST_ID = "req_1k0wnv8aa5hmfznfp0q53"


def _header(name: str, description: str, response: Any, kind: Any = str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description, response=response)


_STATUSES_WITH_LIMIT = [200, 201, 400, 403, 404, 409, 413, 415, 429]
KEY_HEADERS = [
    _header(
        "RateLimit",
        "Remaining requests of the key: r requests in the next t seconds. Absent without a limit.",
        _STATUSES_WITH_LIMIT,
    ),
    _header(
        "RateLimit-Policy",
        "Rate limit of the key: q requests in w seconds. Absent without a limit.",
        _STATUSES_WITH_LIMIT,
    ),
]
HEADERS = [
    _header("X-Request-Id", "Your X-Request-Id, or a generated one. The server log has it too.", response=True),
    _header("Retry-After", "Seconds to wait before sending the same request again.", [429, 503], int),
    _header("WWW-Authenticate", "Authentication scheme.", [401]),
    _header("Allow", "HTTP methods of this endpoint.", [405]),
]


@extend_schema_field({"type": "boolean", "const": True})
class TrueField(serializers.BooleanField):
    """True in every successful response."""


@extend_schema_field({"type": "boolean", "const": False})
class FalseField(serializers.BooleanField):
    """False in every error response."""


class ErrorDetailSerializer(serializers.Serializer):
    """A problem with one field."""

    field = serializers.CharField(help_text="Field or parameter. Empty for the body as a whole.")
    message = serializers.CharField(help_text="What is wrong, and what to send instead.")


class ApiErrorSerializer(serializers.Serializer):
    """An error response."""

    success = FalseField(help_text="Always false.")
    error = serializers.CharField(help_text="Short name of the error.")
    message = serializers.CharField(help_text="What happened, as a sentence. May change.")
    code = serializers.CharField(help_text="Error code. Stable.")
    requestId = serializers.CharField(help_text="Same as the header X-Request-Id.")
    details = ErrorDetailSerializer(many=True, required=False, help_text="Problems by field or parameter.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The part of an operation's description that does not come from its view."""

    answer: Answer | None
    many: bool
    statuses: dict[int, str]
    fails: tuple[Failure, ...]
    parameters: Sequence[OpenApiParameter]
    example: Any
    answers: dict[int, Any]


def describe(
    operation_id: str,
    summary: str,
    tag: str,
    answer: Answer | None = None,
    *,
    statuses: dict[int, str] | None = None,
    fails: tuple[Failure, ...] = (),
    many: bool = False,
    parameters: Sequence[OpenApiParameter] = (),
    example: Any = None,
    answers: dict[int, Any] | None = None,
) -> Any:
    """Describe an action of a viewset; `ApiSchema` takes body, parameters and their errors from the view.

    ``answer`` is the serializer of the response, unless it is the view's. ``statuses`` are the successes with their
    meanings, ``fails`` the errors of this action besides those of every call, ``answers`` example data by status.
    """
    operation = Operation(
        answer=answer,
        many=many,
        statuses=statuses or {200: "Success."},
        fails=fails,
        parameters=parameters,
        example=example,
        answers=answers or {},
    )

    def decorate(action: Any) -> Any:
        action.operation = operation
        return extend_schema(operation_id=operation_id, summary=summary, tags=[tag])(action)

    return decorate


def _failure_example(failure: Failure, body: Answer | None) -> OpenApiExample:
    """An example of an error of an operation with this body."""
    error = failure()
    error.details = failure.example_details
    if failure is exceptions.InvalidRequestBodyError and body is not None:
        error.details = _faulty_field(body)
    value = error.body(REQUEST_ID)
    return OpenApiExample(failure.code, value, response_only=True, status_codes=[str(failure.status_code)])


def _faulty_field(body: Answer) -> list[dict[str, str]]:
    """The details for a body without its first required field, or for an empty body where all fields are optional."""
    required = (field for field in body().fields.values() if field.required)
    field = next(required, None)
    if field is None:
        return [{"field": "", "message": "The body is empty; send a JSON object."}]
    return [{"field": str(field.field_name), "message": str(field.error_messages["required"])}]


@cache
def envelope(answer: Answer, *, many: bool, is_page: bool) -> serializers.Serializer:
    """The serializer of a success with this ``data``."""
    name = answer.__name__.removesuffix("Serializer") + ("Page" if is_page else "List" if many else "")
    fields: dict[str, Any] = {
        "success": TrueField(help_text="Always true."),
        "data": answer(many=many, help_text="Result."),
    }
    if is_page:
        fields["pagination"] = PaginationSerializer(help_text="Position of the page in the list.")
    return inline_serializer(f"{name}Response", fields)


def failures(classes: Iterable[Failure]) -> dict[int, OpenApiResponse]:
    """The error responses of an operation, by status."""
    by_status: dict[int, list[Failure]] = {}
    for failure in sorted(classes, key=lambda group: group.status_code):
        by_status.setdefault(failure.status_code, []).append(failure)
    return {status: OpenApiResponse(ApiErrorSerializer, _meaning(group)) for status, group in by_status.items()}


def _meaning(classes: list[Failure]) -> str:
    return "\n\n".join(f"`{failure.code}`: {failure.message.rstrip('.')}." for failure in classes)


def every_code() -> list[str]:
    """The codes of all errors, sorted; complete once all views are imported, as they are by the root URLs."""
    failures: list[Failure] = [ApiError]
    for failure in failures:  # the list grows by the subclasses of each
        failures += failure.__subclasses__()
    return sorted({failure.code for failure in failures})


def tidy(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: list the error codes, and remove trailing slashes of paths and the generator's marks."""
    result["components"]["schemas"]["ApiError"]["properties"]["code"]["enum"] = every_code()
    result["paths"] = {path.rstrip("/"): operations for path, operations in result["paths"].items()}
    _drop_marks(result)
    return result


def _drop_marks(node: Any) -> None:
    if isinstance(node, dict):
        node.pop("x-spec-enum-id", None)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _drop_marks(child)


class ApiSchema(AutoSchema):
    """The description of an operation: body, parameters, success and every error.

    The body is the view's serializer, the parameters its query serializer.
    """

    view: Any  # an `ApiViewSet`, whose module DRF cannot import while it makes its own views

    @property
    def operation(self) -> Operation:
        operation: Operation = getattr(self.view, self.view.action).operation
        return operation

    @property
    def body(self) -> Answer | None:
        body: Answer | None = self.view.get_serializer_class() if self.method in METHODS_WITH_BODY else None
        return body

    @property
    def failures(self) -> list[Failure]:
        classes = [*COMMON_FAILURES, *self.operation.fails, *(BODY_FAILURES if self.body else ())]
        if self.view.uses_api_key:
            classes += KEY_FAILURES
        if self.view.uses_api_key and (self.body or self.view.needs_private_key):
            classes.append(exceptions.PrivateKeyRequiredError)
        if self.view.get_query_serializer_class():
            classes.append(exceptions.InvalidQueryParameterError)
        return classes

    def get_override_parameters(self) -> list[Any]:
        in_path = [
            OpenApiParameter(name, str, OpenApiParameter.PATH, description=f"ID of the {name.removesuffix('_id')}.")
            for name in re.findall(r"\{(\w+)\}", self.path)
        ]
        query = self.view.get_query_serializer_class()
        headers = [*HEADERS, *(KEY_HEADERS if self.view.uses_api_key else ())]
        return [*in_path, *self.operation.parameters, *([query] if query else ()), *headers]

    def get_request_serializer(self) -> Any:
        return self.body

    def get_response_serializers(self) -> Any:
        operation = self.operation
        answer = operation.answer or self.view.get_serializer_class()
        is_page = self.view.action == "list" and self.view.pagination_class is not None
        schema = envelope(answer, many=operation.many or is_page, is_page=is_page)
        successes = {status: OpenApiResponse(schema, text) for status, text in operation.statuses.items()}
        return {**successes, **failures(self.failures)}

    def get_examples(self) -> list[OpenApiExample]:
        examples = [_failure_example(failure, self.body) for failure in self.failures]
        if self.operation.example is not None:
            examples.append(OpenApiExample("Request", self.operation.example, request_only=True))
        for status, data in self.operation.answers.items():
            value = {"success": True, "data": data}
            examples.append(OpenApiExample(f"Answer {status}", value, response_only=True, status_codes=[str(status)]))
        return examples

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Never: a list's response is the envelope, not an array."""
        return False

    def _get_request_body(self, direction: str = "request") -> Any:
        """Bodies are always required."""
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": True}
