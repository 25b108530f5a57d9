"""Open items as links to the lists behind them."""

from typing import Any
from urllib.parse import quote

from django.urls import reverse

from blitzrocket.text import plural
from purchases.support.open_items import OpenItemCounts, capped_count


def open_item_links(counts: OpenItemCounts, contest_id: str = "") -> list[dict[str, Any]]:
    """Each count with its label and the URL of its list, filtered by ``contest_id`` if it is given.

    Deliveries are left out where there are none: not every shop connects its store.
    """
    orders = reverse("admin:purchases_rejectedpurchase_changelist")
    refunds = reverse("admin:purchases_pendingrefund_changelist")
    deliveries = f"{reverse('admin:purchases_storedelivery_changelist')}?attention=open"
    only = f"&contest={quote(contest_id)}" if contest_id else ""
    held, rejected, pending, refused = (
        f"?state__exact={state}" for state in ("held", "rejected", "pending", "refused")
    )
    not_dismissed = "&is_dismissed__exact=0"
    items = [
        (counts.held, "order with no matching entry", "orders with no matching entry", orders + held),
        (counts.rejected, "rejected order", "rejected orders", orders + rejected),
        (counts.refunds, "refund with no order yet", "refunds with no order yet", refunds + pending + not_dismissed),
        (counts.refunds_refused, "refused refund", "refused refunds", refunds + refused + not_dismissed),
    ]
    if counts.deliveries:
        items.append((counts.deliveries, "store delivery to review", "store deliveries to review", deliveries))
    return [
        {
            "count": capped_count(count),
            "is_none": count == 0,
            "label": plural(count, singular, plural_form),
            "url": url + only,
        }
        for count, singular, plural_form, url in items
    ]
