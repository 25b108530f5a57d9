"""How the record call stands in the OpenAPI description."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api.fields import trimmed_pattern
from blitzrocket.api.moments import PATTERN
from blitzrocket.api.schema import describe
from contests.currencies import MAX_AMOUNT
from contests.schema import CONTEST
from purchases.queries import PurchaseListQuery
from purchases.serializers import (
    ORDER_ID,
    BatchSerializer,
    PreviewSerializer,
    PurchaseSerializer,
    ReconciledSerializer,
    RecordedSerializer,
    RefundedSerializer,
    RefundOrderSerializer,
    VoidSerializer,
    WholePurchaseSerializer,
)

MOST_IN_A_BATCH = 500
MOST_TO_RECONCILE = 1000

BODY: dict[str, Any] = {
    "type": "object",
    "required": ["email", "orderId", "amount"],
    "properties": {
        "email": {
            "type": "string",
            "format": "email",
            "maxLength": 254,
            "description": "Email address of the purchaser, matched to the contest's entry in any case. At most 64 "
            "characters before the @-sign, where dots may stand anywhere.",
        },
        "orderId": {
            "description": "Your system's id of the order. An integer is taken as its decimal text.",
            **ORDER_ID,
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
            "pattern": trimmed_pattern("[A-Za-z]{3}"),
            "description": "ISO 4217 code of a currency with a minor unit, in any case. Absent or null: USD.",
        },
        "purchasedAt": {
            "type": ["string", "null"],
            "pattern": trimmed_pattern(PATTERN, or_empty=True),
            "examples": ["2026-11-22T18:00:00Z", "2026-11-22T19:00:00.250+01:00"],
            "description": "When the order was placed, at most 90 days ago. Absent, null or empty: now. Rules go by "
            "this time. RFC 3339, and the other forms of ISO 8601 with a zone; a leap second is the next second.",
        },
    },
}
EXAMPLE = {"email": "ada@example.com", "orderId": "order-12345", "amount": 49.99, "currency": "USD"}

RECORDED = {
    "purchaseId": "purchase_1k0wky27a6nptfzmkszjx3mk3s",
    "entryId": "entry_1k0wj274amjmwveaeg1662cxhs",
    "pointsAwarded": 50,
    "alreadyExists": False,
    "message": "Purchase recorded successfully",
}
ALREADY_RECORDED = "Purchase already recorded"
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
        OpenApiParameter(
            "explain", bool, description="Add the explanation of the points to the answer. 1 is true too, in any case."
        ),
    ],
    example=EXAMPLE,
    answers={201: RECORDED, 200: RECORDED | {"pointsAwarded": 0, "alreadyExists": True, "message": ALREADY_RECORDED}},
)

PURCHASE = OpenApiParameter("id", str, OpenApiParameter.PATH, description="The purchase's id.")
PURCHASE_ID = OpenApiParameter("purchase_id", str, OpenApiParameter.PATH, description="The purchase's id.")
describe_purchases = describe(
    "listPurchases",
    "A contest's purchases",
    "Purchases",
    PurchaseSerializer,
    paged=True,
    private=True,
    fails=(404,),
    parameters=[CONTEST, PurchaseListQuery],
)
describe_purchase = describe(
    "getPurchase",
    "One purchase, explained",
    "Purchases",
    WholePurchaseSerializer,
    private=True,
    fails=(404,),
    parameters=[CONTEST, PURCHASE],
)
describe_preview = describe(
    "previewPurchase",
    "What recording an order would answer",
    "Purchases",
    PreviewSerializer,
    body=BODY,
    fails=(404,),
    parameters=[CONTEST],
    example=EXAMPLE,
)
describe_batch = describe(
    "recordPurchases",
    "Record up to 500 orders",
    "Purchases",
    BatchSerializer,
    body={
        "type": "object",
        "required": ["purchases"],
        "properties": {"purchases": {"type": "array", "minItems": 1, "maxItems": MOST_IN_A_BATCH, "items": BODY}},
    },
    fails=(404,),
    parameters=[CONTEST],
    example={"purchases": [EXAMPLE]},
)
RECONCILED = {name: BODY["properties"][name] for name in ("orderId", "email", "amount", "currency")}
RECONCILED |= {name: RECONCILED[name] | {"type": [RECONCILED[name]["type"], "null"]} for name in ("email", "amount")}
describe_reconcile = describe(
    "reconcilePurchases",
    "Which of up to 1,000 orders are recorded",
    "Purchases",
    ReconciledSerializer,
    body={
        "type": "object",
        "required": ["orders"],
        "properties": {
            "orders": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_TO_RECONCILE,
                "items": {"type": "object", "required": ["orderId"], "properties": RECONCILED},
            }
        },
    },
    fails=(404,),
    parameters=[CONTEST],
    example={"orders": [{"orderId": "order-12345", "amount": 49.99}]},
)
describe_refund = describe(
    "refundOrder",
    "Refund an order, in part or whole",
    "Refunds",
    RefundedSerializer,
    body=RefundOrderSerializer,
    statuses={201: "Refunded.", 200: "The refund was known; nothing changed."},
    fails=(404, 409),
    parameters=[CONTEST],
    example={"orderId": "order-12345", "refundId": "refund-1", "amount": 10, "reason": "One piece came back"},
)
describe_void = describe(
    "voidPurchase",
    "Void a purchase",
    "Purchases",
    PurchaseSerializer,
    body=VoidSerializer,
    fails=(404,),
    parameters=[CONTEST, PURCHASE_ID],
    example={"reason": "Cancelled"},
)
