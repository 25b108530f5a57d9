"""Texts that a spreadsheet runs, in every field that a stranger may write, and in no cell of any export."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.queue import run_all_jobs
from blitzrocket.spreadsheets.cells import FORMULA_STARTS
from contests.imports import create_entry_import
from contests.models import EntryImport
from contests.services import adjust_points, create_entry
from purchases.imports.rows import create_purchase_import
from purchases.models import PurchaseImport
from tests.attacks.targets import names
from tests.purchases.privacy.planting import call
from tests.support import Shop, downloaded, hold, signed_in

FORMULAS = [
    "=HYPERLINK(0)",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\uff1d1+1",
    "\uff0b1",
    "\uff20SUM(1)",
    " =1+1",
    "\u00a0=1+1",
    "x;=1+1",
    'x";"=1+1',
    "=1+1;=2",
    "%0A-3+3",
]


@pytest.fixture
def shop(shop: Shop) -> Shop:
    contest = f"/contests/{shop.contest.pk}"
    for number, formula in enumerate(FORMULAS):
        create_entry(shop.contest, f"e{number}@example.com", name=formula)
        assert call(shop, "POST", f"{contest}/purchases", shop.order(orderId=formula)).status_code in (200, 201)
        call(shop, "POST", f"{contest}/purchases", shop.order(orderId=f"{formula}x", email=formula, amount=formula))
        call(shop, "POST", f"{contest}/refunds", {"orderId": f"{formula}y", "refundId": formula, "reason": formula})
        adjust_points(shop.entry, 1, adjustment_id=f"a{number}", audit=AuditContext(reason=formula))
        hold(shop, order_id=f"{formula}z")
    rows = [["email", "name", "points"], *([formula, formula, formula] for formula in FORMULAS)]
    create_entry_import(shop.contest, "=1+1.csv", csv_of(rows), by=None)
    rows = [["order id", "email", "amount", "currency", "purchased at", "points"], *([each] * 6 for each in FORMULAS)]
    create_purchase_import(shop.contest, "=1+1.csv", csv_of(rows), adds_points=False, by=None)
    run_all_jobs()
    return shop


def csv_of(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def exports(shop: Shop, client: Client) -> dict[str, str]:
    """Every address of the admin that downloads rows, from the resolver."""
    contest, files = shop.contest.pk.replace("_", "_5F"), {}
    for name in names():
        if name.endswith("_export"):
            files[name] = downloaded(client, reverse(f"admin:{name}"))
        elif "_export_" in name:
            files[name] = downloaded(client, reverse(f"admin:{name}", args=[contest]))
        elif name.endswith("import_errors"):
            model: Any = PurchaseImport if "purchase" in name else EntryImport
            pk = model.objects.get(contest=shop.contest).pk
            files[name] = downloaded(client, reverse(f"admin:{name}", args=[contest, pk]))
    return files


def test_no_cell_of_any_export_is_a_formula(shop: Shop) -> None:
    """With each delimiter by which a spreadsheet may read the file."""
    files, with_formulas = exports(shop, signed_in(shop, "owner")), 0
    assert len(files) >= 8
    for name, text in files.items():
        assert text.count("\n") >= 1, name
        with_formulas += "1+1" in text
        for delimiter in ",;\t":
            for row in csv.reader(io.StringIO(text), delimiter=delimiter):
                assert [each for each in row if is_formula(each)] == [], (name, delimiter)
    assert with_formulas >= 6


def is_formula(text: str) -> bool:
    """A negative number is one to a spreadsheet too; it does no harm."""
    start = text.lstrip()
    return start.startswith(FORMULA_STARTS) and not start.lstrip("-").replace(".", "").isdigit()
