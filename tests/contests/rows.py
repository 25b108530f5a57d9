"""Rows of each table, valid unless a field is given that is not."""

from typing import Any

from django.utils import timezone

from blitzrocket.accounts.models import (
    Invitation,
    User,
)
from blitzrocket.jobs.models import Job
from contests.imports import create_entry_import
from contests.models import EntryImportRow, PointTransaction
from purchases.models import (
    DailyStat,
    DifferingDuplicate,
    DuplicateCount,
    PendingRefund,
    Purchase,
    PurchaseImport,
    PurchaseImportRow,
    RecalculatedAward,
    Recalculation,
    Refund,
    RejectedPurchase,
)
from purchases.stores.connections import create_connection
from tests.support import Shop

NOW = timezone.now()


def purchase(shop: Shop, **fields: Any) -> Purchase:
    values: dict[str, Any] = {
        "contest": shop.contest,
        "entry": shop.entry,
        "order_id": "1",
        "order_key": "1",
        "email": shop.entry.email,
        "amount": 5,
        "currency": "USD",
        "purchased_at": NOW,
        "points_awarded": 5,
        "rule_set": shop.contest.rule_set,
        "scoring": {},
        "created_at": NOW,
    }
    return Purchase.objects.create(**(values | fields))


def refund(shop: Shop, **fields: Any) -> Refund:
    values: dict[str, Any] = {"refund_id": "r1", "refund_key": "R1", "amount": 1, "points_reversed": 1}
    of_purchase = fields.pop("purchase", None) or purchase(shop)
    values |= {"order_id": of_purchase.order_id}
    return Refund.objects.create(
        contest=shop.contest, purchase=of_purchase, currency="USD", received_at=NOW, **(values | fields)
    )


def waiting(shop: Shop, **fields: Any) -> PendingRefund:
    values: dict[str, Any] = {"order_id": "1", "order_key": "1", "refund_id": "r1", "refund_key": "R1"}
    return PendingRefund.objects.create(contest=shop.contest, received_at=NOW, **(values | fields))


def job(shop: Shop, **fields: Any) -> Job:
    return Job.objects.create(**({"contest_id": shop.contest.pk, "kind": "recalculate"} | fields))


def recalculation(shop: Shop, **fields: Any) -> Recalculation:
    return Recalculation.objects.create(
        contest=shop.contest,
        created_at=NOW,
        **({"rule_set": shop.contest.current_rules(), "job": fields.get("job") or job(shop, state="done")} | fields),
    )


def recalculated_award(shop: Shop, **fields: Any) -> RecalculatedAward:
    values: dict[str, Any] = {
        "contest": shop.contest,
        "purchase": fields.get("purchase") or purchase(shop),
        "recalculation": fields.get("recalculation") or recalculation(shop),
        "rule_set": shop.contest.rule_set,
        "scoring": {},
        "points_before": 1,
        "points_after": 1,
        "created_at": NOW,
    }
    return RecalculatedAward.objects.create(**(values | fields))


def figure(shop: Shop, **fields: Any) -> DailyStat:
    values: dict[str, Any] = {"day": NOW.date(), "figure": "entries", "count": 1, "amount": 0}
    return DailyStat.objects.create(contest=shop.contest, **(values | fields))


def duplicates(shop: Shop, *times: int) -> None:
    duplicated = purchase(shop)
    for each in times:
        DuplicateCount.objects.create(contest=shop.contest, day=NOW.date(), purchase=duplicated, times=each)


def differing(shop: Shop, **fields: Any) -> DifferingDuplicate:
    values: dict[str, Any] = {"email": "a@example.com", "amount": 6, "currency": "USD", "times": 1}
    values |= {"first_received_at": NOW, "last_received_at": NOW}
    return DifferingDuplicate.objects.create(contest=shop.contest, **(values | fields))


def rejected(shop: Shop, **fields: Any) -> RejectedPurchase:
    values: dict[str, Any] = {"contest_sent": shop.contest.pk, "order_id": "1", "order_key": "1", "code": "other"}
    values |= {"team": shop.team, "contest": shop.contest, "api_key": shop.keys["private"]}
    return RejectedPurchase.objects.create(first_received_at=NOW, last_received_at=NOW, **(values | fields))


def line(shop: Shop, kind: str, points: int, **fields: Any) -> PointTransaction:
    values: dict[str, Any] = {"contest": shop.contest, "entry": shop.entry, "occurred_at": NOW}
    values |= {"number": PointTransaction.objects.count() + 1, "kind": kind, "points": points, "balance": points}
    return PointTransaction.objects.create(**(values | fields))


def undoing(shop: Shop, points: int) -> PointTransaction:
    voided = line(shop, "voided", -5, purchase_id=purchase(shop).pk)
    return line(shop, "voided", points, purchase_id=voided.purchase_id, undoes=voided)


def insert_twice(shop: Shop, model: Any, **fields: Any) -> None:
    """Two rows of one store connection with the same values."""
    connection = create_connection(shop.contest, kind="custom", name="Form", secret="for-these-tests-only")
    for _ in range(2):
        model.objects.create(contest=shop.contest, connection=connection, **fields)


def row(shop: Shop, **fields: Any) -> EntryImportRow:
    """A row for the line of a file that has one already."""
    entry_import = create_entry_import(shop.contest, "people.csv", b"email\na@example.com\n", by=None)
    values: dict[str, Any] = {"contest": shop.contest, "entry_import": entry_import, "line": 2, "values": {}}
    return EntryImportRow.objects.create(**(values | fields))


def invitation(shop: Shop, **fields: Any) -> Invitation:
    maker, _ = User.objects.get_or_create(username="maker")
    values = {"email": "guest@example.com", "email_key": "guest@example.com", "expires_at": NOW, "created_by": maker}
    return Invitation.objects.create(team=shop.team, **(values | fields))


def past_orders(shop: Shop) -> PurchaseImport:
    return PurchaseImport.objects.create(contest=shop.contest, row_count=1)


def past_order(shop: Shop, **fields: Any) -> PurchaseImportRow:
    values = {"purchase_import": fields.pop("purchase_import", None) or past_orders(shop), "outcome": "new"}
    return PurchaseImportRow.objects.create(contest=shop.contest, line=2, values={}, **(values | fields))


def history(shop: Shop, **fields: Any) -> Purchase:
    return purchase(shop, rule_set=None, source_import=past_orders(shop), **fields)


def line_undone_again(shop: Shop) -> PointTransaction:
    undone = PointTransaction.objects.get(undoes__isnull=False)
    return line(shop, "voided", 5, purchase_id=undone.purchase_id, undoes=undone.undoes)
