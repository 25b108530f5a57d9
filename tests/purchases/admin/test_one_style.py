"""Dates and numbers look the same on every page, in every dialog, message and reply."""

import html
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Membership, Team
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import
from contests.models import Contest, Entry, EntryImport
from contests.services import adjust_points
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services import refund_purchase, void_purchase
from purchases.services.backtest import start_backtest
from purchases.services.recalculation import start_recalculation
from tests.conftest import ModuleRows
from tests.support import Shop, hold, make_pending_refund, make_shop, record, set_rules, signed_in

# Not text for readers: what people type, scripts, lines of code, names of icons.
LEFT_OUT = {"script", "style", "textarea", "code", "pre", "option", "template", "title"}
ICON = "material-symbols"
HISTORY_PARTS = ("rules", "recalculations", "imports", "activity")
ALWAYS_ALLOWED = r"\d{1,2} (?:[A-Z][a-z]{2}) \d{4}|#\w+|(?i:amount) 4321\.50"  # dates; IDs; what a shop sent, as sent
OTHER_STYLES = {
    "a raw date": r"\b\d{4}-\d{2}-\d{2}\b",
    "a date with a slash": r"\b\d{1,2}/\d{1,2}/\d{2,4}\b",
    "a month in full": (r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b"),
    "a clock of twelve hours": r"\b(?:a\.m\.|p\.m\.|noon|midnight)",
    "a number without separators": r"(?<![\w.,-])\d{4,}(?:\.\d+)?(?![\w-])",
    "a hyphen for a minus sign": r"(?<![\w–-])-\d",
    "a name of code": r"\b[a-z]+_[a-z_]+\b",
    "a plural in brackets": r"\w\(s\)",
    "one of many": r"(?<![\d.,])1 (?:orders|points|entries|rows|purchases|refunds|times|days)\b",
    "many of one": r"(?<![\d.,])(?:0|[2-9]|\d{2,}) (?:order|point|entry|row|purchase|refund|day)\b(?!s| ID|-)",
}


class Text(HTMLParser):
    """The text that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.left_out: list[str] = []  # the open elements that are, from the outermost on
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_icon = ICON in (dict(attrs).get("class") or "")
        if (self.left_out or tag in LEFT_OUT or is_icon) and tag not in VOID:
            self.left_out.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.left_out:
            del self.left_out[len(self.left_out) - 1 - self.left_out[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self.left_out:
            self.parts.append(data)


VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


def text_of(page: str) -> str:
    """The page's text, with a blank between elements."""
    return " ".join(re.sub(ALWAYS_ALLOWED, " ", " ".join(Text(page).parts)).split())


def findings(page: str) -> list[str]:
    text = text_of(page)
    return [
        f"{name}: “{text[max(0, match.start() - 40) : match.end() + 30]}”"
        for name, pattern in OTHER_STYLES.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.fixture(scope="module")
def busy_once(module_rows: ModuleRows) -> Shop:
    """A shop whose figures have four digits and more, some of them negative."""
    with module_rows():
        shop = make_shop()
        Team.objects.filter(pk=shop.team.pk).update(name="Pottery")  # else it has a number of the tests
        set_rules(
            shop.contest,
            {"points_per_unit": Decimal("1.5"), "currency": "USD", "amount_from": Decimal(1000)},
            {"points_per_unit": Decimal(1), "valid_from": timezone.now() - timedelta(days=400)},
            cap_per_entry=1_000_000,
            starts_at=timezone.now() - timedelta(days=500),
            ends_at=timezone.now() + timedelta(days=500, hours=3),
        )
        purchase = Purchase.objects.get(pk=record(shop, "12345.50", order_id="#A").purchase_id)
        record(shop, "12345.50", order_id="#A")
        record(shop, "1500", currency="JPY", order_id="#B")
        record(shop, "1.234", currency="KWD", order_id="#C")
        audit = AuditContext(reason="Sent back")
        refund_purchase(purchase, refund_id="r", amount=Decimal("2345.50"), audit=audit, received_at=timezone.now())
        void_purchase(Purchase.objects.get(order_id="#B"), audit=AuditContext(reason="Fraud"))
        adjust_points(shop.entry, -2345, adjustment_id="a", audit=AuditContext(reason="Counted twice"))
        hold(shop, "late@example.com", order_id="#D", amount=Decimal("4321.50"))
        make_pending_refund(shop)
        RejectedPurchase.objects.update(times=1234)
        entry_import = create_entry_import(
            shop.contest, "people.csv", b"email,points\ngrace@example.com,12345\nx,\n", by=None
        )
        run_all_jobs()
        assert EntryImport.objects.get().pk == entry_import.pk
        contest = Contest.objects.get()
        start_backtest(contest, contest.current_rules().terms, days=0, by=None)
        run_all_jobs()
        start_recalculation(contest, contest.current_rules(), days=0, audit=AuditContext(reason="New rules"))
        run_all_jobs()
    return shop


@pytest.fixture
def busy(busy_once: Shop, db: None) -> Shop:
    return deepcopy(busy_once)


def pages_of_the_contest(shop: Shop) -> Iterator[str]:
    contest = quote(shop.contest.pk)
    for view in ("overview", "rules", "recalculate", "imports", "purchaseimports", "leaderboard", "entries"):
        yield reverse(f"admin:contests_contest_{view}", args=[contest])
    for part in HISTORY_PARTS:
        yield f"{reverse('admin:contests_contest_history', args=[contest])}?show={part}"
    for job in Job.objects.filter(contest_id=shop.contest.pk):
        yield reverse("admin:contests_contest_job", args=[contest, job.pk])
    yield reverse("admin:contests_contest_import", args=[contest, EntryImport.objects.get().pk])
    for recalculation in shop.contest.recalculations.all():
        yield reverse("admin:contests_contest_recalculated", args=[contest, recalculation.pk])


def dialogs(shop: Shop) -> Iterator[str]:
    views = {Purchase: ("refund", "void", "move", "restore"), RejectedPurchase: ("attach", "record", "dismiss")}
    for model, names in views.items():
        for obj in model._default_manager.all():
            for name in names:
                yield reverse(f"admin:purchases_{model._meta.model_name}_{name}", args=[quote(obj.pk)])
    yield reverse("admin:contests_entry_adjust", args=[quote(shop.entry.pk)])


def pages(shop: Shop) -> Iterator[str]:
    yield from pages_of_the_contest(shop)
    yield from dialogs(shop)
    yield reverse("admin:index")
    desk = reverse("admin:purchases_purchase_desk")
    yield f"{desk}?q=%23A%0A%23B%0A%23C%0A%23D%0Anot-yet"
    yield f"{desk}?q=ada"
    yield reverse("reader_time_zone")
    models: list[Any] = [
        Contest,
        Entry,
        Purchase,
        RejectedPurchase,
        PendingRefund,
        AuditEvent,
        ApiKey,
        Team,
        Membership,
    ]
    for model in models:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for obj in model.objects.all():
            yield reverse(f"{name}_change", args=[quote(obj.pk)])
            yield reverse(f"{name}_history", args=[quote(obj.pk)])
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_no_page_has_a_second_style(busy: Shop) -> None:
    client = signed_in(busy, "owner")
    client.cookies["timezone"] = "America/New_York"
    problems: dict[str, list[str]] = {}
    opened = 0
    for url in pages(busy):
        answer = client.get(url, follow=True)
        if answer.status_code != 200:
            continue
        opened += 1
        if faults := findings(answer.content.decode()):
            problems[url] = faults[:8]
    assert opened > 30
    assert problems == {}, "\n".join(f"{url} {each}" for url, faults in problems.items() for each in faults)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<p>Since 2026-11-26</p>", "a raw date"),
        ("<p>26 November</p>", "a month in full"),
        ("<p>9:07 p.m.</p>", "a clock of twelve hours"),
        ("<td>12345</td>", "a number without separators"),
        ("<td>1234.50 USD</td>", "a number without separators"),
        ("<td>-5</td>", "a hyphen for a minus sign"),
        ("<td>fully_refunded</td>", "a name of code"),
        ("<p>1 orders</p>", "one of many"),
        ("<p>2 order</p>", "many of one"),
    ],
)
def test_another_style_is_found(text: str, problem: str) -> None:
    assert [each.partition(":")[0] for each in findings(text)] == [problem]


def test_this_style_is_not(client: Client) -> None:
    texts = ["26 Nov 2026, 21:07", "12,345.50 USD", "−5 points", "1 order", "1,001 orders", "1–24 Dec 2026"]
    page = f'<p title="2026-11-26">{" · ".join(texts)}</p>'
    assert findings(page) == []


def test_a_message_is_in_it_too(busy: Shop) -> None:
    client = signed_in(busy, "owner")
    purchase = Purchase.objects.get(order_id="#A")
    url = reverse("admin:purchases_purchase_refund", args=[quote(purchase.pk)])
    form = {"amount": "1000", "reason": "Late", "request_id": "act_1", "_form_submitted": "True"}
    assert client.post(url, form).status_code == 200
    page = client.get(reverse("admin:purchases_purchase_change", args=[quote(purchase.pk)])).content.decode()
    assert "Refunded 1,000.00 USD, 2,500 points removed." in html.unescape(page)
    assert findings(page) == []


def test_files_have_numbers_and_times_for_machines(busy: Shop) -> None:
    client = signed_in(busy, "owner")
    answer: Any = client.get(reverse("admin:contests_contest_export_purchases", args=[quote(busy.contest.pk)]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    (row,) = [line for line in lines if line.startswith("#A,")]
    assert row.startswith("#A,ada@example.com,12345.50,2345.50,USD,partially_refunded,")
    assert re.search(r",\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\+00:00,", row)
