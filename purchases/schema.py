"""How the record call stands in the OpenAPI description."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from blitzrocket.api.schema import envelope, failures
from contests.currencies import MAX_AMOUNT
from purchases.models import MAX_ORDER_ID_LENGTH

BODY: dict[str, Any] = {
    "type": "object",
    "required": ["email", "orderId", "amount"],
    "properties": {
        "email": {
            "type": "string",
            "format": "email",
            "maxLength": 254,
            "description": "Email address of the purchaser, matched to the contest's entry in any case.",
        },
        "orderId": {
            "description": "Your system's id of the order. An integer is taken as its decimal text.",
            "oneOf": [
                {"type": "string", "minLength": 1, "maxLength": MAX_ORDER_ID_LENGTH},
                {"type": "integer"},
            ],
        },
        "amount": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": int(MAX_AMOUNT),
            "description": "Read as an exact decimal and rounded half up to the currency's minor unit.",
        },
        "currency": {
            "type": ["string", "null"],
            "default": "USD",
            "description": "ISO 4217 code in any case.",
        },
        "purchasedAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the order was placed, at most 90 days ago. Absent: now. Rules go by this time.",
        },
    },
}
RECORDED: dict[str, Any] = {
    "type": "object",
    "required": ["purchaseId", "entryId", "pointsAwarded", "alreadyExists", "message"],
    "properties": {
        "purchaseId": {"type": "string"},
        "entryId": {"type": "string"},
        "pointsAwarded": {"type": "integer", "minimum": 0, "description": "0 for a duplicate."},
        "alreadyExists": {"type": "boolean"},
        "message": {"type": "string"},
        "differences": {
            "type": "object",
            "description": "For a duplicate: what differs from the order as it is recorded.",
            "additionalProperties": {
                "type": "object",
                "required": ["recorded", "received"],
                "properties": {"recorded": {}, "received": {}},
            },
        },
        "explanation": {"type": "object", "description": "With ?explain=true: how the points came about."},
    },
}
EXAMPLE = {"email": "ada@example.com", "orderId": "order-12345", "amount": 49.99, "currency": "USD"}

describe_record_call = extend_schema(
    operation_id="recordPurchase",
    summary="Record a purchase",
    tags=["Purchases"],
    parameters=[
        OpenApiParameter("contest_id", str, OpenApiParameter.PATH, description="The contest's id."),
        OpenApiParameter("explain", bool, description="Add the explanation of the points to the answer."),
    ],
    request={"application/json": BODY},
    responses={
        201: envelope(RECORDED, "Recorded."),
        200: envelope(RECORDED, "The order was recorded before; nothing changed."),
        **failures(400, 401, 403, 404, 413, 415, 429, 500, 503),
    },
    examples=[OpenApiExample("An order", EXAMPLE, request_only=True)],
)
