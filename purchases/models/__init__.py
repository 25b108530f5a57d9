from purchases.models.duplicate import DifferingDuplicate
from purchases.models.order import MAX_ORDER_ID_LENGTH, MAX_ORDER_KEY_LENGTH, MAX_SENT_LENGTH, order_key
from purchases.models.past_orders import PurchaseImport, PurchaseImportRow
from purchases.models.purchase import Purchase
from purchases.models.recalculation import RecalculatedAward, Recalculation
from purchases.models.refund import MAX_PROBLEM_LENGTH, MAX_REFUND_ID_LENGTH, PendingRefund, Refund, money_of
from purchases.models.rejected import RejectedPurchase, RejectionCount
from purchases.models.retention import RetentionGap
from purchases.models.stats import DailyStat, DuplicateCount, RollupCursor
from purchases.models.stores import StoreConnection, StoreDelivery, StoreOrderId, StoreRefunds
from purchases.models.totals import PurchaseTotals
from purchases.models.webhooks import EventKind, OutgoingEvent, WebhookEndpoint

__all__ = [
    "MAX_ORDER_ID_LENGTH",
    "MAX_ORDER_KEY_LENGTH",
    "MAX_PROBLEM_LENGTH",
    "MAX_REFUND_ID_LENGTH",
    "MAX_SENT_LENGTH",
    "DailyStat",
    "DifferingDuplicate",
    "DuplicateCount",
    "EventKind",
    "OutgoingEvent",
    "PendingRefund",
    "Purchase",
    "PurchaseImport",
    "PurchaseImportRow",
    "PurchaseTotals",
    "RecalculatedAward",
    "Recalculation",
    "Refund",
    "RejectedPurchase",
    "RejectionCount",
    "RetentionGap",
    "RollupCursor",
    "StoreConnection",
    "StoreDelivery",
    "StoreOrderId",
    "StoreRefunds",
    "WebhookEndpoint",
    "money_of",
    "order_key",
]
