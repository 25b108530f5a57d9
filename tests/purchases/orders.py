"""Helpers for tests of actions on orders: orders and refunds in one line each, and checks of the ledger."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Entry, PointTransaction
from purchases.models import Purchase, RejectedPurchase
from purchases.services import EntryMissing, PurchaseNotFound, Refunded, refund_order, refund_purchase
from purchases.services.ledger_rules import OF_A_CONTEST, OF_ALL_CONTESTS
from tests.support import Shop, record

_numbers = count(1)
_FEW = 200  # rows of a table, for which any plan is a good one
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|SHARE|nextval|pg_advisory\w+)\b")  # or locks
_ALL_CHECKS = " UNION ALL ".join(
    f"SELECT '{rule.replace(chr(39), chr(39) * 2)}', checked.* FROM ({query}) checked(id, what)"
    for rule, query in (OF_A_CONTEST | OF_ALL_CONTESTS).items()
).replace("= %(contest)s", "IS NOT NULL")

_STATE = f"""
    SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'all_checks'),
        EXISTS (SELECT FROM purchases_purchase OFFSET {_FEW})
        OR EXISTS (SELECT FROM contests_entry OFFSET {_FEW})
        OR EXISTS (SELECT FROM contests_pointtransaction OFFSET {_FEW})
"""


def buy(shop: Shop, amount: str = "30.00", **fields: object) -> Purchase:
    """Record an order of the shop's entry."""
    return Purchase.objects.get(pk=record(shop, amount, **fields).purchase_id)


def refund(
    purchase: Purchase,
    amount: str | None = None,
    refund_id: str = "",
    audit: AuditContext | None = None,
    currency: str = "",
) -> Refunded:
    """Refund an amount, or all that is left; without an id it is a new refund each time."""
    return refund_purchase(
        purchase,
        refund_id=refund_id or f"refund-{next(_numbers)}",
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        audit=audit or AuditContext(),
        received_at=timezone.now(),
    )


def refund_early(
    shop: Shop, order_id: str, amount: str | None = None, refund_id: str = "r1", currency: str = ""
) -> None:
    """Send a refund before its order."""
    try:
        refund_order(
            shop.contest,
            order_id,
            refund_id=refund_id,
            amount=None if amount is None else Decimal(amount),
            currency=currency,
            audit=AuditContext(),
            received_at=timezone.now(),
        )
    except PurchaseNotFound:
        return
    raise AssertionError("the order is recorded")


def hold(shop: Shop, order_id: str = "7", email: str = "late@example.com", amount: str = "10.00") -> RejectedPurchase:
    """An order on hold, because no entry has its email."""
    try:
        record(shop, amount, email=Email.parse(email), order_id=order_id)
    except EntryMissing:
        return RejectedPurchase.objects.get(order_id=order_id, code=RejectedPurchase.Code.ENTRY)
    raise AssertionError("the order is recorded")


def status_and_points(purchase: Purchase) -> tuple[str, int]:
    """The current status and points of a purchase."""
    purchase.refresh_from_db()
    return purchase.status, purchase.points_now


@contextmanager
def only_reads() -> Iterator[None]:
    """No statement in this block writes or locks rows."""
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield
    assert [sql for sql in statements if _WRITES.search(sql)] == []


def points_of(entry: Entry) -> int:
    return Entry.objects.values_list("points", flat=True).get(pk=entry.pk)


def lines_of(purchase: Purchase, *, names: bool = False) -> list[str]:
    """Its ledger lines in order: "refunded -12", with names "ada refunded -12"."""
    lines = PointTransaction.objects.filter(purchase_id=purchase.pk).select_related("entry").order_by("created_at")
    return [f"{_name(line.entry) if names else ''}{line.kind} {line.points:+d}" for line in lines]


def _name(entry: Entry) -> str:
    return entry.email.partition("@")[0] + " "


def outcome_of(action: Callable[[], object], audit: AuditContext) -> str:
    """The outcome of an action: "done", "nothing" where it changed nothing, or the name of its exception."""
    before = AuditEvent.objects.filter(pk=audit.id).count()
    try:
        action()
    except Exception as error:
        return type(error).__name__
    return "done" if AuditEvent.objects.filter(pk=audit.id).count() > before else "nothing"


def faults() -> list[tuple[str, str, str]]:
    """What `check_ledger` would find, also inside a transaction, in one statement.

    PostgreSQL plans it for 12 ms and runs it in one, so it is planned once for each connection, while tables are small.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        is_prepared, are_large = cursor.fetchone()
        if are_large:
            cursor.execute(_ALL_CHECKS, {})
        else:
            if not is_prepared:
                cursor.execute(f"PREPARE all_checks AS {_ALL_CHECKS}", {})
            cursor.execute("EXECUTE all_checks")
        return list(cursor.fetchall())
