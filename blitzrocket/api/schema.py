"""The pieces that every operation of the OpenAPI description is made of."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

MEANINGS = {
    400: "Invalid request: the details name each field and what to change.",
    401: "Missing or invalid API key.",
    403: "A public key where a private one is needed.",
    404: "No such contest or entry.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many calls; Retry-After says when to try again.",
    500: "Our fault; the request id finds it in the log.",
    503: "The database is away; Retry-After says when to try again.",
}
FAILURE: dict[str, Any] = {
    "type": "object",
    "required": ["success", "error", "message", "code", "requestId"],
    "properties": {
        "success": {"type": "boolean", "const": False},
        "error": {"type": "string", "description": "Short name."},
        "message": {"type": "string", "description": "One sentence for a person."},
        "code": {"type": "string", "description": "Stable, for machines."},
        "requestId": {"type": "string", "description": "The answer's X-Request-Id."},
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def envelope(data: dict[str, Any], description: str) -> OpenApiResponse:
    """A success with this ``data``."""
    schema = {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"type": "boolean", "const": True}, "data": data},
    }
    return OpenApiResponse(schema, description)


def failures(*statuses: int) -> dict[int, OpenApiResponse]:
    """The failures that an operation can answer with."""
    return {status: OpenApiResponse(FAILURE, MEANINGS[status]) for status in statuses}


def without_trailing_slashes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Both forms of a path answer the same; the description has the one without."""
    result["paths"] = {path.rstrip("/"): operations for path, operations in result["paths"].items()}
    return result


class ApiSchema(AutoSchema):
    """Request bodies are given as they are; there is no list of alternatives to guess."""

    def map_parsers(self) -> list[str]:
        return ["application/json"]


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The header ``x-api-key`` for drf-spectacular."""

    target_class = "apikeys.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "x-api-key"}
