"""The reply that support sends to a customer who asks about an order."""

from collections.abc import Iterable
from decimal import Decimal

from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.text import without_decoration
from contests.models import Entry
from contests.money import show_amount
from contests.rule_text import points_text
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.support.current_row import current_row
from purchases.support.search_terms import is_plainly_order_id

State = RejectedPurchase.State
Code = RejectedPurchase.Code

REJECTION_REASONS = {
    Code.INVALID: "couldn't be processed",
    Code.PARAMETER: "couldn't be processed",
    Code.AMOUNT: "has no amount to pay, and only paid orders earn points",
    Code.CONTEST: "was sent for a contest that doesn't exist",
    Code.ENTRY: "was placed with an email that isn't registered",
    Code.PUBLIC_KEY: "couldn't be verified as coming from the shop",
}


def customer_reply_for(
    purchase: Purchase | None,
    rejections: list[RejectedPurchase],
    pending_refunds: list[PendingRefund],
    order_id: str,
    attachable: set[str],
) -> str:
    """The reply for an order, from all rows with its id; the rejections have the newest first.

    ``attachable`` holds the ids that `attachable_among` gives, queried once for all orders of a page.
    """
    match current_row(purchase, rejections):
        case Purchase() as recorded:
            return about_purchase(recorded)
        case RejectedPurchase() as rejected if rejected.is_held:
            return about_held(rejected, is_attachable=rejected.pk in attachable)
        case RejectedPurchase() as rejected:
            return about_rejected(rejected)
    if any(refund.state == PendingRefund.State.PENDING for refund in pending_refunds):
        return (
            f"We received a refund for order {order_id}, but not the order itself. Once the shop sends the order, "
            "we'll add points for the amount that's left."
        )
    return not_received(order_id)


def not_received(order_id: str) -> str:
    """No row has this order id."""
    return f"We haven't received order {order_id} yet. Once the shop sends it, its points will be added."


def reply_without_results(text: str) -> str:
    """The reply for an email or what is plainly an order id; empty for anything else, such as a mistyped name."""
    term = without_decoration(text)
    try:
        return unknown_email(Email.parse(term).address)
    except InvalidEmail:
        return not_received(term) if is_plainly_order_id(term) else ""


def about_entry(entry: Entry) -> str:
    """An email of a pasted list that is registered."""
    return f"{entry} is registered in “{entry.contest}” with {_points(entry.points)}."


def unknown_email(email: str) -> str:
    """No entry and no order has this email."""
    return (
        f"The email {email} isn't registered, and we haven't received an order with it. Tell us your order number, or "
        "which email you entered with."
    )


def about_purchase(purchase: Purchase) -> str:
    """A recorded order: its points and how they were calculated."""
    order = f"Order {purchase.order_id} of {show_amount(purchase.money, purchase.currency)}"
    if purchase.import_undone_at:
        return f"{order} was imported from another service. That import was undone, so the order doesn't count."
    if purchase.status == Purchase.Status.VOIDED:
        return f"{order} was cancelled{_points_removed(purchase)}."
    if purchase.status == Purchase.Status.REFUNDED:
        return f"{order} was refunded in full{_points_removed(purchase)}."
    reply = str(purchase.explain_last(purchase.contest.zone)["sentence"])
    if purchase.status == Purchase.Status.PARTIALLY_REFUNDED:
        reply += f" {_partial_refund(purchase)}"
    if purchase.duplicates:
        reply += " We received it more than once; each order counts only once."
    return reply


def attachable_among(rejections: Iterable[RejectedPurchase]) -> set[str]:
    """The ids of held orders whose entry exists by now, in contests where orders are attached manually."""
    keys = {
        rejected.pk: (rejected.contest_id, rejected.email_key)
        for rejected in rejections
        if rejected.is_held and rejected.contest and not rejected.contest.attaches_automatically
    }
    if not keys:
        return set()
    contests, email_keys = (set(values) for values in zip(*keys.values(), strict=True))
    entries = Entry.objects.filter(contest__in=contests, email_key__in=email_keys)
    entry_keys = set(entries.values_list("contest", "email_key"))
    return {pk for pk, key in keys.items() if key in entry_keys}


def about_held(rejected: RejectedPurchase, *, is_attachable: bool) -> str:
    """An order on hold, waiting for its entry or for support to attach it."""
    contest = f"“{rejected.contest.title}”" if rejected.contest else "the contest"
    if is_attachable:
        return f"We received order {rejected.order_id} and are adding it to your entry in {contest}."
    return (
        f"We received order {rejected.order_id}, but its email isn't registered in {contest}. Tell us which email you "
        "entered with and we'll add your points."
    )


def about_rejected(rejected: RejectedPurchase) -> str:
    """Why a rejected order was not recorded."""
    reason = f"Order {rejected.order_id} {REJECTION_REASONS[Code(rejected.code)]}."
    if rejected.state == State.DISMISSED:
        return f"{reason} We checked it, and it earns no points."
    return f"{reason} We're checking with the shop."


def _points_removed(purchase: Purchase) -> str:
    points = purchase.explain_last()["points"]
    return f", so its {_points(points)} {'was' if points == 1 else 'were'} removed" if points else ". It had no points"


def _partial_refund(purchase: Purchase) -> str:
    refunded = show_amount(purchase.money_refunded, purchase.currency)
    if not purchase.explain_last()["points"]:
        return f"Later, {refunded} was refunded."
    points = purchase.points_now
    points_left = f"{_points(points)} {'is' if points == 1 else 'are'} left" if points else "no points are left"
    return f"Later, {refunded} was refunded, so {points_left}."


def _points(points: int) -> str:
    return points_text(Decimal(points))
