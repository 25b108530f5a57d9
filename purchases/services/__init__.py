from purchases.services.attachment import (
    NotAttached,
    NotHeld,
    attach_purchase,
    changes_by_attaching,
    changes_by_detaching,
    detach_purchase,
    is_attached,
    order_of,
)
from purchases.services.combined_recording import record_with_others
from purchases.services.move import OtherContest, PurchaseVoided, changes_by_moving, move_purchase
from purchases.services.order_scoring import EntryMissing, NewPurchase, Recorded
from purchases.services.pending_refunds import NewRefund, save_malformed_refund, withdraw_pending_refund
from purchases.services.purchase_update import PurchaseUpdate
from purchases.services.reconcile import count_pending_refunds, reconcile
from purchases.services.record import ContestMissing, preview_purchase, record_batch, record_purchase
from purchases.services.refund import (
    PurchaseNotFound,
    Refunded,
    RefundExceedsPurchase,
    RefundInOtherCurrency,
    RefundNotPositive,
    RefundRefused,
    changes_by_refunding,
    refund_order,
    refund_purchase,
)
from purchases.services.refund_dismissal import check_dismissal, dismiss_refund, reopen_refund
from purchases.services.rejection_actions import (
    AlreadyHandled,
    changes_by_recording,
    check_dismissible,
    check_reopenable,
    dismiss_imported,
    dismiss_rejected_purchase,
    record_rejected_purchase,
    reopen_rejected_purchase,
)
from purchases.services.rejections import Rejection, count_rejection, record_rejection, record_rejections
from purchases.services.release import (
    HeldOrdersScan,
    release_all_held_purchases,
    release_held_purchases,
)
from purchases.services.retention import delete_old_rejected_purchases, limit_held_purchases
from purchases.services.void import (
    changes_by_restoring,
    changes_by_voiding,
    restore_purchase,
    void_imported,
    void_purchase,
)

__all__ = [
    "AlreadyHandled",
    "ContestMissing",
    "EntryMissing",
    "HeldOrdersScan",
    "NewPurchase",
    "NewRefund",
    "NotAttached",
    "NotHeld",
    "OtherContest",
    "PurchaseNotFound",
    "PurchaseUpdate",
    "PurchaseVoided",
    "Recorded",
    "RefundExceedsPurchase",
    "RefundInOtherCurrency",
    "RefundNotPositive",
    "RefundRefused",
    "Refunded",
    "Rejection",
    "attach_purchase",
    "changes_by_attaching",
    "changes_by_detaching",
    "changes_by_moving",
    "changes_by_recording",
    "changes_by_refunding",
    "changes_by_restoring",
    "changes_by_voiding",
    "check_dismissal",
    "check_dismissible",
    "check_reopenable",
    "count_pending_refunds",
    "count_rejection",
    "delete_old_rejected_purchases",
    "detach_purchase",
    "dismiss_imported",
    "dismiss_refund",
    "dismiss_rejected_purchase",
    "is_attached",
    "limit_held_purchases",
    "move_purchase",
    "order_of",
    "preview_purchase",
    "reconcile",
    "record_batch",
    "record_purchase",
    "record_rejected_purchase",
    "record_rejection",
    "record_rejections",
    "record_with_others",
    "refund_order",
    "refund_purchase",
    "release_all_held_purchases",
    "release_held_purchases",
    "reopen_refund",
    "reopen_rejected_purchase",
    "restore_purchase",
    "save_malformed_refund",
    "void_imported",
    "void_purchase",
    "withdraw_pending_refund",
]
