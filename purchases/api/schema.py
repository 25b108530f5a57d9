"""The OpenAPI descriptions of purchases, refunds and analytics."""

from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api import exceptions
from blitzrocket.api.schema import describe
from contests.api.schema import CONTEST
from purchases.api.queries import PurchaseListQuery, RefundListQuery
from purchases.api.serializers import (
    AnalyticsSerializer,
    BatchRequestSerializer,
    BatchSerializer,
    PreviewSerializer,
    PurchaseDetailSerializer,
    PurchaseSerializer,
    ReconciledSerializer,
    ReconcileRequestSerializer,
    RecordedSerializer,
    RecordPurchaseSerializer,
    RefundedSerializer,
    RefundOrderSerializer,
    RefundRowSerializer,
    VoidSerializer,
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
    body=RecordPurchaseSerializer,
    statuses={201: "Recorded.", 200: "Already recorded; nothing changed."},
    fails=(exceptions.AmountNotPositiveError, exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
    parameters=[
        CONTEST,
        OpenApiParameter("explain", bool, description="Add how the points were calculated. 1 counts as true."),
    ],
    example=EXAMPLE,
    answers={201: RECORDED, 200: RECORDED | {"pointsAwarded": 0, "alreadyExists": True, "message": ALREADY_RECORDED}},
)

PURCHASE = OpenApiParameter("purchase_id", str, OpenApiParameter.PATH, description="The purchase's id.")
describe_purchases = describe(
    "listPurchases",
    "List purchases",
    "Purchases",
    PurchaseSerializer,
    paged=True,
    private=True,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST, PurchaseListQuery],
)
describe_purchase = describe(
    "getPurchase",
    "Get purchase with explanation",
    "Purchases",
    PurchaseDetailSerializer,
    private=True,
    fails=(exceptions.ContestNotFoundError, exceptions.PurchaseNotFoundError),
    parameters=[CONTEST, PURCHASE],
)
describe_preview = describe(
    "previewPurchase",
    "Preview purchase",
    "Purchases",
    PreviewSerializer,
    body=RecordPurchaseSerializer,
    fails=(exceptions.AmountNotPositiveError, exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
    parameters=[CONTEST],
    example=EXAMPLE,
)
describe_batch = describe(
    "recordPurchases",
    "Record up to 500 purchases",
    "Purchases",
    BatchSerializer,
    body=BatchRequestSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
    example={"purchases": [EXAMPLE]},
)
describe_reconcile = describe(
    "reconcilePurchases",
    "Reconcile up to 1,000 orders",
    "Purchases",
    ReconciledSerializer,
    body=ReconcileRequestSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
    example={"orders": [{"orderId": "order-12345", "amount": 49.99}]},
)
describe_refunds = describe(
    "listRefunds",
    "List refunds",
    "Refunds",
    RefundRowSerializer,
    paged=True,
    private=True,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST, RefundListQuery],
)
describe_refund = describe(
    "refundOrder",
    "Refund order",
    "Refunds",
    RefundedSerializer,
    body=RefundOrderSerializer,
    statuses={201: "Refunded.", 200: "Already refunded; nothing changed."},
    fails=(
        exceptions.AmountNotPositiveError,
        exceptions.ContestNotFoundError,
        exceptions.PurchaseNotFoundError,
        exceptions.RefundExceedsPurchaseError,
    ),
    parameters=[CONTEST],
    example={"orderId": "order-12345", "refundId": "refund-1", "amount": 10, "reason": "One piece came back"},
)
describe_void = describe(
    "voidPurchase",
    "Void purchase",
    "Purchases",
    PurchaseSerializer,
    body=VoidSerializer,
    fails=(exceptions.ContestNotFoundError, exceptions.PurchaseNotFoundError),
    parameters=[CONTEST, PURCHASE],
    example={"reason": "Cancelled"},
)
describe_analytics = describe(
    "getAnalytics",
    "Contest analytics",
    "Contests",
    AnalyticsSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
)
