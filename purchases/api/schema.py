"""The OpenAPI descriptions of purchases, refunds and analytics."""

from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api.schema import describe
from contests.api.exceptions import ContestNotFoundError, EntryNotFoundError
from purchases.api.exceptions import AmountNotPositiveError, PurchaseNotFoundError, RefundExceedsPurchaseError
from purchases.api.serializers import (
    BatchSerializer,
    PreviewSerializer,
    PurchaseSerializer,
    ReconciledSerializer,
    RecordedSerializer,
    RefundedSerializer,
)

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
    "Record purchase",
    "Purchases",
    RecordedSerializer,
    statuses={201: "Purchase recorded.", 200: "Already recorded; nothing changed."},
    fails=(AmountNotPositiveError, ContestNotFoundError, EntryNotFoundError),
    parameters=[
        OpenApiParameter("explain", bool, description="Include how the points were calculated. `1` counts as true."),
    ],
    example=EXAMPLE,
    answers={201: RECORDED, 200: RECORDED | {"pointsAwarded": 0, "alreadyExists": True, "message": ALREADY_RECORDED}},
)

describe_purchases = describe(
    "listPurchases",
    "List purchases",
    "Purchases",
    fails=(ContestNotFoundError,),
)
describe_purchase = describe(
    "getPurchase",
    "Get purchase with explanation",
    "Purchases",
    fails=(ContestNotFoundError, PurchaseNotFoundError),
)
describe_preview = describe(
    "previewPurchase",
    "Preview purchase",
    "Purchases",
    PreviewSerializer,
    fails=(AmountNotPositiveError, ContestNotFoundError, EntryNotFoundError),
    example=EXAMPLE,
)
describe_batch = describe(
    "recordPurchases",
    "Record up to 500 purchases",
    "Purchases",
    BatchSerializer,
    fails=(ContestNotFoundError,),
    example={"purchases": [EXAMPLE]},
)
describe_reconcile = describe(
    "reconcilePurchases",
    "Reconcile up to 1,000 orders",
    "Purchases",
    ReconciledSerializer,
    fails=(ContestNotFoundError,),
    example={"orders": [{"orderId": "order-12345", "amount": 49.99}]},
)
describe_refunds = describe(
    "listRefunds",
    "List refunds",
    "Refunds",
    fails=(ContestNotFoundError,),
)
describe_refund = describe(
    "refundOrder",
    "Refund order",
    "Refunds",
    RefundedSerializer,
    statuses={201: "Refund recorded.", 200: "Already recorded; nothing changed."},
    fails=(
        AmountNotPositiveError,
        ContestNotFoundError,
        PurchaseNotFoundError,
        RefundExceedsPurchaseError,
    ),
    example={"orderId": "order-12345", "refundId": "refund-1", "amount": 10, "reason": "One item returned"},
)
describe_void = describe(
    "voidPurchase",
    "Void purchase",
    "Purchases",
    PurchaseSerializer,
    fails=(ContestNotFoundError, PurchaseNotFoundError),
    example={"reason": "Cancelled"},
)
describe_analytics = describe(
    "getAnalytics",
    "Contest analytics",
    "Contests",
    fails=(ContestNotFoundError,),
)
