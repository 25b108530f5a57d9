from purchases.services.record import EntryMissing, NewPurchase, Recorded, record_purchase
from purchases.services.refusals import Refusal, count_refusal, keep_refusal

__all__ = [
    "EntryMissing",
    "NewPurchase",
    "Recorded",
    "Refusal",
    "count_refusal",
    "keep_refusal",
    "record_purchase",
]
