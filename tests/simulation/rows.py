"""What is stored at the end of a day, beside what the model says: each row that differs is a sentence."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Sum

from blitzrocket.audit.models import AuditEvent
from contests.models import Contest, Entry, PointTransaction
from purchases.models import PendingRefund, Purchase, RejectedPurchase, StoreDelivery
from tests.simulation.account import Account
from tests.simulation.receiver import Received

Rows = dict[Any, Any]
SHOWN = 20


def differences(contest: Contest, accounts: list[Account], events: dict[str, int]) -> Iterator[str]:
    yield from compare("order", expected_orders(accounts), stored_orders(contest))
    yield from compare("entry", expected_points(accounts), stored_points(contest))
    yield from compare("ledger of", expected_points(accounts), ledger_points(contest))
    yield from compare("held order", expected_held(accounts), stored_held(contest))
    yield from compare("refund before its order", expected_waiting(accounts), stored_waiting(contest))
    yield from compare("activity", events, stored_events(contest, events))
    yield from compare("deliveries that need a person", {}, open_deliveries(contest))


def told_differences(contest: Contest, accounts: list[Account], received: Received) -> Iterator[str]:
    """What other systems were told adds up to each balance, but for what imports gave; each event was signed."""
    emails, points = dict(Entry.objects.filter(contest=contest).values_list("pk", "email")), received.points_by_entry()
    told = {email: points.get(pk, 0) for pk, email in emails.items()}
    expected = {account.email: account.points - account.untold_points for account in accounts if account.has_entry}
    yield from compare("told of", expected, told)
    yield from received.problems


def compare(what: str, expected: Rows, stored: Rows) -> Iterator[str]:
    for key in sorted(expected.keys() | stored.keys()):
        if expected.get(key) != stored.get(key):
            yield f"{what} {key}: expected {expected.get(key)}, stored {stored.get(key)}"


def row_count(accounts: Iterable[Account]) -> int:
    """How many rows are compared, in the main: orders, entries, and what waits."""
    return sum(
        len(account.orders) + len(account.held) + len(account.waiting) + account.has_entry for account in accounts
    )


def expected_orders(accounts: list[Account]) -> Rows:
    return {
        order.order_id: (
            account.email,
            order.status,
            order.amount,
            order.currency,
            order.refunded,
            len(order.refunds),
            order.awarded,
            order.points,
        )
        for account in accounts
        for order in account.orders.values()
    }


def stored_orders(contest: Contest) -> Rows:
    columns = ("order_id", "entry__email", "status", "amount", "currency", "refunded_amount")
    rows = Purchase.objects.filter(contest=contest).annotate(refund_count=Count("refunds"))
    return {row[0]: row[1:] for row in rows.values_list(*columns, "refund_count", "points_awarded", "points_now")}


def expected_points(accounts: list[Account]) -> Rows:
    return {account.email: account.points for account in accounts if account.has_entry}


def stored_points(contest: Contest) -> Rows:
    return dict(Entry.objects.filter(contest=contest).values_list("email", "points"))


def ledger_points(contest: Contest) -> Rows:
    lines = PointTransaction.objects.filter(contest=contest).values("entry_id").annotate(total=Sum("points"))
    totals = {row["entry_id"]: row["total"] for row in lines}
    entries = Entry.objects.filter(contest=contest).values_list("pk", "email")
    return {email: totals.get(pk, 0) for pk, email in entries}


def expected_held(accounts: list[Account]) -> Rows:
    held = {order_id: "held" for account in accounts for order_id in account.held}
    return held | {order_id: "dismissed" for account in accounts for order_id in account.dismissed}


def stored_held(contest: Contest) -> Rows:
    rows = RejectedPurchase.objects.filter(contest=contest).exclude(state=RejectedPurchase.State.RECORDED)
    return dict(rows.values_list("order_id", "state"))


def expected_waiting(accounts: list[Account]) -> Rows:
    return {
        (order_id, refund_id): amount
        for account in accounts
        for order_id, refunds in account.waiting.items()
        for refund_id, amount in refunds.items()
    }


def stored_waiting(contest: Contest) -> Rows:
    rows = PendingRefund.objects.filter(contest=contest, state="pending")
    return {
        (order_id, refund_id): amount
        for order_id, refund_id, amount in rows.values_list("order_id", "refund_id", "amount")
    }


def stored_events(contest: Contest, actions: Iterable[str]) -> Rows:
    rows = AuditEvent.objects.filter(contest_id=contest.pk, action__in=actions).values("action")
    return {row["action"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def open_deliveries(contest: Contest) -> Rows:
    rows = StoreDelivery.objects.filter(contest=contest, state__in=StoreDelivery.OPEN)
    return {
        pk: (topic, state, message) for pk, topic, state, message in rows.values_list("pk", "topic", "state", "message")
    }
