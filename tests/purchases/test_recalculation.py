"""Recalculations: resumable, one audit event each, and undone as a whole."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy, run_all_jobs, run_next_job, start_job
from contests.models import PointTransaction
from contests.services import create_entry
from purchases.models import Purchase, RecalculatedAward, Recalculation
from purchases.services import NewPurchase, move_purchase, recalculation_jobs, restore_purchase, void_purchase
from purchases.services.duplicates import count_duplicates
from purchases.services.recalculation import (
    NothingToDo,
    NotTheLatest,
    RulesChanged,
    continue_recalculation,
    start_recalculation,
    undo_recalculation,
)
from purchases.support.customer_replies import about_purchase
from purchases.support.timeline import timeline_of_purchase
from tests.purchases.orders import buy, faults, lines_of, points_of, refund, status_and_points
from tests.support import Api, Shop, make_shop, record, set_rules, wait_for_blocked

Status, State = Purchase.Status, Job.State


def recalculate(shop: Shop, *rules: dict[str, Any], **caps: Any) -> Recalculation:
    """Publish these rules and recalculate all purchases."""
    set_rules(shop.contest, *rules, **caps)
    started = start(shop, AuditContext(reason="As announced"))
    run_all_jobs()
    return current(started)


def start(shop: Shop, audit: AuditContext) -> Recalculation:
    return start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=audit)


def undo(recalculation: Recalculation, reason: str = "A mistake") -> None:
    undo_recalculation(recalculation, audit=AuditContext(reason=reason))
    run_all_jobs()


def current(recalculation: Recalculation) -> Recalculation:
    return Recalculation.objects.select_related("job", "undo_job", "contest").get(pk=recalculation.pk)


@contextmanager
def chunks_of(count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(recalculation_jobs, "CHUNK", count)
        yield


def test_the_difference_is_posted_with_a_second_explanation(shop: Shop) -> None:
    purchase = buy(shop, "30.00", order_id="7")
    user = User.objects.create_user("owner")
    set_rules(shop.contest, {"points_per_unit": 2}, {"points_per_unit": 0, "fixed_points": 5})
    start(shop, AuditContext(reason="As announced", user=user))
    run_all_jobs()
    purchase.refresh_from_db()
    assert lines_of(purchase) == ["earned +30", "recalculated +35"]
    assert (purchase.points_awarded, purchase.points_now, points_of(shop.entry)) == (30, 65, 65)
    assert (purchase.explain()["points"], purchase.explain_last()["points"]) == (30, 65)
    assert (purchase.explain()["ruleSet"], purchase.explain_last()["ruleSet"]) == (1, 2)
    line = PointTransaction.objects.get(kind="recalculated")
    assert (line.reason, line.actor) == ("As announced", user)
    assert "earned 65 points" in about_purchase(purchase)
    events = [(event.title, event.reason) for event in timeline_of_purchase(purchase).events]
    assert ("Recalculated with rules version 2", "As announced") in events
    assert faults() == []


def test_a_recalculation_records_its_figures_and_one_audit_event(shop: Shop) -> None:
    buy(shop, "30.00")
    buy(shop, "0.20")
    recalculation = recalculate(shop, {"points_per_unit": 2})
    assert (recalculation.job.state, recalculation.scored_count, recalculation.changed_count, recalculation.points) == (
        State.DONE,
        2,
        1,
        30,
    )
    audit = AuditEvent.objects.get(action="recalculated")
    assert (audit.object_id, audit.reason, audit.after["rule set"]) == (shop.contest.pk, "As announced", 2)


def test_the_same_form_sent_twice_starts_one_recalculation(shop: Shop) -> None:
    buy(shop)
    audit = AuditContext(reason="Once")
    assert start(shop, audit) == start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=audit)
    assert Recalculation.objects.count() == 1


def test_refunded_amounts_and_voided_orders_earn_nothing_more(shop: Shop) -> None:
    part, whole, void = (buy(shop, "40.00") for _ in range(3))
    refund(part, "30.00")
    refund(whole)
    void_purchase(void, audit=AuditContext())
    recalculate(shop, {"points_per_unit": 3})
    assert status_and_points(part) == (Status.PARTIALLY_REFUNDED, 30)
    assert status_and_points(whole) == (Status.REFUNDED, 0)
    assert status_and_points(void) == (Status.VOIDED, 0)
    assert RecalculatedAward.objects.get().purchase == part
    restore_purchase(void, audit=AuditContext())
    assert status_and_points(void) == (Status.RECORDED, 40), "points as before the void"
    assert faults() == []


def test_refund_void_and_move_use_the_recalculated_award(shop: Shop) -> None:
    purchase = buy(shop, "40.00")
    grace = create_entry(shop.contest, "grace@example.com")
    recalculate(shop, {"points_per_unit": 3})
    refund(purchase, "10.00")
    assert status_and_points(purchase) == (Status.PARTIALLY_REFUNDED, 90)
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    move_purchase(purchase, grace, audit=AuditContext())
    assert (status_and_points(purchase)[1], points_of(grace), points_of(shop.entry)) == (90, 90, 0)
    refund(purchase)
    assert status_and_points(purchase) == (Status.REFUNDED, 0)
    assert faults() == []


def test_undo_gives_the_earlier_points_back(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    recalculation = recalculate(shop, {"points_per_unit": 2})
    undo(recalculation)
    assert status_and_points(purchase) == (Status.RECORDED, 30)
    assert lines_of(purchase) == ["earned +30", "recalculated +30", "recalculated -30"]
    assert purchase.recalculated_award is None
    assert PointTransaction.objects.latest("id").undoes == PointTransaction.objects.filter(kind="recalculated")[1]
    assert (current(recalculation).is_undone, PointTransaction.objects.latest("id").reason) == (True, "A mistake")
    refund(purchase, "15.00")
    assert status_and_points(purchase)[1] == 15
    assert faults() == []


@pytest.mark.parametrize("rate", [2, "0.5", "0.0001"])
@pytest.mark.parametrize("is_undo_first", [True, False])
def test_a_voided_order_restores_to_its_points_before_an_undone_recalculation(
    shop: Shop, rate: Any, is_undo_first: bool
) -> None:
    """Also where the recalculation gave no points, and whether the undo was started before or after the void."""
    purchase = buy(shop, "50.00")
    recalculation = recalculate(shop, {"points_per_unit": rate})
    if is_undo_first:
        undo_recalculation(recalculation, audit=AuditContext(reason="A mistake"))
    void_purchase(purchase, audit=AuditContext())
    if not is_undo_first:
        undo_recalculation(recalculation, audit=AuditContext(reason="A mistake"))
    run_all_jobs()
    restore_purchase(purchase, audit=AuditContext())
    assert status_and_points(purchase) == (Status.RECORDED, 50)
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    assert (status_and_points(purchase)[1], points_of(shop.entry)) == (50, 50)
    assert faults() == []


@pytest.mark.parametrize(("rate", "points_between"), [(3, 30), ("0.5", 5)])
def test_undo_keeps_later_refunds(shop: Shop, rate: Any, points_between: int) -> None:
    purchase = buy(shop, "30.00")
    recalculation = recalculate(shop, {"points_per_unit": rate})
    refund(purchase, "20.00")
    assert status_and_points(purchase)[1] == points_between
    undo(recalculation)
    assert status_and_points(purchase)[1] == 10
    assert faults() == []


def test_undo_follows_orders_that_were_moved_or_voided_since(shop: Shop) -> None:
    moved, void = buy(shop, "10.00"), buy(shop, "20.00")
    grace = create_entry(shop.contest, "grace@example.com")
    recalculation = recalculate(shop, {"points_per_unit": 2})
    move_purchase(moved, grace, audit=AuditContext())
    void_purchase(void, audit=AuditContext())
    undo(recalculation)
    assert (points_of(grace), points_of(shop.entry)) == (10, 0)
    assert status_and_points(void) == (Status.VOIDED, 0)
    restore_purchase(void, audit=AuditContext())
    assert status_and_points(void) == (Status.RECORDED, 20)
    assert faults() == []


def test_a_voided_order_restores_to_its_points_before_two_undone_recalculations(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": "0.5"})
    void_purchase(purchase, audit=AuditContext())
    undo(second)
    undo(first)
    refund(purchase, "10.00")
    restore_purchase(purchase, audit=AuditContext())
    assert status_and_points(purchase) == (Status.PARTIALLY_REFUNDED, 20)
    assert points_of(shop.entry) == 20
    assert faults() == []


def test_only_the_latest_recalculation_can_be_undone(shop: Shop) -> None:
    purchase = buy(shop, "10.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": 5})
    assert status_and_points(purchase)[1] == 50
    with pytest.raises(NotTheLatest):
        undo_recalculation(first, audit=AuditContext())
    undo(second)
    assert status_and_points(purchase)[1] == 20
    undo(first)
    assert status_and_points(purchase)[1] == 10
    with pytest.raises(NothingToDo):
        undo_recalculation(first, audit=AuditContext())
    assert faults() == []


def test_the_same_rules_change_and_write_nothing(shop: Shop) -> None:
    buy(shop)
    recalculation = start(shop, AuditContext(reason="?"))
    run_all_jobs()
    assert (current(recalculation).scored_count, current(recalculation).changed_count) == (1, 0)
    assert not RecalculatedAward.objects.exists()


def test_a_killed_process_loses_and_doubles_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is killed in every third step, inside a transaction, and resumes after the last committed chunk."""
    for number in range(10):
        entry = create_entry(shop.contest, f"p{number}@example.com")
        move_purchase(buy(shop, "10.00"), entry, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=1000)
    recalculation = start(shop, AuditContext(reason="As announced"))
    steps = iter(range(1, 100))
    proceed = Job.proceed

    def proceed_or_die(job: Job, *args: Any, **options: Any) -> None:
        proceed(job, *args, **options)
        if next(steps) % 3 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(Job, "proceed", proceed_or_die)
    with chunks_of(2, monkeypatch):
        for _ in range(20):
            try:
                if not run_next_job():
                    break
            except KeyboardInterrupt:
                continue
    assert current(recalculation).job.state == State.DONE
    assert (
        current(recalculation).scored_count,
        current(recalculation).changed_count,
        current(recalculation).points,
    ) == (10, 10, 100)
    assert RecalculatedAward.objects.count() == 10
    assert faults() == []


def test_a_cancelled_recalculation_can_be_continued_or_undone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    recalculation = start(shop, AuditContext(reason="As announced"))
    cancel_after_a_chunk(shop, recalculation, monkeypatch)
    assert (current(recalculation).job.state, points_of(shop.entry)) == (State.CANCELLED, 80)
    undo(recalculation)
    assert points_of(shop.entry) == 60

    second = start(shop, AuditContext(reason="Now"))
    cancel_after_a_chunk(shop, second, monkeypatch)
    continue_recalculation(current(second), audit=AuditContext())
    run_all_jobs()
    assert (current(second).job.state, current(second).scored_count, points_of(shop.entry)) == (State.DONE, 6, 120)
    with pytest.raises(NothingToDo):
        continue_recalculation(current(second), audit=AuditContext())
    assert faults() == []


def cancel_after_a_chunk(shop: Shop, recalculation: Recalculation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run its job until a chunk of two purchases is done, and cancel it."""
    proceed = Job.proceed

    def proceed_and_cancel(job: Job, done: int, **options: Any) -> None:
        proceed(job, done, **options)
        if done == 2:
            Job.objects.get(pk=job.pk).cancel()

    with chunks_of(2, monkeypatch), monkeypatch.context() as patched:
        patched.setattr(Job, "proceed", proceed_and_cancel)
        run_all_jobs()
    assert current(recalculation).scored_count == 2


def test_it_cannot_continue_after_a_later_one_or_by_earlier_rules(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    first = start(shop, AuditContext(reason="As announced"))
    cancel_after_a_chunk(shop, first, monkeypatch)
    second = recalculate(shop, {"points_per_unit": 5})
    with pytest.raises(NotTheLatest):
        continue_recalculation(first, audit=AuditContext())
    undo(second)
    with pytest.raises(RulesChanged):
        continue_recalculation(first, audit=AuditContext())
    undo(first)
    assert points_of(shop.entry) == 60
    assert faults() == []


@pytest.mark.parametrize("cap", [None, 1000])
def test_an_order_moved_while_it_is_interrupted_is_scored_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, cap: int | None
) -> None:
    others = [create_entry(shop.contest, f"{name}@example.com") for name in ("grace", "linus")]
    purchases = [buy(shop, "10.00") for _ in range(6)]
    for purchase, other in zip(purchases[2:4], others, strict=True):
        move_purchase(purchase, other, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=cap)
    recalculation = start(shop, AuditContext(reason="As announced"))
    cancel_after_a_chunk(shop, recalculation, monkeypatch)
    move_purchase(purchases[0], others[1], audit=AuditContext())  # scored already
    move_purchase(purchases[5], others[0], audit=AuditContext())  # not yet
    move_purchase(purchases[2], shop.entry, audit=AuditContext())
    continue_recalculation(current(recalculation), audit=AuditContext())
    run_all_jobs()
    assert (current(recalculation).job.state, current(recalculation).changed_count) == (State.DONE, 6)
    assert [status_and_points(purchase)[1] for purchase in purchases] == [20] * 6
    assert faults() == []


def test_it_starts_only_by_the_rules_of_its_preview(shop: Shop) -> None:
    previewed = shop.contest.current_rules()
    set_rules(shop.contest, {"points_per_unit": 2})
    with pytest.raises(RulesChanged):
        start_recalculation(shop.contest, previewed, days=0, audit=AuditContext())


def test_undo_undoes_only_its_own_ledger_lines(shop: Shop) -> None:
    """One that changed no points has no line to undo, though the order has a line of an earlier recalculation."""
    purchase = buy(shop, "30.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": 0, "fixed_points": 60})
    refund(purchase, "15.00")
    assert status_and_points(purchase)[1] == 60
    undo(second)
    assert status_and_points(purchase)[1] == 30
    undo(first)
    assert status_and_points(purchase)[1] == 15
    undoing = PointTransaction.objects.get(undoes__isnull=False)
    assert (undoing.points, undoing.undoes) == (
        -15,
        PointTransaction.objects.filter(kind="recalculated").earliest("id"),
    )
    assert faults() == []


def test_the_timeline_names_the_first_entry_and_why_a_recalculation_was_undone(shop: Shop) -> None:
    grace = create_entry(shop.contest, "grace@example.com")
    set_rules(shop.contest)
    purchase = buy(shop, "30.00")
    move_purchase(purchase, grace, audit=AuditContext())
    undo(recalculate(shop, {"points_per_unit": 2}), reason="Not what was announced")
    events = timeline_of_purchase(Purchase.objects.get()).events
    assert next(event for event in events if event.icon == "shopping_bag").facts[0] == "For ada@example.com"
    assert "Not what was announced" in [event.reason for event in events]


def test_only_one_job_writes_to_a_contest(shop: Shop) -> None:
    start_job("import_entries", shop.contest, by=None)
    with pytest.raises(ContestBusy):
        start(shop, AuditContext())
    assert not Recalculation.objects.exists()


def test_orders_recorded_while_it_runs_are_not_recalculated(shop: Shop) -> None:
    buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    start(shop, AuditContext())
    late = buy(shop, "10.00")
    run_all_jobs()
    assert lines_of(late) == ["earned +20"]
    assert points_of(shop.entry) == 40


def test_other_contests_are_not_recalculated(shop: Shop) -> None:
    other = make_shop()
    others_purchase = buy(other, "10.00")
    buy(shop, "10.00")
    recalculate(shop, {"points_per_unit": 2})
    assert status_and_points(others_purchase)[1] == 10


def test_the_database_refuses_to_change_a_recalculated_award(shop: Shop) -> None:
    buy(shop, "10.00")
    recalculate(shop, {"points_per_unit": 2})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        RecalculatedAward.objects.update(points_after=7)


@pytest.mark.django_db(transaction=True)
def test_actions_and_purchases_go_on_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refunds, moves, duplicates and new orders on the same entries: no deadlock, and the ledger agrees."""
    shop = make_shop()
    grace = create_entry(shop.contest, "grace@example.com")
    purchases = [buy(shop, "10.00") for _ in range(60)]
    for purchase in purchases[::2]:
        move_purchase(purchase, grace, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=500)
    started = start(shop, AuditContext(reason="As announced"))

    orders = [purchase.order_id for purchase in purchases]

    def act_on(purchase: Purchase) -> None:
        for order_id in random.sample(orders, 10):
            buy(shop, "1.00", order_id=order_id)
        buy(shop, "1.00")
        refund(purchase, "4.00")
        move_purchase(purchase, grace if purchase.entry_id == shop.entry.pk else shop.entry, audit=AuditContext())
        connection.close()

    def work(_: Any) -> None:
        run_all_jobs()
        connection.close()

    with chunks_of(5, monkeypatch), ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(work, None), *(pool.submit(act_on, purchase) for purchase in purchases)]
        for job in jobs:
            job.result()
    assert current(started).job.state == State.DONE
    assert faults() == []
    undo(current(started))
    assert faults() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writer", ["recalculation", "duplicates"])
def test_rows_are_locked_in_the_order_of_their_ids(writer: str) -> None:
    """Waiting for the first of two rows, it does not hold the second; else two writers could wait for each other."""
    shop = make_shop()
    first, second = buy(shop, "10.00"), buy(shop, "10.00")
    order = NewPurchase(
        email=Email.parse("ada@example.com"),
        order_id=first.order_id,
        amount=Decimal(80),
        currency="USD",
        purchased_at=timezone.now(),
    )
    duplicates = [(order, record(shop, order_id=purchase.order_id)) for purchase in (second, first)]
    set_rules(shop.contest, {"points_per_unit": 2})
    start(shop, AuditContext(reason="As announced"))

    def work() -> None:
        run_all_jobs() if writer == "recalculation" else count_duplicates(shop.contest.pk, duplicates, timezone.now())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Purchase.objects.select_for_update().get(pk=first.pk)
            working = pool.submit(work)
            wait_for_blocked()
            Purchase.objects.select_for_update(nowait=True).get(pk=second.pk)
        working.result()


def test_the_api_returns_both_explanations(api: Api) -> None:
    shop = make_shop()
    purchase = buy(shop, "10.00")
    path = f"/contests/{shop.contest.pk}/purchases/{purchase.pk}"
    assert api.call(shop, "GET", path).json()["data"]["recalculation"] is None
    recalculate(shop, {"points_per_unit": 2})
    data = api.call(shop, "GET", path).json()["data"]
    assert (data["explanation"]["points"], data["recalculation"]["explanation"]["points"]) == (10, 20)
    assert (data["recalculation"]["pointsBefore"], data["recalculation"]["pointsAfter"]) == (10, 20)
    assert (data["pointsAwarded"], data["pointsNow"]) == (10, 20)
