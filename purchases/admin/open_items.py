"""Open items as links to the lists behind them."""

from typing import Any

from blitzrocket.accounts.admin.team_scoped import list_url
from blitzrocket.text import plural
from purchases.models import PendingRefund, RejectedPurchase, StoreDelivery
from purchases.support.open_items import OpenItemCounts, capped_count


def open_item_links(counts: OpenItemCounts, contest_id: str = "") -> list[dict[str, Any]]:
    """Each count with its label and the URL of its list, filtered by ``contest_id`` if it is given.

    Deliveries are left out where there are none: not every shop connects its store.
    """
    only = {"contest": contest_id} if contest_id else {}
    held, rejected = (list_url(RejectedPurchase, state__exact=state, **only) for state in ("held", "rejected"))
    pending, refused = (
        list_url(PendingRefund, state__exact=state, is_dismissed__exact="0", **only) for state in ("pending", "refused")
    )
    items = [
        (counts.held, "order with no matching entry", "orders with no matching entry", held),
        (counts.rejected, "rejected order", "rejected orders", rejected),
        (counts.refunds, "refund with no order yet", "refunds with no order yet", pending),
        (counts.refunds_refused, "refused refund", "refused refunds", refused),
    ]
    if counts.deliveries:
        url = list_url(StoreDelivery, attention="open", **only)
        items.append((counts.deliveries, "store delivery to review", "store deliveries to review", url))
    return [
        {
            "count": capped_count(count),
            "is_none": count == 0,
            "label": plural(count, singular, plural_form),
            "url": url,
        }
        for count, singular, plural_form, url in items
    ]
