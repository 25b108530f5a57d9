"""Exports of a contest as CSV: complete, readable by spreadsheets, streamed, and in the activity log."""

import csv
import io
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.spreadsheets.cells import BYTE_ORDER_MARK, cell, plain_text
from contests.models import Contest
from contests.services import adjust_points, create_entry
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from tests.support import Shop, downloaded, hold, make_pending_refund, make_shop, record, reject, signed_in

KINDS = ("entries", "purchases", "ledger")


def url_of(kind: str, contest: Contest) -> str:
    return reverse(f"admin:contests_contest_export_{kind}", args=[quote(contest.pk)])


def exported(client: Client, kind: str, contest: Contest) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(downloaded(client, url_of(kind, contest)))))


def test_each_export_has_all_rows_of_its_contest_only(shop: Shop) -> None:
    record(shop, "50.00", order_id="#1")
    adjust_points(shop.entry, -20, adjustment_id="a", audit=AuditContext(reason="Counted twice"))
    record(make_shop("eve@example.com"))
    client = signed_in(shop, "support")

    (entry,) = exported(client, "entries", shop.contest)
    assert (entry["Email"], entry["Name"], entry["Points"], entry["Confirmed"]) == (
        shop.entry.email,
        "Ada",
        "30",
        "yes",
    )
    (purchase,) = exported(client, "purchases", shop.contest)
    assert (purchase["Order ID"], purchase["Amount"], purchase["Refunded"]) == ("#1", "50.00", "0.00")
    assert (purchase["Currency"], purchase["Points now"], purchase["Email"]) == ("USD", "50", shop.entry.email)
    earned, adjusted = exported(client, "ledger", shop.contest)
    assert (earned["Kind"], earned["Points"], earned["Order ID"]) == ("earned", "50", "#1")
    assert (adjusted["Kind"], adjusted["Points"], adjusted["Balance"]) == ("adjusted", "-20", "30")
    assert adjusted["Reason"] == "Counted twice"


def test_the_file_is_named_and_marked_for_spreadsheets(shop: Shop) -> None:
    response: Any = signed_in(shop, "owner").get(url_of("entries", shop.contest))
    assert response.streaming
    assert response.headers["Content-Disposition"].startswith('attachment; filename="summer-entries-20')
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert next(iter(response.streaming_content)).decode().startswith(BYTE_ORDER_MARK)


@pytest.mark.parametrize("text", ["=HYPERLINK(0)", "+49 30 1234", "-1+1", "@SUM(A1)", "\tx", "\rx"])
def test_formulas_are_exported_as_text_and_imported_unchanged(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert plain_text(cell(text)) == text


@pytest.mark.parametrize(("value", "expected"), [(-5, "-5"), (None, ""), (True, "yes"), ("'quoted", "''quoted")])
def test_numbers_stay_numbers(value: Any, expected: str) -> None:
    assert cell(value) == expected


def test_names_that_look_like_formulas_are_exported_as_text(shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com", name="=1+1")
    assert exported(signed_in(shop, "owner"), "entries", shop.contest)[1]["Name"] == "'=1+1"


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_statements_of_an_export_does_not_grow(shop: Shop, kind: str) -> None:
    client = signed_in(shop, "owner")
    counts = []
    for more in (1, 20):
        for _ in range(more):
            record(shop)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            exported(client, kind, shop.contest)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_export_is_in_the_activity_log(shop: Shop) -> None:
    client = signed_in(shop, "support")
    for kind in KINDS:
        exported(client, kind, shop.contest)
    lines = AuditEvent.objects.about(shop.contest).filter(action=AuditEvent.Action.EXPORTED)
    assert {(line.after["exported"], line.after["rows"]) for line in lines} == {
        (kind, {"entries": 1}.get(kind, 0)) for kind in KINDS
    }
    assert {str(line.actor).split("-")[0] for line in lines} == {"support"}


def test_the_export_of_a_list_is_in_the_activity_log_of_its_contests_and_teams(shop: Shop) -> None:
    for _ in range(2):
        record(shop)
    hold(shop)
    reject(shop)
    RejectedPurchase.objects.filter(state="rejected").update(contest=None)
    make_pending_refund(shop)
    client = signed_in(shop, "support")
    for model in (Purchase, RejectedPurchase, PendingRefund):
        downloaded(client, reverse(f"admin:purchases_{model._meta.model_name}_export"))
    downloaded(client, reverse("admin:purchases_purchase_export"), q="no such order")
    events = AuditEvent.objects.filter(action=AuditEvent.Action.EXPORTED)
    assert sorted((event.object_id, event.after["exported"], event.after["rows"]) for event in events) == sorted(
        [
            (shop.contest.pk, "list of purchases", 2),
            (shop.contest.pk, "list of rejected orders", 1),
            (shop.team.pk, "list of rejected orders", 1),
            (shop.contest.pk, "list of pending refunds", 1),
        ]
    )
    assert {(event.team_id, event.contest_id) for event in events} == {
        (shop.team.pk, shop.contest.pk),
        (shop.team.pk, None),
    }
    assert {str(event.actor).split("-")[0] for event in events} == {"support"}


@pytest.mark.parametrize("kind", KINDS)
def test_another_teams_contest_cannot_be_exported(shop: Shop, kind: str) -> None:
    other = make_shop("eve@example.com")
    assert signed_in(shop, "owner").get(url_of(kind, other.contest)).status_code in (403, 404)
    assert not AuditEvent.objects.filter(action=AuditEvent.Action.EXPORTED).exists()


def test_the_list_of_entries_leads_to_the_export_of_its_contest(shop: Shop) -> None:
    page = signed_in(shop, "support").get(reverse("admin:contests_entry_changelist"), {"contest": shop.contest.pk})
    assert url_of("entries", shop.contest) in page.content.decode()
