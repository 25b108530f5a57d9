"""How the record call stands in the OpenAPI description."""

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
    "Record a purchase",
    "Purchases",
    RecordedSerializer,
    body=RecordPurchaseSerializer,
    statuses={201: "Recorded.", 200: "The order was recorded before; nothing changed."},
    fails=(exceptions.AmountNotPositiveError, exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
    parameters=[
        CONTEST,
        OpenApiParameter(
            "explain", bool, description="Add the explanation of the points to the answer. 1 is true too, in any case."
        ),
    ],
    example=EXAMPLE,
    answers={201: RECORDED, 200: RECORDED | {"pointsAwarded": 0, "alreadyExists": True, "message": ALREADY_RECORDED}},
)

PURCHASE = OpenApiParameter("purchase_id", str, OpenApiParameter.PATH, description="The purchase's id.")
describe_purchases = describe(
    "listPurchases",
    "A contest's purchases",
    "Purchases",
    PurchaseSerializer,
    paged=True,
    private=True,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST, PurchaseListQuery],
)
describe_purchase = describe(
    "getPurchase",
    "One purchase, explained",
    "Purchases",
    PurchaseDetailSerializer,
    private=True,
    fails=(exceptions.ContestNotFoundError, exceptions.PurchaseNotFoundError),
    parameters=[CONTEST, PURCHASE],
)
describe_preview = describe(
    "previewPurchase",
    "What recording an order would answer",
    "Purchases",
    PreviewSerializer,
    body=RecordPurchaseSerializer,
    fails=(exceptions.AmountNotPositiveError, exceptions.ContestNotFoundError, exceptions.EntryNotFoundError),
    parameters=[CONTEST],
    example=EXAMPLE,
)
describe_batch = describe(
    "recordPurchases",
    "Record up to 500 orders",
    "Purchases",
    BatchSerializer,
    body=BatchRequestSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
    example={"purchases": [EXAMPLE]},
)
describe_reconcile = describe(
    "reconcilePurchases",
    "Which of up to 1,000 orders are recorded",
    "Purchases",
    ReconciledSerializer,
    body=ReconcileRequestSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
    example={"orders": [{"orderId": "order-12345", "amount": 49.99}]},
)
describe_refunds = describe(
    "listRefunds",
    "A contest's refunds",
    "Refunds",
    RefundRowSerializer,
    paged=True,
    private=True,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST, RefundListQuery],
)
describe_refund = describe(
    "refundOrder",
    "Refund an order, in part or whole",
    "Refunds",
    RefundedSerializer,
    body=RefundOrderSerializer,
    statuses={201: "Refunded.", 200: "The refund was known; nothing changed."},
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
    "Void a purchase",
    "Purchases",
    PurchaseSerializer,
    body=VoidSerializer,
    fails=(exceptions.ContestNotFoundError, exceptions.PurchaseNotFoundError),
    parameters=[CONTEST, PURCHASE],
    example={"reason": "Cancelled"},
)
describe_analytics = describe(
    "getAnalytics",
    "A contest's figures",
    "Contests",
    AnalyticsSerializer,
    fails=(exceptions.ContestNotFoundError,),
    parameters=[CONTEST],
)
