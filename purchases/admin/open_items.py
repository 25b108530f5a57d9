"""What waits for a person, as links to the lists behind the figures."""

from typing import Any
from urllib.parse import quote

from django.urls import reverse

from purchases.support.open_items import OpenItemCounts, in_words


def open_item_links(waiting: OpenItemCounts, contest_id: str = "") -> list[dict[str, Any]]:
    """A figure, what it counts, and where they are; of one contest where it is named."""
    attempts = reverse("admin:purchases_rejectedpurchase_changelist")
    refunds = reverse("admin:purchases_pendingrefund_changelist")
    only = f"&contest={quote(contest_id)}" if contest_id else ""
    rows = [
        (waiting.held, "orders wait for their entry", f"{attempts}?state__exact=held{only}"),
        (waiting.refused, "refused attempts", f"{attempts}?state__exact=refused{only}"),
        (waiting.refunds, "pending refunds", f"{refunds}?state__exact=waiting&is_dismissed__exact=0{only}"),
        (waiting.refunds_refused, "refused refunds", f"{refunds}?state__exact=refused&is_dismissed__exact=0{only}"),
    ]
    return [{"count": in_words(count), "is_none": count == 0, "what": what, "url": url} for count, what, url in rows]
