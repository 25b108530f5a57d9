"""How the record call stands in the OpenAPI description."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api.schema import describe
from contests.currencies import MAX_AMOUNT
from contests.schema import CONTEST
from purchases.models import MAX_ORDER_ID_LENGTH
from purchases.serializers import RecordedSerializer

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
EXAMPLE = {"email": "ada@example.com", "orderId": "order-12345", "amount": 49.99, "currency": "USD"}

describe_record_call = describe(
    "recordPurchase",
    "Record a purchase",
    "Purchases",
    RecordedSerializer,
    body=BODY,
    statuses={201: "Recorded.", 200: "The order was recorded before; nothing changed."},
    fails=(404,),
    parameters=[
        CONTEST,
        OpenApiParameter("explain", bool, description="Add the explanation of the points to the answer."),
    ],
    example=EXAMPLE,
)
