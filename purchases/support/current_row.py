"""Which of the rows with one order id says what the order is now."""

from collections.abc import Sequence

from purchases.models import Purchase, RejectedPurchase


def current_row(
    purchase: Purchase | None, rejections: Sequence[RejectedPurchase]
) -> Purchase | RejectedPurchase | None:
    """The purchase, unless it is voided and the order on hold again; else the rejection on hold, or the newest.

    ``rejections`` has the newest first.
    """
    held = next((rejected for rejected in rejections if rejected.is_held), None)
    if purchase is not None and not (purchase.is_voided and held):
        return purchase
    return held or (rejections[0] if rejections else None)
