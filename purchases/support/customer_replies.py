"""What support answers a customer who asks after an order: one sentence or two, for each case."""

from collections.abc import Iterable
from decimal import Decimal

from contests.models import Entry
from contests.rule_text import counted
from purchases.models import PendingRefund, Purchase, RejectedPurchase

State = RejectedPurchase.State
Code = RejectedPurchase.Code

REFUSALS = {
    Code.INVALID: "in a form that could not be read",
    Code.PARAMETER: "in a form that could not be read",
    Code.AMOUNT: "without an amount to pay, and only what was paid earns points",
    Code.CONTEST: "for a contest that does not exist",
    Code.ENTRY: "with an email address that nobody takes part with",
    Code.PUBLIC_KEY: "in a way that is not allowed to record orders",
}


def customer_reply_for(
    purchase: Purchase | None,
    attempts: list[RejectedPurchase],
    waiting_refunds: list[PendingRefund],
    order_id: str,
    attachable: set[str],
) -> str:
    """The answer for an order, from all that is known of it; the attempts have the newest first.

    ``attachable`` holds the ids of those that `attachable_among` gives, asked for once for all orders of a page.
    """
    held = next((attempt for attempt in attempts if attempt.is_held), None)
    if purchase is not None and not (purchase.is_voided and held):
        return about_purchase(purchase)
    if held is not None:
        return about_held(held, is_attachable=held.pk in attachable)
    if attempts:
        return about_refused(attempts[0])
    if any(refund.state == PendingRefund.State.WAITING for refund in waiting_refunds):
        return (
            f"We have been told of a refund for order {order_id}, but not of the order itself. As soon as the shop "
            "sends it to us, it counts with what is left of it."
        )
    return never_sent(order_id)


def never_sent(order_id: str) -> str:
    """Nothing ever came under this order id."""
    return (
        f"The shop has not told us of order {order_id}, so it has no points yet. We ask the shop to send it to us; "
        "once it arrives, its points are added."
    )


def unknown_address(address: str) -> str:
    """Nobody takes part with this address, and no order came with it."""
    return (
        f"Nobody takes part with the address {address}, and no order has reached us with it. Please tell us your order "
        "number, or the address that you signed up with."
    )


def about_purchase(purchase: Purchase) -> str:
    """How many points it has and why."""
    order = f"Order {purchase.order_id} of {purchase.money} {purchase.currency}"
    awarded, now = purchase.current_explanation["points"], purchase.points_now
    if purchase.history_undone_at:
        return f"{order} was brought along from another service, which was taken back since, so it does not count."
    if purchase.status == Purchase.Status.VOIDED:
        return f"{order} does not count: it was cancelled{_and_taken_back(awarded)}."
    if purchase.status == Purchase.Status.REFUNDED:
        return f"{order} was refunded in full{_and_taken_back(awarded)}."
    sentence = str(purchase.current_explanation["sentence"])
    if purchase.status == Purchase.Status.PARTIALLY_REFUNDED:
        back = f"{purchase.money - purchase.money_left} {purchase.currency}"
        sentence += f" Since then {back} of it was refunded{_so_left(awarded, now)}."
    if purchase.duplicates:
        sentence += " It was sent to us more than once; an order counts once, as it came first."
    return sentence


def attachable_among(attempts: Iterable[RejectedPurchase]) -> set[str]:
    """The ids of held attempts whose entry is there by now, in contests where each is attached by hand."""
    people = {
        attempt.pk: (attempt.contest_id, attempt.email_key)
        for attempt in attempts
        if attempt.is_held and attempt.contest and not attempt.contest.attaches_automatically
    }
    if not people:
        return set()
    contests, keys = (set(values) for values in zip(*people.values(), strict=True))
    entries = Entry.objects.filter(contest__in=contests, email_key__in=keys)
    there = set(entries.values_list("contest", "email_key"))
    return {pk for pk, person in people.items() if person in there}


def about_held(attempt: RejectedPurchase, *, is_attachable: bool) -> str:
    """It waits for its entry, or for somebody who attaches it."""
    contest = f" “{attempt.contest.title}”" if attempt.contest else ""
    if is_attachable:
        return f"Order {attempt.order_id} has reached us and is being added to your entry in the contest{contest}."
    return (
        f"Order {attempt.order_id} has reached us, but nobody takes part in the contest{contest} with the email "
        "address that it was placed with. Tell us the address that you take part with, and its points are added."
    )


def about_refused(attempt: RejectedPurchase) -> str:
    """Why there is no purchase; a dismissed attempt is not looked into any more."""
    reached = f"Order {attempt.order_id} reached us {REFUSALS[Code(attempt.code)]}"
    if attempt.state == State.DISMISSED:
        return f"{reached}. We have looked into it, and it earns no points."
    return f"{reached}, so it has no points yet. We look into it together with the shop."


def _and_taken_back(points: int) -> str:
    if not points:
        return "; it had no points"
    return f", and its {_points(points)} {'was' if points == 1 else 'were'} taken back"


def _so_left(awarded: int, now: int) -> str:
    if not awarded:
        return ""
    return f", so {_points(now)} {'is' if now == 1 else 'are'} left" if now else ", so no points are left"


def _points(points: int) -> str:
    return counted(Decimal(points))
