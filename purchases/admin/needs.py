"""What waits for a person, as links to the lists behind the figures."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from purchases.desk.attention import Waiting, in_words


def needs_of(waiting: Waiting) -> list[dict[str, Any]]:
    """A figure, what it counts, and where they are."""
    attempts = reverse("admin:purchases_rejectedpurchase_changelist")
    refunds = reverse("admin:purchases_waitingrefund_changelist")
    rows = [
        (waiting.held, _("orders wait for their entry"), f"{attempts}?state__exact=held"),
        (waiting.refused, _("refused attempts"), f"{attempts}?state__exact=refused"),
        (waiting.refunds, _("refunds wait for their order"), f"{refunds}?state__exact=waiting"),
    ]
    return [{"count": in_words(count), "is_none": count == 0, "what": what, "url": url} for count, what, url in rows]
