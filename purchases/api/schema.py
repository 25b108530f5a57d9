"""The OpenAPI descriptions of purchases, refunds, webhooks and analytics."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from blitzrocket.api.schema import describe
from contests.api.exceptions import ContestNotFoundError, EntryNotFoundError
from purchases.api.batch_serializers import BatchSerializer, ReconciledSerializer
from purchases.api.exceptions import (
    AmountNotPositiveError,
    ConnectionNotReadyError,
    ConnectionPausedError,
    InvalidWebhookSecretError,
    PurchaseNotFoundError,
    RefundExceedsPurchaseError,
)
from purchases.api.refund_serializers import RefundedSerializer
from purchases.api.serializers import PreviewSerializer, PurchaseSerializer, RecordedSerializer, SignedUpSerializer

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


class WebhookSecretScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "purchases.api.secret_webhooks.WebhookSecretAuthentication"
    name = "webhookSecret"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        description = "The secret of a custom store connection. The body field `secret` takes it too."
        return {"type": "apiKey", "in": "header", "name": "x-webhook-secret", "description": description}


describe_purchase_webhook = describe(
    "recordPurchaseByWebhook",
    "Record purchase by webhook",
    "Webhooks",
    RecordedSerializer,
    statuses={201: "Purchase recorded.", 200: "Already recorded; nothing changed."},
    fails=(
        InvalidWebhookSecretError,
        AmountNotPositiveError,
        ConnectionPausedError,
        ContestNotFoundError,
        EntryNotFoundError,
        ConnectionNotReadyError,
    ),
    parameters=[
        OpenApiParameter("explain", bool, description="Include how the points were calculated. `1` counts as true."),
    ],
    example=EXAMPLE,
    answers={201: RECORDED, 200: RECORDED | {"pointsAwarded": 0, "alreadyExists": True, "message": ALREADY_RECORDED}},
)
SIGNED_UP = {
    "entryId": "entry_1k0wj274amjmwveaeg1662cxhs",
    "email": "grace@example.com",
    "alreadyExists": False,
    "isReferred": True,
    "pointsAwarded": {"advocate": 50, "friend": 25},
}
describe_sign_up_webhook = describe(
    "signUpByWebhook",
    "Sign up by webhook",
    "Webhooks",
    SignedUpSerializer,
    statuses={201: "Entry created.", 200: "An entry with that email already exists; nothing changed."},
    fails=(InvalidWebhookSecretError, ConnectionPausedError, ContestNotFoundError, ConnectionNotReadyError),
    example={"email": "grace@example.com", "name": "Grace Hopper", "referralCode": "7k2m9qwx4t"},
    answers={201: SIGNED_UP, 200: SIGNED_UP | {"alreadyExists": True, "pointsAwarded": {"advocate": 0, "friend": 0}}},
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
