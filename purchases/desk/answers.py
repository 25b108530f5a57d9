"""What support answers a customer who asks after an order: one sentence or two, for each case."""

from decimal import Decimal

from contests.wording import counted
from purchases.models import Purchase, RejectedPurchase, WaitingRefund

State = RejectedPurchase.State
Code = RejectedPurchase.Code

REFUSALS = {
    Code.INVALID: "in a form that could not be read",
    Code.PARAMETER: "in a form that could not be read",
    Code.AMOUNT: "without an amount to pay, and only what was paid earns points",
    Code.CONTEST: "for a contest that does not exist",
    Code.PUBLIC_KEY: "in a way that is not allowed to record orders",
}


def answer_for(
    purchase: Purchase | None, attempts: list[RejectedPurchase], waiting_refunds: list[WaitingRefund], order_id: str
) -> str:
    """The answer for an order, from all that is known of it; the attempts have the newest first."""
    if purchase is not None:
        return about_purchase(purchase)
    if attempts:
        return about_attempt(next((attempt for attempt in attempts if attempt.is_held), attempts[0]))
    if waiting_refunds:
        return (
            f"We have been told of a refund for order {order_id}, but not of the order itself. As soon as the shop "
            "sends it to us, it counts with what is left of it."
        )
    return never_sent(order_id)


def never_sent(order_id: str) -> str:
    """Nothing ever came under this order id."""
    return (
        f"The shop has not told us of order {order_id}, so it has no points yet. We have asked the shop to send it to "
        "us; once it arrives, its points are added."
    )


def about_purchase(purchase: Purchase) -> str:
    """How many points it has and why."""
    order = f"Order {purchase.order_id} of {purchase.money} {purchase.currency}"
    awarded, now = purchase.points_awarded, purchase.points_now
    if purchase.status == Purchase.Status.VOIDED:
        return f"{order} does not count: it was cancelled{_and_taken_back(awarded)}."
    if purchase.status == Purchase.Status.REFUNDED:
        return f"{order} was refunded in full{_and_taken_back(awarded)}."
    sentence = str(purchase.explanation["sentence"])
    if purchase.status == Purchase.Status.PARTIALLY_REFUNDED:
        back = f"{purchase.money - purchase.money_left} {purchase.currency}"
        sentence += f" Of it, {back} were given back, so {_left(now)}."
    if purchase.duplicates:
        sentence += " It was sent to us more than once; an order counts once, as it came first."
    return sentence


def about_attempt(attempt: RejectedPurchase) -> str:
    """Why there is no purchase."""
    if attempt.code == Code.ENTRY:
        contest = f" “{attempt.contest.title}”" if attempt.contest else ""
        return (
            f"Order {attempt.order_id} has reached us, but nobody takes part in the contest{contest} with the email "
            "address that it was placed with. Tell us the address that you take part with, and its points are added."
        )
    return (
        f"Order {attempt.order_id} reached us from the shop {REFUSALS[Code(attempt.code)]}, so it has no points yet. "
        "We look into it together with the shop."
    )


def _and_taken_back(points: int) -> str:
    return f", and its {_points(points)} were taken back" if points else "; it had no points"


def _left(points: int) -> str:
    return f"{_points(points)} of it {'is' if points == 1 else 'are'} left" if points else "no points of it are left"


def _points(points: int) -> str:
    return counted(Decimal(points))
