"""Files of past orders, their imports, and what became of them."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import start_import, start_undo
from contests.models import Contest, Entry
from purchases.imports.rows import create_purchase_import
from purchases.models import Purchase, PurchaseImport

HEADINGS = "order id,email,amount,currency,purchased at,points given\n"


def row(order_id: str = "1001", email: str = "ada@example.com", amount: str = "49.99", points: str = "50") -> str:
    return f"{order_id},{email},{amount},USD,2025-11-20 18:00:00 +0100,{points}\n"


def upload(contest: Contest, *rows: str, adds_points: bool = False) -> PurchaseImport:
    data = HEADINGS + "".join(rows)
    return create_purchase_import(contest, "orders.csv", data.encode(), adds_points=adds_points, by=None)


def imported(contest: Contest, *rows: str, adds_points: bool = False) -> PurchaseImport:
    purchase_import = upload(contest, *rows, adds_points=adds_points)
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    purchase_import.refresh_from_db()
    assert Job.objects.latest("id").state == Job.State.DONE
    return purchase_import


def undone(purchase_import: PurchaseImport) -> PurchaseImport:
    start_undo(purchase_import, audit=AuditContext(reason="The wrong file"))
    run_all_jobs()
    purchase_import.refresh_from_db()
    assert Job.objects.latest("id").state == Job.State.DONE
    return purchase_import


def outcomes(purchase_import: PurchaseImport) -> list[tuple[str, str]]:
    return [(row.outcome, row.note) for row in purchase_import.rows.order_by("line")]


def purchase_of(order_id: str = "1001") -> Purchase:
    return Purchase.objects.select_related("rule_set", "entry", "contest", "source_import").get(order_id=order_id)


def ledger_of(entry: Entry) -> list[str]:
    lines = entry.ledger.order_by("number")
    return [f"{line.kind} {line.points:+d}{f' ({line.reason})' if line.reason else ''}" for line in lines]
