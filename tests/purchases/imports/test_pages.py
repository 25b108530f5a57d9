"""The pages of past orders: upload, preview with balances, import, undo; and what other pages say of such an order."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.models import Contest
from contests.services import adjust_points, create_entry
from purchases.models import Purchase, PurchaseImport
from purchases.services import void_purchase
from tests.purchases.imports.past_orders import HEADINGS, imported, purchase_of, row, undone
from tests.purchases.orders import points_of, refund
from tests.support import Shop, downloaded, record, signed_in


@pytest.fixture
def owner(shop: Shop) -> Client:
    return signed_in(shop, "owner")


def upload(client: Client, contest: Contest, *rows: str, text: str = "", **form: str) -> str:
    url = reverse("admin:contests_contest_purchaseimports", args=[quote(contest.pk)])
    data = {"text": text} if text else {"file": SimpleUploadedFile("orders.csv", (HEADINGS + "".join(rows)).encode())}
    return words(client.post(url, data | form, follow=True))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url_of(audit: str = "") -> str:
    purchase_import = PurchaseImport.objects.latest("id")
    view = f"purchaseimport_{audit}" if audit else "purchaseimport"
    return reverse(f"admin:contests_contest_{view}", args=[quote(purchase_import.contest_id), purchase_import.pk])


def test_the_preview_shows_rows_and_balances_and_changes_nothing(shop: Shop, owner: Client) -> None:
    adjust_points(shop.entry, 1120, adjustment_id="opening", audit=AuditContext())
    create_entry(shop.contest, "grace@example.com")
    page = upload(
        owner, shop.contest, row(), row("1002", points="1000"), row("1003", email="grace@example.com"), row("1004", "x")
    )
    assert "The balances of 2 entries stay as they are, because they already include the 1,100 points" in page
    assert "Import 3 orders" in page
    assert page.count("Balance 1,120 → 1,120") == 2
    assert "Balance 0 → 0" in page
    assert "20 Nov 2025, 17:00<" in page
    assert "Times in UTC" in page
    assert "“x” is not a valid email" in page
    assert "1 balance is lower than the points of its orders" in page, "Grace's"
    assert not Purchase.objects.exists()
    page = words(owner.post(url_of("points"), {"adds_points": "yes"}, follow=True))
    assert "1,100 points are added to the balances of 2 entries." in page
    assert "lower than the points" not in page
    assert page.count("Balance 1,120 → 2,170") == 2, "1,120 and both of its orders"
    assert "Balance 0 → 50" in page
    page = words(owner.post(url_of("points"), {"adds_points": "no"}, follow=True))
    assert page.count("Balance 1,120 → 1,120") == 2


@pytest.mark.parametrize(("form", "balance"), [({}, 0), ({"adds_points": "on"}, 50)])
def test_import_and_undo(shop: Shop, owner: Client, form: dict[str, str], balance: int) -> None:
    upload(owner, shop.contest, row(), **form)
    for _ in range(2):
        page = words(owner.post(url_of("start"), {"request_id": "act_one"}, follow=True))
    assert "Past order import" in page
    assert Job.objects.count() == 1
    run_all_jobs()
    page = words(owner.get(url_of()))
    assert "<strong>1</strong> Imported" in page
    assert f"/purchase/{quote(purchase_of().pk)}/change/" in page
    assert points_of(shop.entry) == balance
    entry = words(owner.post(url_of("points"), {"adds_points": "yes"}, follow=True))
    assert "Someone else already started or undid this import. Reload the page to see what changed." in entry
    owner.post(url_of("undo"), {"request_id": "act_two", "reason": "The wrong file"})
    run_all_jobs()
    assert "<strong>1</strong> Undone" in words(owner.get(url_of()))
    assert points_of(shop.entry) == 0
    actions = {line.action: line.after for line in AuditEvent.objects.filter(object_type="purchaseimport")}
    assert actions == {
        "imported": {"rows": 1, "new": 1, "points": "added" if form else "included"},
        "unimported": {"imported": 0},
    }


def test_orders_changed_since_are_listed_after_the_undo(shop: Shop, owner: Client) -> None:
    purchase_import = imported(shop.contest, row(), row("1002"))
    refund(purchase_of(), "10.00")
    undone(purchase_import)
    page = words(owner.get(url_of(), {"outcome": "stayed"}))
    assert "Kept: changed since" in page
    assert "<p>Refunded</p>" in page
    assert "1002" not in page


@pytest.mark.parametrize(
    ("dates", "sentences"),
    [
        (["2026-01-05"], ["1 row has no time zone, so its time is read as UTC."]),
        (
            ["2026-01-05 10:00", "5.1.2026", "2026-01-05T10:00Z"],
            ["2 rows have no time zone, so their times are read as UTC"],
        ),
        (["05/01/2026", "25/01/2026"], ["5/11/2026 is read as 5 November 2026", "5 Jan 2026", "25 Jan 2026"]),
        (["05/01/2026", "01/25/2026"], ["5/11/2026 is read as 11 May 2026", "1 May 2026", "25 Jan 2026"]),
        (["05/01/2026"], ["day and month can be read in two ways"]),
        (["2026-01-05 10:00:00 +0200"], ["5 Jan 2026, 08:00<", "Times in UTC"]),
    ],
)
def test_the_preview_says_how_dates_are_read(shop: Shop, owner: Client, dates: list[str], sentences: list[str]) -> None:
    rows = (f"{number},ada@example.com,5,USD,{date},1\n" for number, date in enumerate(dates))
    page = upload(owner, shop.contest, *rows)
    for sentence in sentences:
        assert sentence in page


def test_rows_without_an_entry_can_be_downloaded_and_imported_later(shop: Shop, owner: Client) -> None:
    page = upload(owner, shop.contest, row(email="late@example.com"), row("1002", amount="x"), row("1003"))
    assert "<strong>1</strong> No entry with this email" in page
    assert "Import its entry first, then this file again." in page
    text = downloaded(owner, url_of("errors"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["order_id"], row["line"]) for row in rows] == [("1001", "2"), ("1002", "3")]
    create_entry(shop.contest, "late@example.com")
    page = upload(owner, shop.contest, text=text.replace(",x,", ",5.00,"))
    assert "Import 2 orders" in page


def test_our_own_export_is_read(shop: Shop, owner: Client) -> None:
    record(shop, "49.99", order_id="#1")
    text = downloaded(owner, reverse("admin:contests_contest_export_purchases", args=[quote(shop.contest.pk)]))
    other = create_entry(Contest.objects.create(team=shop.team, title="Moved", slug="moved"), "ada@example.com")
    upload(owner, other.contest, text=text)
    (purchase_import,) = PurchaseImport.objects.get().rows.all()
    assert (purchase_import.outcome, purchase_import.points, purchase_import.values["amount"]) == ("new", 50, "49.99")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("order id,email,amount,currency,points\n1,a@example.com,5,USD,1", "“purchased at”"),
        ("email,amount,currency,purchased at,points\na@example.com,5,USD,2026-01-01,1", "“order id”"),
        ("order id,email,amount,purchased at,points\n1,a@example.com,5,2026-01-01,1", "“currency”"),
        ("order id,amount,currency,purchased at,points\n1,5,USD,2026-01-01,1", "“email”"),
        ("order id,email,amount,currency,purchased at\n1,a@example.com,5,USD,2026-01-01", "“points”"),
        ("order id,email,amount,currency,purchased at,points given", "no rows below the header"),
    ],
)
def test_a_missing_column_is_named(shop: Shop, owner: Client, text: str, sentence: str) -> None:
    assert sentence in upload(owner, shop.contest, text=text)
    assert not PurchaseImport.objects.exists()


def test_support_cannot_open_the_import_pages(shop: Shop, owner: Client) -> None:
    upload(owner, shop.contest, row())
    support = signed_in(shop, "support")
    for audit in ("", "start", "undo", "errors", "points"):
        assert support.post(url_of(audit), {"request_id": "act_x", "reason": "x"}).status_code == 403, audit
    contest = words(support.get(reverse("admin:contests_contest_change", args=[quote(shop.contest.pk)])))
    assert "Import past orders" not in contest
    assert "Import past orders" in words(
        owner.get(reverse("admin:contests_contest_change", args=[quote(shop.contest.pk)]))
    )


def test_the_number_of_statements_does_not_grow_with_the_file(
    shop: Shop, owner: Client, django_assert_max_num_queries: Any
) -> None:
    upload(owner, shop.contest, *(row(str(number)) for number in range(200)))
    with django_assert_max_num_queries(10):
        assert "Page 1 of 4" in words(owner.get(url_of()))


def order_page(client: Client) -> str:
    return words(client.get(reverse("admin:purchases_purchase_change", args=[quote(purchase_of().pk)])))


def test_the_page_of_an_imported_order_names_its_import(shop: Shop, owner: Client) -> None:
    adjust_points(shop.entry, 120, adjustment_id="opening", audit=AuditContext())
    purchase_import = imported(shop.contest, row())
    page = order_page(owner)
    for sentence in (
        "Imported from another service",
        "Import “orders.csv”",
        "Order 1001 of 49.99 USD was imported from another service with 50 points, which are included in",
        "Imported, 49.99 USD",
        "File: orders.csv",
        "“included in the opening balance”",
    ):
        assert sentence in page
    assert [" ".join(strip_tags(line).split()) for line in re.findall(r'order-ledger".*?<p>(.*?)</p>', page)] == [
        "+50 Earned, ada@example.com · balance 170",
        "−50 Adjusted, ada@example.com · balance 120",
    ]
    refund(purchase_of(), "20.00")
    page = order_page(owner)
    assert "Later, 20.00 USD was refunded, so 29 points are left." in page
    void_purchase(purchase_of(), audit=AuditContext())
    undone(purchase_import)
    page = order_page(owner)
    assert "(import undone)" not in page, "a person voided it"
    assert "was cancelled, so its 50 points were removed." in page


def test_the_page_of_an_order_says_that_its_import_was_undone(shop: Shop, owner: Client) -> None:
    undone(imported(shop.contest, row()))
    page = order_page(owner)
    for sentence in ("Voided (import undone)", "Import undone", "“The wrong file”", "That import was undone"):
        assert sentence in page
    imported(shop.contest, row())
    page = order_page(owner)
    assert "Import undone" not in page
    assert "Voided (undone)" in page


def test_the_list_of_purchases_is_filtered_by_origin(shop: Shop, owner: Client) -> None:
    record(shop, order_id="made-here")
    imported(shop.contest, row())
    url = reverse("admin:purchases_purchase_changelist")
    here, history = words(owner.get(url, {"origin": "here"})), words(owner.get(url, {"origin": "history"}))
    assert ("made-here" in here, ">1001<" in here) == (True, False)
    assert ("made-here" in history, ">1001<" in history) == (False, True)
    assert ">1001<" in words(owner.get(url, {"origin": "nonsense"}))
