from purchases.services.attempts import NotOpen, dismiss_attempt, record_attempt, reopen_attempt
from purchases.services.batch import record_batch
from purchases.services.change import Change, rehearse
from purchases.services.held import (
    NotAttached,
    NotHeld,
    attach_purchase,
    detach_purchase,
    is_attached,
    order_of,
)
from purchases.services.judging import EntryMissing, NewPurchase, Recorded
from purchases.services.move import OtherContest, PurchaseVoided, move_purchase
from purchases.services.pending_refunds import NewRefund, keep_malformed
from purchases.services.reconcile import count_pending_refunds, reconcile
from purchases.services.record import preview_purchase, record_purchase
from purchases.services.refund import (
    PurchaseNotFound,
    Refunded,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
    RefundNotPositive,
    RefundRefused,
    refund_order,
    refund_purchase,
)
from purchases.services.refusals import Refusal, count_refusal, keep_refusal, keep_refusals
from purchases.services.refused_refunds import dismiss_refund, reopen_refund
from purchases.services.release import (
    REQUEST_SECONDS,
    HeldWalk,
    release_all_held_purchases,
    release_held_among,
    release_held_purchases,
)
from purchases.services.retention import delete_old_rejected_purchases, limit_held_purchases
from purchases.services.void import restore_purchase, void_purchase

__all__ = [
    "REQUEST_SECONDS",
    "Change",
    "EntryMissing",
    "HeldWalk",
    "NewPurchase",
    "NewRefund",
    "NotAttached",
    "NotHeld",
    "NotOpen",
    "OtherContest",
    "PurchaseNotFound",
    "PurchaseVoided",
    "Recorded",
    "RefundExceedsPurchase",
    "RefundInOtherCurrency",
    "RefundNotPositive",
    "RefundRefused",
    "Refunded",
    "Refusal",
    "attach_purchase",
    "count_pending_refunds",
    "count_refusal",
    "delete_old_rejected_purchases",
    "detach_purchase",
    "dismiss_attempt",
    "dismiss_refund",
    "is_attached",
    "keep_malformed",
    "keep_refusal",
    "keep_refusals",
    "limit_held_purchases",
    "move_purchase",
    "order_of",
    "preview_purchase",
    "reconcile",
    "record_attempt",
    "record_batch",
    "record_purchase",
    "refund_order",
    "refund_purchase",
    "rehearse",
    "release_all_held_purchases",
    "release_held_among",
    "release_held_purchases",
    "reopen_attempt",
    "reopen_refund",
    "restore_purchase",
    "void_purchase",
]
