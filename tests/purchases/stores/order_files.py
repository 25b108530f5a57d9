"""Files of orders as stores export them, and their import."""

from datetime import datetime

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import start_import, start_undo
from purchases.imports.store_rows import create_store_import
from purchases.models import PurchaseImport
from tests.purchases.stores.deliveries import Store

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,"
    "Lineitem name,Cancelled at,Payment Method,Refunded Amount,Id,Payment References\n"
)
STRIPE = (
    "id,Description,Created (UTC),Amount,Amount Refunded,Currency,Mode,Status,Customer Email,Captured,Invoice ID,"
    "PaymentIntent ID,order_id (metadata)\n"
)
WOOCOMMERCE = (
    "order_id,order_number,date,status,shipping_total,shipping_tax_total,tax_total,order_total,refunded_total,"
    "order_currency,transaction_id,billing_email\n"
)


def shopify_row(**cells: str) -> str:
    values = {
        "name": "#1001",
        "email": "ada@example.com",
        "status": "paid",
        "paid_at": "2026-11-20 10:29:59 -0500",
        "currency": "USD",
        "subtotal": "65.00",
        "shipping": "10.00",
        "taxes": "5.00",
        "total": "80.00",
        "created_at": "2026-11-20 10:20:00 -0500",
        "quantity": "1",
        "item": "Mug",
        "cancelled_at": "",
        "method": "Shopify Payments",
        "refunded": "0.00",
        "id": "9007199254740993",
        "references": "r1",
    }
    return ",".join((values | cells).values()) + "\n"


def stripe_row(**cells: str) -> str:
    values = {
        "id": "ch_1",
        "description": "",
        "created": "2026-11-20 15:29",
        "amount": "80.00",
        "refunded": "0.00",
        "currency": "usd",
        "mode": "Live",
        "status": "Paid",
        "email": "ada@example.com",
        "captured": "true",
        "invoice": "",
        "payment": "pi_1",
        "order_id": "",
    }
    return ",".join((values | cells).values()) + "\n"


def woocommerce_row(**cells: str) -> str:
    values = {
        "id": "727",
        "number": "727",
        "date": "2026-11-20 19:28:08",
        "status": "completed",
        "shipping": "10.00",
        "shipping_tax": "1.00",
        "tax": "2.00",
        "total": "29.35",
        "refunded": "0",
        "currency": "EUR",
        "transaction": "tx-1",
        "email": "ada@example.com",
    }
    return ",".join((values | cells).values()) + "\n"


def checked(store: Store, data: str | bytes, since: datetime | None = None) -> PurchaseImport:
    content = data if isinstance(data, bytes) else data.encode()
    connection = type(store.connection).objects.select_related("contest", "api_key").get(pk=store.connection.pk)
    return create_store_import(connection, "orders.csv", content, since=since, by=None)


def brought_in(store: Store, data: str | bytes, since: datetime | None = None) -> PurchaseImport:
    purchase_import = checked(store, data, since)
    start_import(purchase_import, audit=AuditContext())
    return _run(purchase_import)


def undone(purchase_import: PurchaseImport) -> PurchaseImport:
    start_undo(purchase_import, audit=AuditContext(reason="The wrong file"))
    return _run(purchase_import)


def _run(purchase_import: PurchaseImport) -> PurchaseImport:
    run_all_jobs()
    purchase_import.refresh_from_db()
    job = Job.objects.latest("id")
    assert job.state == Job.State.DONE, job.problem
    return purchase_import


def outcomes(purchase_import: PurchaseImport) -> list[tuple[str, str]]:
    return [(row.outcome, row.note) for row in purchase_import.rows.order_by("line")]
