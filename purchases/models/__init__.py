from purchases.models.daily import DailyFigure, DuplicateCount, RolledUp
from purchases.models.history import PurchaseImport, PurchaseImportRow
from purchases.models.order import MAX_ORDER_ID_LENGTH, MAX_ORDER_KEY_LENGTH, MAX_SENT_LENGTH, order_key
from purchases.models.purchase import Purchase
from purchases.models.recalculation import Judgement, Recalculation
from purchases.models.refund import MAX_PROBLEM_LENGTH, MAX_REFUND_ID_LENGTH, Refund, WaitingRefund, money_of
from purchases.models.rejected import RefusalCount, RejectedPurchase
from purchases.models.retention import RetentionGap

__all__ = [
    "MAX_ORDER_ID_LENGTH",
    "MAX_ORDER_KEY_LENGTH",
    "MAX_PROBLEM_LENGTH",
    "MAX_REFUND_ID_LENGTH",
    "MAX_SENT_LENGTH",
    "DailyFigure",
    "DuplicateCount",
    "Judgement",
    "Purchase",
    "PurchaseImport",
    "PurchaseImportRow",
    "Recalculation",
    "Refund",
    "RefusalCount",
    "RejectedPurchase",
    "RetentionGap",
    "RolledUp",
    "WaitingRefund",
    "money_of",
    "order_key",
]
