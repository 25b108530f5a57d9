"""Past purchases judged by the rules in force: one act, restartable, taken back as one."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy, run_all_jobs, run_next_job, start_job
from contests.models import PointTransaction
from contests.services import create_entry
from purchases.models import Purchase, RecalculatedAward, Recalculation
from purchases.services import move_purchase, recalculation_jobs, restore_purchase, void_purchase
from purchases.services.recalculation import (
    NothingToDo,
    NotTheLatest,
    RulesChanged,
    continue_recalculation,
    start_recalculation,
    undo_recalculation,
)
from purchases.services.record import count_duplicates
from purchases.support.customer_replies import about_purchase
from purchases.support.timeline import timeline_of_purchase
from tests.purchases.orders import buy, faults, lines_of, points_of, refund, standing
from tests.support import Api, Shop, make_shop, record, set_rules, wait_for

Status, State = Purchase.Status, Job.State


def recalculate(shop: Shop, *rules: dict[str, Any], **of_contest: Any) -> Recalculation:
    """Change the rules and judge everything by them."""
    set_rules(shop.contest, *rules, **of_contest)
    started = begin(shop, AuditContext(reason="As announced"))
    run_all_jobs()
    return fresh(started)


def begin(shop: Shop, audit: AuditContext) -> Recalculation:
    """Everything by the rules in force."""
    return start_recalculation(shop.contest, shop.contest.current_rules, days=0, audit=audit)


def undo(one: Recalculation, reason: str = "A mistake") -> None:
    undo_recalculation(one, audit=AuditContext(reason=reason))
    run_all_jobs()


def fresh(one: Recalculation) -> Recalculation:
    return Recalculation.objects.select_related("job", "undo_job", "contest").get(pk=one.pk)


@contextmanager
def chunks_of(count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(recalculation_jobs, "CHUNK", count)
        yield


def test_the_difference_is_posted_with_a_second_explanation(shop: Shop) -> None:
    purchase = buy(shop, "30.00", order_id="7")
    user = User.objects.create_user("owner")
    set_rules(shop.contest, {"points_per_unit": 2}, {"points_per_unit": 0, "fixed_points": 5})
    begin(shop, AuditContext(reason="As announced", user=user))
    run_all_jobs()
    purchase.refresh_from_db()
    assert lines_of(purchase) == ["earned +30", "recalculated +35"]
    assert (purchase.points_awarded, purchase.points_now, points_of(shop.entry)) == (30, 65, 65)
    assert (purchase.explanation["points"], purchase.current_explanation["points"]) == (30, 65)
    assert (purchase.explanation["ruleSet"], purchase.current_explanation["ruleSet"]) == (1, 2)
    line = PointTransaction.objects.get(kind="recalculated")
    assert (line.reason, line.actor) == ("As announced", user)
    assert "earned 65 points" in about_purchase(purchase)
    events = [(event.title, event.reason) for event in timeline_of_purchase(purchase).events]
    assert ("Recalculated with rules version 2", "As announced") in events
    assert faults() == []


def test_it_is_one_act_with_its_figures(shop: Shop) -> None:
    buy(shop, "30.00")
    buy(shop, "0.20")
    done = recalculate(shop, {"points_per_unit": 2})
    assert (done.job.state, done.judged, done.changed, done.points) == (State.DONE, 2, 1, 30)
    audit = AuditEvent.objects.get(action="recalculated")
    assert (audit.object_id, audit.reason, audit.after["rule set"]) == (shop.contest.pk, "As announced", 2)


def test_the_same_page_sent_twice_is_one_act(shop: Shop) -> None:
    buy(shop)
    audit = AuditContext(reason="Once")
    assert begin(shop, audit) == start_recalculation(shop.contest, shop.contest.current_rules, days=0, audit=audit)
    assert Recalculation.objects.count() == 1


def test_what_is_refunded_or_void_is_as_the_table_says(shop: Shop) -> None:
    part, whole, void = (buy(shop, "40.00") for _ in range(3))
    refund(part, "30.00")
    refund(whole)
    void_purchase(void, audit=AuditContext())
    recalculate(shop, {"points_per_unit": 3})
    assert standing(part) == (Status.PARTIALLY_REFUNDED, 30)
    assert standing(whole) == (Status.REFUNDED, 0)
    assert standing(void) == (Status.VOIDED, 0)
    assert RecalculatedAward.objects.get().purchase == part
    restore_purchase(void, audit=AuditContext())
    assert standing(void) == (Status.RECORDED, 40), "points as before the void"
    assert faults() == []


def test_refund_void_and_move_go_by_the_second_judgement(shop: Shop) -> None:
    purchase = buy(shop, "40.00")
    grace = create_entry(shop.contest, "grace@example.com")
    recalculate(shop, {"points_per_unit": 3})
    refund(purchase, "10.00")
    assert standing(purchase) == (Status.PARTIALLY_REFUNDED, 90)
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    move_purchase(purchase, grace, audit=AuditContext())
    assert (standing(purchase)[1], points_of(grace), points_of(shop.entry)) == (90, 90, 0)
    refund(purchase)
    assert standing(purchase) == (Status.REFUNDED, 0)
    assert faults() == []


def test_taking_it_back_leaves_all_as_it_was(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    done = recalculate(shop, {"points_per_unit": 2})
    undo(done)
    assert standing(purchase) == (Status.RECORDED, 30)
    assert lines_of(purchase) == ["earned +30", "recalculated +30", "recalculated -30"]
    assert purchase.recalculated_award is None
    assert PointTransaction.objects.latest("id").undoes == PointTransaction.objects.filter(kind="recalculated")[1]
    assert (fresh(done).is_undone, PointTransaction.objects.latest("id").reason) == (True, "A mistake")
    refund(purchase, "15.00")
    assert standing(purchase)[1] == 15
    assert faults() == []


@pytest.mark.parametrize("rate", [2, "0.5", "0.0001"])
@pytest.mark.parametrize("asked_before_the_void", [True, False])
def test_a_void_is_taken_back_to_what_was_before(shop: Shop, rate: Any, asked_before_the_void: bool) -> None:
    """Whatever the recalculation gave, also nothing, and whenever its undoing was asked for."""
    purchase = buy(shop, "50.00")
    done = recalculate(shop, {"points_per_unit": rate})
    if asked_before_the_void:
        undo_recalculation(done, audit=AuditContext(reason="A mistake"))
    void_purchase(purchase, audit=AuditContext())
    if not asked_before_the_void:
        undo_recalculation(done, audit=AuditContext(reason="A mistake"))
    run_all_jobs()
    restore_purchase(purchase, audit=AuditContext())
    assert standing(purchase) == (Status.RECORDED, 50)
    void_purchase(purchase, audit=AuditContext())
    restore_purchase(purchase, audit=AuditContext())
    assert (standing(purchase)[1], points_of(shop.entry)) == (50, 50)
    assert faults() == []


@pytest.mark.parametrize(("rate", "meanwhile"), [(3, 30), ("0.5", 5)])
def test_taken_back_less_what_was_refunded_since(shop: Shop, rate: Any, meanwhile: int) -> None:
    purchase = buy(shop, "30.00")
    done = recalculate(shop, {"points_per_unit": rate})
    refund(purchase, "20.00")
    assert standing(purchase)[1] == meanwhile
    undo(done)
    assert standing(purchase)[1] == 10
    assert faults() == []


def test_taken_back_of_what_was_moved_or_voided_since(shop: Shop) -> None:
    moved, void = buy(shop, "10.00"), buy(shop, "20.00")
    grace = create_entry(shop.contest, "grace@example.com")
    done = recalculate(shop, {"points_per_unit": 2})
    move_purchase(moved, grace, audit=AuditContext())
    void_purchase(void, audit=AuditContext())
    undo(done)
    assert (points_of(grace), points_of(shop.entry)) == (10, 0)
    assert standing(void) == (Status.VOIDED, 0)
    restore_purchase(void, audit=AuditContext())
    assert standing(void) == (Status.RECORDED, 20)
    assert faults() == []


def test_a_void_is_taken_back_to_what_was_before_a_recalculation_that_is_undone(shop: Shop) -> None:
    purchase = buy(shop, "30.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": "0.5"})
    void_purchase(purchase, audit=AuditContext())
    undo(second)
    undo(first)
    refund(purchase, "10.00")
    restore_purchase(purchase, audit=AuditContext())
    assert standing(purchase) == (Status.PARTIALLY_REFUNDED, 20)
    assert points_of(shop.entry) == 20
    assert faults() == []


def test_several_are_taken_back_the_last_one_first(shop: Shop) -> None:
    purchase = buy(shop, "10.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": 5})
    assert standing(purchase)[1] == 50
    with pytest.raises(NotTheLatest):
        undo_recalculation(first, audit=AuditContext())
    undo(second)
    assert standing(purchase)[1] == 20
    undo(first)
    assert standing(purchase)[1] == 10
    with pytest.raises(NothingToDo):
        undo_recalculation(first, audit=AuditContext())
    assert faults() == []


def test_the_same_rules_again_change_and_write_nothing(shop: Shop) -> None:
    buy(shop)
    done = begin(shop, AuditContext(reason="?"))
    run_all_jobs()
    assert (fresh(done).judged, fresh(done).changed) == (1, 0)
    assert not RecalculatedAward.objects.exists()


def test_a_killed_process_loses_and_doubles_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to end in every third step, in the midst of a transaction; it goes on where the last whole chunk ended."""
    for number in range(10):
        entry = create_entry(shop.contest, f"p{number}@example.com")
        move_purchase(buy(shop, "10.00"), entry, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=1000)
    done = begin(shop, AuditContext(reason="As announced"))
    steps = iter(range(1, 100))
    proceed = Job.proceed

    def breaks(job: Job, *args: Any, **options: Any) -> None:
        proceed(job, *args, **options)
        if next(steps) % 3 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(Job, "proceed", breaks)
    with chunks_of(2, monkeypatch):
        for _ in range(20):
            try:
                if not run_next_job():
                    break
            except KeyboardInterrupt:
                continue
    assert fresh(done).job.state == State.DONE
    assert (fresh(done).judged, fresh(done).changed, fresh(done).points) == (10, 10, 100)
    assert RecalculatedAward.objects.count() == 10
    assert faults() == []


def test_a_cancelled_one_goes_on_or_is_taken_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    done = begin(shop, AuditContext(reason="As announced"))
    half(shop, done, monkeypatch)
    assert (fresh(done).job.state, points_of(shop.entry)) == (State.CANCELLED, 80)
    undo(done)
    assert points_of(shop.entry) == 60

    again = begin(shop, AuditContext(reason="Now"))
    half(shop, again, monkeypatch)
    continue_recalculation(fresh(again), audit=AuditContext())
    run_all_jobs()
    assert (fresh(again).job.state, fresh(again).judged, points_of(shop.entry)) == (State.DONE, 6, 120)
    with pytest.raises(NothingToDo):
        continue_recalculation(fresh(again), audit=AuditContext())
    assert faults() == []


def half(shop: Shop, one: Recalculation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let its job do one chunk of two and be cancelled then."""
    proceed = Job.proceed

    def cancels(job: Job, done: int, **options: Any) -> None:
        proceed(job, done, **options)
        if done == 2:
            Job.objects.get(pk=job.pk).cancel()

    with chunks_of(2, monkeypatch), monkeypatch.context() as patched:
        patched.setattr(Job, "proceed", cancels)
        run_all_jobs()
    assert fresh(one).judged == 2


def test_none_goes_on_behind_a_later_one_or_by_rules_of_before(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    first = begin(shop, AuditContext(reason="As announced"))
    half(shop, first, monkeypatch)
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
def test_orders_that_are_moved_while_it_is_interrupted_are_judged_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, cap: int | None
) -> None:
    others = [create_entry(shop.contest, f"{name}@example.com") for name in ("grace", "linus")]
    purchases = [buy(shop, "10.00") for _ in range(6)]
    for purchase, other in zip(purchases[2:4], others, strict=True):
        move_purchase(purchase, other, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=cap)
    one = begin(shop, AuditContext(reason="As announced"))
    half(shop, one, monkeypatch)
    move_purchase(purchases[0], others[1], audit=AuditContext())  # judged already
    move_purchase(purchases[5], others[0], audit=AuditContext())  # not yet
    move_purchase(purchases[2], shop.entry, audit=AuditContext())
    continue_recalculation(fresh(one), audit=AuditContext())
    run_all_jobs()
    assert (fresh(one).job.state, fresh(one).changed) == (State.DONE, 6)
    assert [standing(purchase)[1] for purchase in purchases] == [20] * 6
    assert faults() == []


def test_not_by_other_rules_than_were_looked_at(shop: Shop) -> None:
    looked_at = shop.contest.current_rules
    set_rules(shop.contest, {"points_per_unit": 2})
    with pytest.raises(RulesChanged):
        start_recalculation(shop.contest, looked_at, days=0, audit=AuditContext())


def test_each_takes_its_own_lines_back(shop: Shop) -> None:
    """One that changed nothing at first has no line to take back, though the order has one of an earlier one."""
    purchase = buy(shop, "30.00")
    first = recalculate(shop, {"points_per_unit": 2})
    second = recalculate(shop, {"points_per_unit": 0, "fixed_points": 60})
    refund(purchase, "15.00")
    assert standing(purchase)[1] == 60
    undo(second)
    assert standing(purchase)[1] == 30
    undo(first)
    assert standing(purchase)[1] == 15
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
        begin(shop, AuditContext())
    assert not Recalculation.objects.exists()


def test_orders_recorded_meanwhile_are_left_alone(shop: Shop) -> None:
    buy(shop, "10.00")
    set_rules(shop.contest, {"points_per_unit": 2})
    begin(shop, AuditContext())
    late = buy(shop, "10.00")
    run_all_jobs()
    assert lines_of(late) == ["earned +20"]
    assert points_of(shop.entry) == 40


def test_another_contest_is_left_alone(shop: Shop) -> None:
    other = make_shop()
    theirs = buy(other, "10.00")
    buy(shop, "10.00")
    recalculate(shop, {"points_per_unit": 2})
    assert standing(theirs)[1] == 10


def test_a_second_explanation_cannot_be_changed(shop: Shop) -> None:
    buy(shop, "10.00")
    recalculate(shop, {"points_per_unit": 2})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        RecalculatedAward.objects.update(points_after=7)


@pytest.mark.django_db(transaction=True)
def test_acts_and_purchases_go_on_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything at once on the same entries: no deadlock, and the books agree."""
    shop = make_shop()
    grace = create_entry(shop.contest, "grace@example.com")
    purchases = [buy(shop, "10.00") for _ in range(60)]
    for purchase in purchases[::2]:
        move_purchase(purchase, grace, audit=AuditContext())
    set_rules(shop.contest, {"points_per_unit": 2}, cap_per_entry=500)
    started = begin(shop, AuditContext(reason="As announced"))

    orders = [purchase.order_id for purchase in purchases]

    def audit(purchase: Purchase) -> None:
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
        jobs = [pool.submit(work, None), *(pool.submit(audit, purchase) for purchase in purchases)]
        for job in jobs:
            job.result()
    assert fresh(started).job.state == State.DONE
    assert faults() == []
    undo(fresh(started))
    assert faults() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["recalculating", "sent again"])
def test_rows_are_locked_in_the_order_of_their_ids(who: str) -> None:
    """Whoever waits for the first of two rows does not hold the second; else two could wait for each other."""
    shop = make_shop()
    first, second = buy(shop, "10.00"), buy(shop, "10.00")
    order = [record(shop, order_id=purchase.order_id) for purchase in (second, first)]
    set_rules(shop.contest, {"points_per_unit": 2})
    begin(shop, AuditContext(reason="As announced"))

    def work() -> None:
        run_all_jobs() if who == "recalculating" else count_duplicates(shop.contest, order, timezone.now())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Purchase.objects.select_for_update().get(pk=first.pk)
            working = pool.submit(work)
            wait_for(somebody_waits, "the other to wait for the first row")
            Purchase.objects.select_for_update(nowait=True).get(pk=second.pk)
        working.result()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_the_api_tells_both_explanations(api: Api) -> None:
    shop = make_shop()
    purchase = buy(shop, "10.00")
    path = f"/contests/{shop.contest.pk}/purchases/{purchase.pk}"
    assert api.call(shop, "GET", path).json()["data"]["recalculation"] is None
    recalculate(shop, {"points_per_unit": 2})
    told = api.call(shop, "GET", path).json()["data"]
    assert (told["explanation"]["points"], told["recalculation"]["explanation"]["points"]) == (10, 20)
    assert (told["recalculation"]["pointsBefore"], told["recalculation"]["pointsAfter"]) == (10, 20)
    assert (told["pointsAwarded"], told["pointsNow"]) == (10, 20)
