"""The proof of the ledger: silent agreement exits with 0, each planted fault is named and exits with 1."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.chores import THREADS
from blitzrocket.jobs.models import StoredFigure
from contests import ledger
from contests.models import Contest, Entry, PointTransaction
from contests.services import create_contest, create_entry, publish_rules
from purchases.models import Purchase, PurchaseImport
from purchases.services import ledger_check, move_purchase, refund_purchase, restore_purchase, void_purchase
from purchases.services.ledger_check import check_ledger_daily, check_rules
from purchases.services.ledger_rules import OF_A_CONTEST
from tests.purchases.imports.past_orders import imported, row
from tests.statements import tables_without_contest
from tests.support import Shop, make_shop, record

pytestmark = pytest.mark.django_db(transaction=True)


def check() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, stderr=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_consistent_ledger_passes(shop: Shop) -> None:
    for _ in range(3):
        record(shop)
    code, text = check()
    assert (code, "FAULT" in text) == (0, False)


def test_the_ledger_is_consistent_after_every_kind_of_action(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    purchase = Purchase.objects.get(pk=record(shop).purchase_id)
    move_purchase(purchase, grace, audit=AuditContext())
    refund_purchase(purchase, refund_id="r1", amount=Decimal(5), audit=AuditContext(), received_at=timezone.now())
    void_purchase(purchase, audit=AuditContext())
    assert check()[0] == 0
    restore_purchase(purchase, audit=AuditContext())
    assert check()[0] == 0


def test_a_clock_set_back_is_no_fault(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    record(shop)
    now = time.time_ns()
    monkeypatch.setattr("blitzrocket.ids.time.time_ns", lambda: now - 10**12)
    record(shop)
    assert check()[0] == 0


def plant_points(shop: Shop) -> None:
    Entry.objects.update(points=7)


def plant_award(shop: Shop) -> None:
    Purchase.objects.update(points_awarded=7)


def plant_balance(shop: Shop) -> None:
    entry = Entry.objects.get()
    entry.points = 1000
    ledger.post(entry, PointTransaction.Kind.ADJUSTED, 5, occurred_at=timezone.now())


def plant_gap(shop: Shop) -> None:
    Entry.objects.update(line_count=7)


def plant_last_earned(shop: Shop) -> None:
    void_purchase(Purchase.objects.get(), audit=AuditContext())
    Entry.objects.update(last_earned_number=F("line_count"))


@contextmanager
def unchecked() -> Iterator[None]:
    """As while a dump is restored: the database checks no foreign key, and no trigger refuses a change."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def plant_contest(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    Entry.objects.update(contest=other)


def plant_points_now(shop: Shop) -> None:
    Purchase.objects.update(points_now=7)


def plant_owner(shop: Shop) -> None:
    Purchase.objects.update(entry=create_entry(shop.contest, "grace@example.com"))


def plant_refunded_amount(shop: Shop) -> None:
    Purchase.objects.update(refunded_amount=7, status=Purchase.Status.PARTIALLY_REFUNDED)


def plant_contest_of_purchase(shop: Shop) -> None:
    Purchase.objects.update(contest=create_contest(shop.team, title="Other", slug="other"))


def plant_contest_of_line(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    plant_in_ledger("contest_id", other.pk)


def plant_entry_of_line(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    plant_in_ledger("entry_id", create_entry(other, "grace@example.com").pk)


def plant_in_ledger(column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE contests_pointtransaction SET {column} = %s", [value])


def plant_missing_entry_of_line(shop: Shop) -> None:
    plant_in_ledger("entry_id", "entry_none")


def plant_missing_purchase_of_line(shop: Shop) -> None:
    plant_in_ledger("purchase_id", "purchase_none")


def plant_purchase_of_another_contest(shop: Shop) -> None:
    plant_in_ledger("purchase_id", record(make_shop()).purchase_id)


def plant_missing_rules_of_purchase(shop: Shop) -> None:
    Purchase.objects.update(rule_set="rules_none")


def plant_other_rules_of_purchase(shop: Shop) -> None:
    Purchase.objects.update(rule_set=make_shop().contest.rule_set_id)


def plant_missing_key_of_purchase(shop: Shop) -> None:
    Purchase.objects.update(api_key="key_none")


def plant_other_key_of_purchase(shop: Shop) -> None:
    Purchase.objects.update(api_key=make_shop().keys["private"])


def plant_missing_rules(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(rule_set="rules_none")


def plant_rules_of_another_contest(shop: Shop) -> None:
    other = create_contest(shop.team, title="Other", slug="other")
    publish_rules(other)
    other.refresh_from_db()
    Contest.objects.filter(pk=shop.contest.pk).update(rule_set=other.rule_set_id)


def plant_referral_of_nobody(shop: Shop) -> None:
    line = ledger.NewLine(Entry.objects.get(), 5, None, timezone.now(), adjustment_id="referral/entry_none")
    ledger.post_all(PointTransaction.Kind.REFERRAL, [line])


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (plant_points, "An entry's points are the sum"),
        (plant_award, "A purchase has one earned line"),
        (plant_balance, "Each line's balance"),
        (plant_gap, "An entry's lines are numbered"),
        (plant_last_earned, "An entry whose last line is said to be of an order has that order"),
        (plant_contest, "A purchase is of the contest of its entry"),
        (plant_points_now, "A purchase's points now are the sum"),
        (plant_owner, "Only the entry of a purchase has points of it"),
        (plant_refunded_amount, "A purchase's refunded amount is the sum"),
        (plant_contest_of_purchase, "A ledger line is of the contest of its entry and purchase"),
        (plant_contest_of_line, "A ledger line is of the contest of its entry and purchase"),
        (plant_entry_of_line, "A ledger line is of the contest of its entry and purchase"),
        (plant_missing_entry_of_line, "A ledger line is of the contest of its entry and purchase"),
        (plant_missing_purchase_of_line, "A ledger line is of the contest of its entry and purchase"),
        (plant_purchase_of_another_contest, "A ledger line is of the contest of its entry and purchase"),
        (plant_missing_rules_of_purchase, "A purchase's rules are of its contest, and its API key is of its team"),
        (plant_other_rules_of_purchase, "A purchase's rules are of its contest, and its API key is of its team"),
        (plant_missing_key_of_purchase, "A purchase's rules are of its contest, and its API key is of its team"),
        (plant_other_key_of_purchase, "A purchase's rules are of its contest, and its API key is of its team"),
        (plant_referral_of_nobody, "Points for a referral are those of an entry and of the one that it referred"),
        (plant_missing_rules, "A contest's live rules are its own"),
        (plant_rules_of_another_contest, "A contest's live rules are its own"),
    ],
)
def test_each_planted_fault_is_reported(shop: Shop, plant: object, fault: str) -> None:
    record(shop)
    with unchecked():
        plant(shop)  # type: ignore[operator]
    code, text = check()
    assert code == 1
    assert f"FAULT  {fault}" in text


def test_a_missing_opening_line_is_reported(shop: Shop) -> None:
    imported(shop.contest, row())
    assert check()[0] == 0
    PurchaseImport.objects.update(adds_points=True)
    code, text = check()
    assert code == 1
    assert "FAULT  An imported balance includes the points of an order until its import is undone" in text


def test_each_query_names_its_contest() -> None:
    assert [rule for rule, query in OF_A_CONTEST.items() if tables_without_contest(query.replace("%%", "%"))] == []


def test_faults_are_counted_in_all_contests_and_a_few_are_shown(shop: Shop) -> None:
    contests = [shop.contest, create_contest(shop.team, title="Other", slug="other")]
    for contest in contests:
        for number in range(15):
            create_entry(contest, f"{number}@example.com")
    with unchecked():
        plant_points(shop)
    code, text = check()
    assert (code, text.count(": points 7, ledger 0"), "       and 11 more" in text) == (1, 20, True)


def test_the_background_process_checks_once_a_day_and_says_so_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    record(shop)
    assert [check_ledger_daily(), check_ledger_daily()] == [0, None]
    plant_points(shop)
    StoredFigure.objects.update(at=timezone.now() - timedelta(hours=23))
    assert check_ledger_daily() is None
    StoredFigure.objects.update(at=timezone.now() - timedelta(hours=25))
    assert check_ledger_daily() == 1
    assert StoredFigure.objects.get().value == 1
    (fault,) = [line for line in caplog.records if line.message == "ledger fault"]
    entry = Entry.objects.get()
    assert vars(fault)["examples"] == [(entry.pk, "points 7, ledger 50")]
    assert check_ledger_daily in {task.run for task in THREADS["ledger"]}


def test_the_daily_check_can_be_switched_off(shop: Shop, settings: Any) -> None:
    settings.LEDGER_CHECK_HOURS = 0
    assert check_ledger_daily() is None
    assert not StoredFigure.objects.exists()


def test_a_statement_of_the_daily_check_ends_after_its_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_check, "OF_A_CONTEST", {"Slow": "SELECT '1', pg_sleep(60)::text"})
    with pytest.raises(OperationalError, match="statement timeout"):
        list(check_rules(longest=timedelta(seconds=1)))
    assert ledger_check._faulty_rows("SELECT '1', pg_sleep(1.2)::text", None, None)[0] == 1
