"""Taking an import back: who has nothing but it goes, and whoever has more stays."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.jobs.chores import THREADS, do_due_chores
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy, run_all_jobs, run_next_job, start_job
from contests.imports import ImportNotReady, revert, start_import, start_undo, steps
from contests.models import Entry, EntryImport, EntryImportRow, NameWord
from contests.services import EntryGone, NewEntry, adjust_points, create_entry, enter
from purchases.models import Purchase
from purchases.services import EntryMissing, attach_purchase, move_purchase
from purchases.stats import catch_up_all, prove, reset_stats
from tests.contests.imports.test_import import imported, people, upload
from tests.purchases.orders import faults
from tests.support import Shop, hold, make_shop, record, wait_for_blocked

State = EntryImport.State


def entry_of(number: int) -> Entry:
    return Entry.objects.get(email_key=f"p{number}@example.com")


def buy(shop: Shop) -> None:
    record(shop, email=Email.parse("p0@example.com"))


def adjust(shop: Shop) -> None:
    adjust_points(entry_of(0), 5, adjustment_id="a", audit=AuditContext(reason="?"))


def refer(shop: Shop) -> None:
    friend = NewEntry(email=Email.parse("friend@example.com"), referral_code=entry_of(0).referral_code)
    enter(shop.contest, friend, audit=AuditContext(reason="?"))


def undone(entry_import: EntryImport) -> EntryImport:
    start_undo(entry_import, audit=AuditContext(reason="The wrong file"))
    run_all_jobs()
    entry_import.refresh_from_db()
    return entry_import


def test_entries_without_other_activity_are_removed(shop: Shop) -> None:
    entry_import = undone(imported(shop.contest, people(3, "email,name", ",Some Body")))
    assert (entry_import.state, entry_import.counts) == (State.UNDONE, {"removed": 3})
    assert list(Entry.objects.filter(contest=shop.contest)) == [shop.entry]
    assert not NameWord.objects.filter(word="body").exists()
    line = AuditEvent.objects.get(action=AuditEvent.Action.UNIMPORTED)
    assert (line.reason, line.before, line.object_id) == ("The wrong file", {"imported": 3}, entry_import.pk)
    assert imported(shop.contest, people(3)).counts == {"imported": 3}, "they can be imported again"


@pytest.mark.parametrize("leave_a_trace", [buy, adjust, refer])
def test_entries_with_other_activity_stay(shop: Shop, leave_a_trace: Callable[[Shop], None]) -> None:
    entry_import = imported(shop.contest, people(2))
    leave_a_trace(shop)
    before = entry_of(0).points
    assert undone(entry_import).counts == {"stayed": 1, "removed": 1}
    assert entry_of(0).points == before
    assert not Entry.objects.filter(email_key="p1@example.com").exists()


def test_imported_points_are_reversed_by_a_ledger_line(shop: Shop) -> None:
    entry_import = imported(shop.contest, people(2, "email,points", ",30"))
    buy(shop)
    assert undone(entry_import).counts == {"stayed": 1, "points_removed": 1}
    assert (entry_of(0).points, entry_of(1).points) == (50, 0)
    bonus, back = entry_of(1).ledger.order_by("number")
    assert (back.kind, back.points, back.balance, back.undoes, back.reason) == (
        "bonus",
        -30,
        0,
        bonus,
        "The wrong file",
    )
    notes = dict(entry_import.rows.values_list("outcome", "note"))
    assert notes["stayed"] == "Its imported points were removed."


def test_only_entries_of_this_import_change(shop: Shop) -> None:
    imported(shop.contest, people(1, "email,points", ",30"))
    entry_import = imported(shop.contest, people(2, "email,points", ",30"))
    assert undone(entry_import).counts == {"known": 1, "points_removed": 1}
    assert entry_of(0).points == 30


def test_a_killed_process_is_followed_by_one_that_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revert, "ENTRIES_AT_ONCE", 2)
    entry_import = imported(shop.contest, people(5, "email,points", ",30"))
    start_undo(entry_import, audit=AuditContext(reason="?"))
    calls: list[Any] = []
    save_outcomes = steps.save_outcomes

    def killed(*args: Any) -> None:
        save_outcomes(*args)
        calls.append(args)
        if len(calls) == 2:
            raise OperationalError("killed")

    with patch.object(revert, "save_outcomes", killed), pytest.raises(OperationalError):
        run_next_job()
    assert entry_import.count_outcomes() == {"points_removed": 2, "imported": 3}
    Job.objects.update(leased_until=timezone.now())
    run_all_jobs()
    assert entry_import.count_outcomes() == {"points_removed": 5}
    assert set(Entry.objects.exclude(pk=shop.entry.pk).values_list("points", "line_count")) == {(0, 2)}


def test_a_stopped_import_can_be_undone(shop: Shop) -> None:
    entry_import = upload(shop.contest, people(2))
    with pytest.raises(ImportNotReady):
        start_undo(entry_import, audit=AuditContext(reason="?"))
    job = start_import(entry_import, audit=AuditContext(reason=""))
    with pytest.raises(ImportNotReady):
        start_undo(entry_import, audit=AuditContext(reason="?"))
    job.cancel()
    entry_import.refresh_from_db()
    assert undone(entry_import).counts == {"new": 2}


def test_two_clicks_are_one_undo_and_a_busy_contest_is_reported(shop: Shop) -> None:
    entry_import = imported(shop.contest, people(2))
    other = start_job("recalculate", shop.contest, by=None)
    with pytest.raises(ContestBusy):
        start_undo(entry_import, audit=AuditContext(reason="?"))
    other.cancel()
    audit = AuditContext(reason="?")
    assert start_undo(entry_import, audit=audit) == start_undo(entry_import, audit=audit)
    run_all_jobs()
    with pytest.raises(ImportNotReady):
        start_undo(entry_import, audit=AuditContext(reason="?"))


def test_rows_are_deleted_after_30_days_and_counts_stay(shop: Shop) -> None:
    entry_import = imported(shop.contest, people(2))
    young = imported(shop.contest, people(1))
    waiting = upload(make_shop("eve@example.com").contest, people(1))
    running = start_import(waiting, audit=AuditContext(reason=""))
    old = timezone.now() - timedelta(days=steps.ROW_RETENTION_DAYS, hours=1)
    EntryImport.objects.exclude(pk=young.pk).update(created_at=old)
    do_due_chores(THREADS["chores"])
    entry_import.refresh_from_db()
    assert entry_import.count_outcomes() == {"imported": 2}
    assert (entry_import.rows.count(), young.rows.count(), waiting.rows.count()) == (0, 1, 1)
    assert not entry_import.can_be_undone
    assert running.is_open
    assert Entry.objects.filter(contest=shop.contest).count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_purchase_or_a_referral_during_the_undo_is_waited_for_or_comes_too_late() -> None:
    """In each of many rounds an entry buys or refers somebody while it is taken back: nobody is lost, nothing fails."""
    shop = make_shop()
    rounds = 20
    entry_import = imported(shop.contest, people(2 * rounds))
    codes = dict(Entry.objects.values_list("email_key", "referral_code"))
    start_undo(entry_import, audit=AuditContext(reason="?"))

    def trace(number: int) -> str:
        address = f"p{number}@example.com"
        try:
            if number % 2:
                friend = NewEntry(email=Email.parse(f"friend{number}@example.com"), referral_code=codes[address])
                entry, _ = enter(shop.contest, friend, audit=AuditContext(reason="?"))
                return address if entry.referred_by_id else ""
            record(shop, email=Email.parse(address))
        except EntryMissing:
            return ""
        else:
            return address
        finally:
            connection.close()

    def undo(_: Any) -> str:
        with patch.object(revert, "ENTRIES_AT_ONCE", 3):
            run_all_jobs()
        connection.close()
        return ""

    with ThreadPoolExecutor(4) as pool:
        undoing = pool.submit(undo, None)
        traced = set(filter(None, pool.map(trace, range(2 * rounds))))
        undoing.result()
    assert Job.objects.latest("id").state == Job.State.DONE
    remaining = {row.values["email"] for row in EntryImportRow.objects.filter(outcome="stayed")}
    assert remaining == traced
    assert (
        set(Entry.objects.filter(email_key__in=codes, email_key__startswith="p").values_list("email", flat=True))
        == traced
    )


def enter_again(shop: Shop) -> tuple[str, bool]:
    entry, was_there = enter(shop.contest, NewEntry(email=Email.parse("p0@example.com")), audit=AuditContext())
    return entry.pk, was_there


def undo_recalculated_awards(entry_import: EntryImport, job: Job) -> None:
    with transaction.atomic():
        revert._undo_rows(entry_import, list(entry_import.rows.filter(outcome="imported")), job)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undo_is_first", [True, False])
def test_a_sign_up_during_the_undo_has_an_entry_afterwards(undo_is_first: bool) -> None:
    shop = make_shop()
    entry_import = imported(shop.contest, people(1))
    imported_id = entry_of(0).pk
    job = Job(contest_id=shop.contest.pk, params={"reason": "The wrong file"})
    calls: list[Callable[[], Any]] = [lambda: undo_recalculated_awards(entry_import, job), lambda: enter_again(shop)]
    first, second = calls if undo_is_first else calls[::-1]

    def in_thread() -> Any:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            outcome = first()
            waiting = pool.submit(in_thread)
            wait_for_blocked()
        entry_id, was_there = waiting.result() if undo_is_first else outcome
    assert was_there is not undo_is_first
    assert (entry_id == imported_id) is not undo_is_first
    assert entry_of(0).pk == entry_id


def test_entries_with_a_sign_up_or_a_change_stay(shop: Shop) -> None:
    entry_import = imported(shop.contest, people(3))
    enter(shop.contest, NewEntry(email=Email.parse("p0@example.com")), audit=AuditContext())
    AuditContext(reason="Mistyped").record(AuditEvent.Action.CHANGED, entry_of(1), contest=shop.contest)
    start_undo(entry_import, audit=AuditContext(reason="The wrong file"))
    run_all_jobs()
    left = set(Entry.objects.filter(contest=shop.contest).values_list("email_key", flat=True))
    assert left == {shop.entry.email_key, "p0@example.com", "p1@example.com"}


def test_daily_stats_follow_the_removal(shop: Shop) -> None:
    entry_import = imported(shop.contest, people(5))
    long_ago = timezone.now() - timedelta(days=2)
    Entry.objects.update(created_at=long_ago)
    EntryImport.objects.update(created_at=long_ago)
    catch_up_all()
    start_undo(entry_import, audit=AuditContext(reason="The wrong file"))
    run_all_jobs()
    assert prove(shop.contest.pk) == []


CHAIN = """\
email,referral code,referred by
a@x.org,code-a,
b@x.org,code-b,code-a
c@x.org,,code-b
d@x.org,,code-e
e@x.org,code-e,
"""
CHAIN_WITH_POINTS = """\
email,referral code,referred by,points
a@x.org,code-a,,-40
b@x.org,,code-a,30
c@x.org,code-c,,
d@x.org,,code-c,5
"""


@pytest.mark.parametrize("rows_at_once", [1, 2, 50])
def test_an_entry_that_referred_only_removed_entries_is_removed(
    shop: Shop, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revert, "ENTRIES_AT_ONCE", rows_at_once)
    assert undone(imported(shop.contest, CHAIN)).counts == {"removed": 5}
    assert list(Entry.objects.filter(contest=shop.contest)) == [shop.entry]
    assert imported(shop.contest, CHAIN).counts == {"imported": 5}, "they can be imported again"


def test_an_entry_that_referred_a_staying_entry_stays(shop: Shop) -> None:
    entry_import = imported(shop.contest, CHAIN)
    record(shop, email=Email.parse("c@x.org"))
    assert undone(entry_import).counts == {"stayed": 3, "removed": 2}
    left = Entry.objects.exclude(pk=shop.entry.pk).order_by("email").values_list("email", "referred_by__email")
    assert list(left) == [("a@x.org", None), ("b@x.org", "a@x.org"), ("c@x.org", "b@x.org")]


def test_entries_that_referred_each_other_stay(shop: Shop) -> None:
    text = "email,referral code,referred by\na@x.org,code-a,code-b\nb@x.org,code-b,code-a\nc@x.org,,code-b\n"
    assert undone(imported(shop.contest, text)).counts == {"stayed": 2, "removed": 1}


def test_points_of_either_sign_and_referrals_are_reversed(shop: Shop) -> None:
    assert undone(imported(shop.contest, CHAIN_WITH_POINTS)).counts == {"points_removed": 3, "removed": 1}
    left = Entry.objects.exclude(pk=shop.entry.pk).order_by("email")
    assert list(left.values_list("email", "points", "line_count", "referred_by")) == [
        ("a@x.org", 0, 2, None),
        ("b@x.org", 0, 2, None),
        ("d@x.org", 0, 2, None),
    ]
    assert list(left[0].ledger.order_by("number").values_list("kind", "points")) == [
        ("adjusted", -40),
        ("adjusted", 40),
    ]


def test_an_entry_with_only_a_phone_is_removed_too(shop: Shop) -> None:
    entry_import = imported(shop.contest, "phone,disqualified\n+49 30 12345,yes\n030 12345,no\n")
    assert undone(entry_import).counts == {"removed": 2}
    assert not Entry.objects.filter(email="").exists()


@pytest.mark.parametrize("end", ["done", "cancelled", "failed", "killed"])
def test_daily_stats_are_right_wherever_the_undo_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(revert, "ENTRIES_AT_ONCE", 2)
    entry_import = imported(shop.contest, people(5))
    long_ago = timezone.now() - timedelta(days=2)
    Entry.objects.update(created_at=long_ago)
    catch_up_all()
    job = start_undo(entry_import, audit=AuditContext(reason="The wrong file"))
    steps: list[int] = []

    def removed(contest_id: str, since: datetime) -> None:
        reset_stats(contest_id, since)
        steps.append(1)
        if end == "cancelled":
            job.cancel()
        elif len(steps) > 1 and end in ENDS:
            raise ENDS[end]

    monkeypatch.setattr(revert, "when_removed", [removed])
    with suppress(KeyboardInterrupt):
        run_all_jobs()
    monkeypatch.undo()
    left = {"done": 0, "cancelled": 3, "failed": 3, "killed": 3}[end]
    assert Entry.objects.filter(contest=shop.contest).count() == 1 + left
    catch_up_all()
    assert prove(shop.contest.pk) == []


ENDS: dict[str, BaseException] = {"failed": ValueError(), "killed": KeyboardInterrupt()}


def test_a_corrected_file_gives_its_points_after_an_undo_however_often(shop: Shop) -> None:
    first = "email,name,points,referral code,referred by\na@x.org,Ada Wrong,30,code-a,\nb@x.org,Bob,7,code-b,code-a\n"
    assert undone(imported(shop.contest, first)).counts == {"points_removed": 2}
    for points in (40, -5, 0, 60):
        text = f"email,name,points,referral code\na@x.org,Ada Right,{points},code-{points}\nc@x.org,Cy,1,\n"
        entry_import = upload(shop.contest, text)
        assert entry_import.counts == {"new": 2}
        start_import(entry_import, audit=AuditContext())
        run_all_jobs()
        entry_import.refresh_from_db()
        entry = Entry.objects.get(email_key="a@x.org")
        assert (entry_import.counts, entry.points, entry.name, entry.referral_code) == (
            {"imported": 2}, points, "Ada Right", f"code-{points}",
        )  # fmt: skip
        assert sorted(NameWord.objects.filter(entry=entry).values_list("word", flat=True)) == ["ada", "right"]
        assert undone(entry_import).counts == {"points_removed": 2}
        entry.refresh_from_db()
        assert (entry.points, Entry.objects.get(email_key="c@x.org").points) == (0, 0)
    assert faults() == []


def sign_up(shop: Shop) -> None:
    enter(shop.contest, NewEntry(email=Email.parse("p0@example.com")), audit=AuditContext())


def change(shop: Shop) -> None:
    AuditContext(reason="Mistyped").record(AuditEvent.Action.CHANGED, entry_of(0), contest=shop.contest)


@pytest.mark.parametrize("leave_a_trace", [buy, adjust, refer, sign_up, change])
@pytest.mark.parametrize("is_checked_before", [True, False])
def test_an_entry_with_activity_since_the_undo_is_not_reused(
    shop: Shop, leave_a_trace: Callable[[Shop], None], is_checked_before: bool
) -> None:
    undone(imported(shop.contest, people(2, "email,points", ",30")))
    entry_import = upload(shop.contest, people(2, "email,points", ",40")) if is_checked_before else None
    leave_a_trace(shop)
    before = entry_of(0).points
    entry_import = entry_import or upload(shop.contest, people(2, "email,points", ",40"))
    start_import(entry_import, audit=AuditContext())
    run_all_jobs()
    entry_import.refresh_from_db()
    assert entry_import.counts == {"known": 1, "imported": 1}
    assert (entry_of(0).points, entry_of(1).points) == (before, 40)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"name": "Other"}),
        ("PUT", "", {"phone": "+1 555 000 9999"}),
        ("PUT", "", {"emailConfirmed": False}),
        ("POST", "/disqualify", {}),
        ("POST", "/points", {"points": 5, "reason": "?"}),
    ],
)
def test_changing_a_removed_entry_is_404(method: str, path: str, body: dict[str, Any]) -> None:
    shop = make_shop()

    def call() -> Any:
        try:
            return Client(headers={"X-API-Key": shop.private_key}).generic(
                method, f"/api/v1/entries/{shop.entry.pk}{path}", json.dumps(body), "application/json"
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entry.objects.select_for_update().get(pk=shop.entry.pk)
            answer = pool.submit(call)
            wait_for_blocked()
            Entry.objects.filter(pk=shop.entry.pk).delete()
        response = answer.result()
    assert (response.status_code, response.json()["code"]) == (404, "entry_not_found")


def test_no_order_is_moved_or_attached_to_a_removed_entry(shop: Shop) -> None:
    removed = create_entry(shop.contest, "removed@example.com")
    Entry.objects.filter(pk=removed.pk).delete()
    purchase = Purchase.objects.get(pk=record(shop).purchase_id)
    held = hold(shop)
    with pytest.raises(EntryGone):
        move_purchase(purchase, removed, audit=AuditContext(reason="?"))
    with pytest.raises(EntryGone):
        attach_purchase(held, removed, audit=AuditContext(reason="?"))
    with pytest.raises(EntryGone):
        adjust_points(removed, 5, adjustment_id="a", audit=AuditContext(reason="?"))
    purchase.refresh_from_db()
    assert purchase.entry == shop.entry
