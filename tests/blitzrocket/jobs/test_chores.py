"""Chores: each done when it is due, once between all processes, whatever becomes of the others."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import NoReturn

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from blitzrocket.jobs.chores import THREADS, RegisteredChore, do_due_chores
from blitzrocket.jobs.management.commands import run_jobs
from blitzrocket.jobs.models import Chore
from contests.models import Contest
from tests.support import make_shop, wait_for

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def divide_by_zero() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def raise_it(error: Exception) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


@pytest.mark.parametrize(
    "fails",
    [
        divide_by_zero,
        raise_it(DataError("out of range")),
        raise_it(IntegrityError("duplicate key")),
        raise_it(OperationalError("could not extend file: no space left on device")),
        raise_it(OperationalError("canceling statement due to lock timeout")),
        raise_it(InterfaceError("cursor already closed")),
        raise_it(Contest.DoesNotExist()),
        raise_it(KeyError("points")),
        raise_it(ImproperlyConfigured("no such setting")),
        raise_it(MemoryError()),
    ],
    ids=lambda run: run.__name__,
)
def test_a_failing_chore_stops_no_other(db: None, fails: Callable[[], None]) -> None:
    done: list[str] = []
    chores = [
        RegisteredChore("before", lambda: done.append("before"), MINUTE),
        RegisteredChore("fails", fails, MINUTE),
        RegisteredChore("after", lambda: done.append("after"), MINUTE),
    ]
    assert do_due_chores(chores) == done == ["before", "after"]


def test_each_chore_runs_at_its_interval(db: None) -> None:
    done: list[str] = []
    chores = [RegisteredChore(name, partial(done.append, name), every) for name, every in INTERVALS.items()]
    do_due_chores(chores)
    do_due_chores(chores)
    assert done == list(INTERVALS)
    done.clear()
    Chore.objects.filter(name="minutely").update(due_at=timezone.now())
    do_due_chores(chores)
    assert done == ["minutely"]
    due = dict(Chore.objects.values_list("name", "due_at"))
    assert due["hourly"] - due["daily"] < -timedelta(hours=22)


INTERVALS = {"minutely": MINUTE, "hourly": timedelta(hours=1), "daily": timedelta(days=1)}


def test_a_failed_chore_is_retried_when_it_is_next_due(db: None) -> None:
    tries: list[int] = []

    def fails_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError

    chores = [RegisteredChore("fails once", fails_once, MINUTE)]
    assert do_due_chores(chores) == []
    assert do_due_chores(chores) == []
    Chore.objects.update(due_at=timezone.now())
    assert do_due_chores(chores) == ["fails once"]


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_runs_a_chore() -> None:
    done: list[str] = []
    chores = [RegisteredChore(str(number), partial(done.append, str(number)), MINUTE) for number in range(20)]

    def look(_: int) -> None:
        do_due_chores(chores)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(8)))
    assert sorted(done, key=int) == [chore.name for chore in chores]


def test_the_registered_chores_do_not_fail(db: None, caplog: pytest.LogCaptureFixture) -> None:
    make_shop()
    chores = THREADS["totals"] + THREADS["chores"]
    assert do_due_chores(chores) == [chore.name for chore in chores]
    assert "chore failed" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_totals_are_counted_while_a_job_and_another_chore_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, may_end = Event(), Event()

    def count() -> None:
        if Chore.objects.filter(name="long").exists():
            counted.set()

    threads = {
        "chores": [RegisteredChore("long", lambda: may_end.wait(30), MINUTE)],
        "totals": [RegisteredChore("totals", count, SECOND)],
    }
    monkeypatch.setattr(run_jobs, "THREADS", threads)
    monkeypatch.setattr(run_jobs, "CHORE_POLL_SECONDS", 0.1)
    monkeypatch.setattr(run_jobs, "run_next_job", lambda: stand_still(may_end))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # only the main thread may
    process = Thread(target=in_thread, args=[run_jobs.Command().handle])
    process.start()
    try:
        wait_for(counted.is_set, "the totals, after the other chore has begun", 10)
    finally:
        may_end.set()
        process.join(20)
    assert not process.is_alive()


def stand_still(until: Event) -> NoReturn:
    until.wait(30)
    raise KeyboardInterrupt


def in_thread(run: Callable[[], object]) -> None:
    try:
        run()
    finally:
        connection.close()
