"""The pieces that every operation of the OpenAPI description is made of."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from blitzrocket.api import errors
from blitzrocket.api.pagination import PaginationSerializer
from blitzrocket.api.params import Query

MEANINGS = {
    400: "Invalid request: the details name each field and what to change.",
    401: "Missing or invalid API key.",
    403: "A public key where a private one is needed.",
    404: "No such contest, entry or purchase.",
    409: "It contradicts what is recorded.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many calls; Retry-After says when to try again.",
    500: "Our fault; the request id finds it in the log.",
    503: "The database is away; Retry-After says when to try again.",
}

EXAMPLES: dict[int, errors.ApiError] = {
    400: errors.InvalidRequestBody(details=[{"field": "amount", "message": "The amount must be a JSON number."}]),
    401: errors.InvalidApiKey(),
    403: errors.PrivateKeyRequired(),
    404: errors.ContestNotFound(),
    409: errors.RefundExceedsPurchase(),
    413: errors.BodyTooLarge(),
    415: errors.NotJSON(),
    429: errors.RateLimitExceeded(),
    500: errors.InternalError(),
    503: errors.DatabaseUnavailable(),
}


class DetailSerializer(serializers.Serializer):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="Empty where it is the body as a whole.")
    message = serializers.CharField()


class FailureSerializer(serializers.Serializer):
    """Every failure."""

    success = serializers.BooleanField()
    error = serializers.CharField(help_text="Short name.")
    message = serializers.CharField(help_text="One sentence for a person.")
    code = serializers.CharField(help_text="Stable, for machines.")
    requestId = serializers.CharField(help_text="The answer's X-Request-Id.")
    details = DetailSerializer(many=True, required=False)


Answer = type[serializers.Serializer]


def describe(
    operation_id: str,
    summary: str,
    tag: str,
    answer: Answer,
    *,
    body: Any = None,
    statuses: dict[int, str] | None = None,
    fails: tuple[int, ...] = (),
    private: bool = False,
    many: bool = False,
    paged: bool = False,
    parameters: Sequence[OpenApiParameter | type[Query]] = (),
    example: Any = None,
    answers: Any = None,
) -> Any:
    """An operation: what it takes, what it answers, and every failure that it can answer with.

    ``statuses`` are its successes with their meanings; ``fails`` the failures of its own besides those of every call.
    """
    failing = {401, 429, 500, 503, *fails}
    failing |= {403} if private or body is not None else set()
    failing |= {400, 413, 415} if body is not None else set()
    failing |= {400} if parameters else set()
    examples = [_failed(status) for status in sorted(failing)]
    examples += [OpenApiExample("Request", example, request_only=True)] if example is not None else []
    for status, value in (answers or {}).items():
        told = {"success": True, "data": value}
        examples.append(OpenApiExample(f"Answer {status}", told, response_only=True, status_codes=[str(status)]))
    said = statuses or {200: summary}
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=[tag],
        parameters=list(parameters),
        request={"application/json": body} if body is not None else None,
        responses={
            **{
                status: OpenApiResponse(enveloped(answer, many=many or paged, paged=paged), text)
                for status, text in said.items()
            },
            **failures(*sorted(failing)),
        },
        examples=examples,
    )


def _failed(status: int) -> OpenApiExample:
    """What a failure with this status looks like."""
    body = EXAMPLES[status].body("req_1k0wnv8aa5hmfznfp0q53")
    return OpenApiExample(body["error"], body, response_only=True, status_codes=[str(status)])


@cache
def enveloped(answer: Answer, *, many: bool, paged: bool) -> serializers.Serializer:
    """A success with this ``data``."""
    fields: dict[str, Any] = {"success": serializers.BooleanField(), "data": answer(many=many)}
    if paged:
        fields["pagination"] = PaginationSerializer()
    name = answer.__name__.removesuffix("Serializer") + ("Page" if paged else "List" if many else "")
    return inline_serializer(f"{name}Answer", fields)


def failures(*statuses: int) -> dict[int, OpenApiResponse]:
    """The failures that an operation can answer with."""
    return {status: OpenApiResponse(FailureSerializer, MEANINGS[status]) for status in statuses}


def without_trailing_slashes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Both forms of a path answer the same; the description has the one without."""
    result["paths"] = {path.rstrip("/"): operations for path, operations in result["paths"].items()}
    return result


class ApiSchema(AutoSchema):
    """Bodies are given as they are: there is no list of alternatives to guess, and none may be left out."""

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """An answer is the envelope, also of a list."""
        return False

    def _get_request_body(self, direction: str = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": True}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The header ``x-api-key`` for drf-spectacular."""

    target_class = "apikeys.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "x-api-key"}
