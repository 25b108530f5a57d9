"""Importing past orders while shops send them, users act on them, and processes are killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs, run_next_job, start_job
from contests.imports import start_import, start_undo, steps
from contests.models import PointTransaction
from contests.services import create_entry
from purchases.imports import revert, services
from purchases.models import PendingRefund, Purchase, PurchaseImport
from purchases.services import move_purchase, refund_purchase, void_purchase
from tests.purchases.imports.past_orders import imported, outcomes, purchase_of, row, undone, upload
from tests.purchases.orders import faults, points_of, refund_early
from tests.support import Shop, make_shop, record


def killed_at(module: Any, name: str, call: int) -> Any:
    """As if the process were killed after so many calls of a function."""
    real, calls = getattr(module, name), []

    def killed(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        calls.append(args)
        if len(calls) == call:
            raise OperationalError("killed")
        return result

    return patch.object(module, name, killed)


def rows(count: int, points: str = "50") -> list[str]:
    return [row(f"order-{number}", points=points) for number in range(count)]


@pytest.mark.parametrize("step", ["_locked", "_record", "_restore", "close_rejections", "save_outcomes"])
def test_a_killed_import_is_resumed(shop: Shop, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ORDERS_AT_ONCE", 2)
    purchase_import = upload(shop.contest, *rows(5))
    start_import(purchase_import, audit=AuditContext())
    with killed_at(services, step, 2), pytest.raises(OperationalError):
        run_next_job()
    assert purchase_import.count_outcomes() == {"imported": 2, "new": 3}
    assert not run_next_job(), "its lease is not over"
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.result) == (Job.State.DONE, 5, 5, {"imported": 5})
    assert Purchase.objects.count() == 5
    assert (points_of(shop.entry), PointTransaction.objects.count()) == (0, 10)
    assert faults() == []


@pytest.mark.parametrize("step", ["_changes_since", "_lines", "save_outcomes"])
def test_a_killed_undo_is_resumed(shop: Shop, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revert, "ORDERS_AT_ONCE", 2)
    purchase_import = imported(shop.contest, *rows(5), adds_points=True)
    start_undo(purchase_import, audit=AuditContext(reason="?"))
    with killed_at(revert, step, 2), pytest.raises(OperationalError):
        run_next_job()
    assert purchase_import.count_outcomes() == {"undone": 2, "imported": 3}
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    assert purchase_import.count_outcomes() == {"undone": 5}
    assert points_of(shop.entry) == 0
    assert faults() == []


def test_a_long_file_is_checked_in_the_background_and_again_after_a_kill(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "ROWS_CHECKED_IN_REQUEST", 3)
    monkeypatch.setattr(steps, "ROWS_CHECKED_AT_ONCE", 2)
    start_job("recalculate", shop.contest, by=None)
    Job.objects.update(state=Job.State.RUNNING, leased_until=timezone.now() + timedelta(hours=1))
    purchase_import = upload(shop.contest, *rows(5), row("order-1"))
    assert (purchase_import.state, purchase_import.is_busy) == (PurchaseImport.State.CHECKING, True)
    with killed_at(steps, "_save", 2), pytest.raises(OperationalError):
        run_next_job()
    Job.objects.filter(kind="check_past_orders").update(leased_until=timezone.now())
    run_all_jobs()
    purchase_import.refresh_from_db()
    assert (purchase_import.state, purchase_import.counts) == (PurchaseImport.State.READY, {"new": 5, "duplicate": 1})


def test_a_cancelled_import_can_be_continued_or_undone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ORDERS_AT_ONCE", 2)
    purchase_import = upload(shop.contest, *rows(5), adds_points=True)
    job = start_import(purchase_import, audit=AuditContext())

    def cancel_after_the_first(*args: Any) -> None:
        steps.save_outcomes(*args)
        job.cancel()

    with patch.object(services, "save_outcomes", cancel_after_the_first):
        run_all_jobs()
    purchase_import = PurchaseImport.objects.get()
    assert purchase_import.count_outcomes() == {"imported": 2, "new": 3}
    start_import(purchase_import, audit=AuditContext())
    run_all_jobs()
    assert (purchase_import.count_outcomes(), points_of(shop.entry)) == ({"imported": 5}, 250)
    undone(PurchaseImport.objects.get())
    assert points_of(shop.entry) == 0


def test_an_order_recorded_before_the_insert_is_already_recorded(shop: Shop) -> None:
    """Another entry's order of that id: no lock on the entry keeps it out."""
    create_entry(shop.contest, "grace@example.com")
    purchase_import = upload(shop.contest, *rows(3))
    start_import(purchase_import, audit=AuditContext())
    real = services._record

    def recorded_first(*args: Any) -> None:
        record(shop, email=Email.parse("grace@example.com"), order_id="order-1")
        real(*args)

    with patch.object(services, "_record", recorded_first):
        run_all_jobs()
    assert outcomes(purchase_import) == [("imported", ""), ("known", ""), ("imported", "")]
    assert purchase_of("order-1").entry.email == "grace@example.com"
    assert faults() == []


def in_threads(doings: list[Callable[[], Any]], threads: int = 6) -> list[Any]:
    def do(doing: Callable[[], Any]) -> Any:
        try:
            return doing()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(do, doings))


@pytest.mark.django_db(transaction=True)
def test_orders_and_refunds_received_during_the_import_count_once() -> None:
    """Each order is sent by the shop too, by its entry or another; each has a refund that comes before or after it."""
    shop = make_shop()
    grace = create_entry(shop.contest, "grace@example.com")
    count = 60
    purchase_import = upload(
        shop.contest, *(row(f"order-{number}", amount="50.00") for number in range(count)), adds_points=True
    )
    start_import(purchase_import, audit=AuditContext())

    def send(number: int) -> Any:
        email = Email.parse("grace@example.com" if number % 2 else "ada@example.com")
        return record(shop, "50.00", email=email, order_id=f"order-{number}")

    def give_back(number: int) -> None:
        with suppress(AssertionError):  # the order is recorded already
            refund_early(shop, f"order-{number}", "20.00")

    def work() -> int:
        with patch.object(services, "ORDERS_AT_ONCE", 4):
            return run_all_jobs()

    doings: list[Callable[[], Any]] = [work]
    for number in range(0, count, 2):
        doings += [lambda number=number: send(number), lambda number=number: give_back(number)]  # type: ignore[misc]
        doings += [lambda number=number: send(number + 1), lambda number=number: give_back(number + 1)]  # type: ignore[misc]
    in_threads(doings)
    assert Job.objects.get().state == Job.State.DONE
    purchases = list(Purchase.objects.filter(contest=shop.contest))
    assert len(purchases) == count
    assert {(purchase.points_awarded, purchase.points_now) for purchase in purchases} == {(50, 30)}
    assert not PendingRefund.objects.filter(state="pending").exists()
    imported_rows = purchase_import.count_outcomes().get("imported", 0)
    assert imported_rows == sum(purchase.is_imported for purchase in purchases)
    assert purchase_import.count_outcomes().get("known", 0) == count - imported_rows
    assert points_of(shop.entry) + points_of(grace) == 30 * count
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_orders_with_actions_during_the_undo_are_kept() -> None:
    shop = make_shop()
    grace = create_entry(shop.contest, "grace@example.com")
    count = 45
    purchase_import = imported(shop.contest, *(row(f"order-{number}", amount="50.00") for number in range(count)))
    start_undo(purchase_import, audit=AuditContext(reason="?"))

    def audit(number: int) -> str:
        purchase = purchase_of(f"order-{number}")
        with suppress(Exception):  # it is void by now, and cannot be moved
            match number % 3:
                case 0:
                    refund_purchase(purchase, refund_id="r1", audit=AuditContext(), received_at=timezone.now())
                case 1:
                    move_purchase(purchase, grace, audit=AuditContext())
                case _:
                    void_purchase(purchase, audit=AuditContext())
        return purchase.order_id

    def work() -> int:
        with patch.object(revert, "ORDERS_AT_ONCE", 4):
            return run_all_jobs()

    in_threads([work, *(lambda number=number: audit(number) for number in reversed(range(count)))])
    assert Job.objects.latest("id").state == Job.State.DONE
    counts = purchase_import.count_outcomes()
    assert counts.get("undone", 0) + counts.get("stayed", 0) == count
    for undone_row in purchase_import.rows.filter(outcome="undone"):
        purchase = Purchase.objects.get(pk=undone_row.purchase_id)
        assert (purchase.status, purchase.points_now) == ("voided", 0)
        assert purchase.import_undone_at is not None
    assert faults() == []
