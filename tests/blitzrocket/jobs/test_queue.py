"""Work in the background: each job by one process, to its end, also when processes are killed."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from blitzrocket.jobs.chores import THREADS
from blitzrocket.jobs.management.commands import run_jobs
from blitzrocket.jobs.models import Chore, Job, JobStopped
from blitzrocket.jobs.models.jobs import MOST_ATTEMPTS
from blitzrocket.jobs.queue import ContestBusy, run_next_job, start_job
from blitzrocket.jobs.registry import KINDS
from contests.models import Contest
from purchases.services.backtest import DAYS_KEPT, delete_old_backtests
from tests.programs import Programs
from tests.support import Shop, make_shop, test_database_url, wait_for

State = Job.State


def handled_by(handler: Callable[[Job], None]) -> Any:
    """For its time, every kind of job is done by this."""
    return patch.dict(KINDS, {name: replace(kind, run=handler) for name, kind in KINDS.items()})


def work_with(handler: Callable[[Job], None]) -> bool:
    with handled_by(handler):
        return run_next_job()


def make_job(contest: Contest, **columns: Any) -> Job:
    job = start_job("backtest", contest, by=None, days=30)
    Job.objects.filter(pk=job.pk).update(**columns)
    job.refresh_from_db()
    return job


def test_a_job_reports_its_progress(shop: Shop) -> None:
    job = make_job(shop.contest)
    progress = []

    def handler(job: Job) -> None:
        job.proceed(0, total=40)
        job.proceed(10)
        progress.append((Job.objects.get().percent, job.params))
        job.finish({"points": 7})

    assert work_with(handler)
    job.refresh_from_db()
    assert progress == [(25, {"days": 30})]
    assert (job.state, job.result, job.is_open) == (State.DONE, {"points": 7}, False)
    assert not work_with(handler)


def test_a_cancelled_job_writes_nothing_more(shop: Shop) -> None:
    job = make_job(shop.contest)

    def handler(job: Job) -> None:
        assert Job.objects.get().cancel()
        with pytest.raises(JobStopped):
            job.finish({"points": 7})
        job.proceed(1)

    assert work_with(handler)
    job.refresh_from_db()
    assert (job.state, job.result) == (State.CANCELLED, {})
    assert not job.cancel()


def test_a_failure_is_shown_without_its_details(shop: Shop) -> None:
    job = make_job(shop.contest)

    def handler(job: Job) -> None:
        raise ValueError("a secret of ours")

    assert work_with(handler)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "secret" not in job.problem
    assert "Something went wrong" in job.problem


def test_a_job_outlives_the_database_and_its_process(shop: Shop) -> None:
    job = make_job(shop.contest)

    def fail(job: Job) -> None:
        raise OperationalError("server closed the connection")

    with pytest.raises(OperationalError):
        work_with(fail)
    assert not work_with(Job.finish), "its lease is not over"
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work_with(Job.finish)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 2)


def test_a_deadlock_is_retried_at_once(shop: Shop) -> None:
    make_job(shop.contest)

    def deadlock(job: Job) -> None:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    assert work_with(deadlock)
    assert work_with(Job.finish)


def test_a_job_that_makes_progress_may_be_interrupted_often(shop: Shop) -> None:
    make_job(shop.contest, attempts=MOST_ATTEMPTS - 1)
    claimed = Job.objects.claim_next()
    assert claimed is not None
    claimed.proceed(1)
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work_with(Job.finish)
    assert Job.objects.get().state == State.DONE


def test_a_process_that_lost_its_lease_stops(shop: Shop) -> None:
    make_job(shop.contest)
    slow = Job.objects.claim_next()
    assert slow is not None
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    other = Job.objects.claim_next()
    assert other is not None
    with pytest.raises(JobStopped):
        slow.proceed(1)
    other.proceed(1)


def test_a_process_that_ends_releases_its_job(shop: Shop) -> None:
    make_job(shop.contest)

    def ends(job: Job) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_with(ends)
    assert work_with(Job.finish)
    assert Job.objects.get().attempts == 1


def test_a_job_that_kills_its_process_is_given_up(shop: Shop) -> None:
    make_job(shop.contest, attempts=MOST_ATTEMPTS)
    assert work_with(Job.finish)
    assert Job.objects.get().state == State.FAILED


def test_a_contest_has_one_writing_job_at_a_time(shop: Shop) -> None:
    start_job("recalculate", shop.contest, by=None)
    with pytest.raises(ContestBusy):
        start_job("import_entries", shop.contest, by=None)
    start_job("backtest", shop.contest, by=None)
    start_job("import_entries", make_shop().contest, by=None)
    Job.objects.get(kind="recalculate").cancel()
    start_job("import_entries", shop.contest, by=None)


@pytest.mark.django_db(transaction=True)
def test_every_job_is_done_once_by_many_processes() -> None:
    contest = make_shop().contest
    jobs = [make_job(contest).pk for _ in range(20)]
    done: list[str] = []

    def handler(job: Job) -> None:
        done.append(job.pk)
        job.finish()

    def work(_: int) -> None:
        while run_next_job():
            pass
        connection.close()

    with handled_by(handler), ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(done) == jobs


@pytest.mark.django_db(transaction=True)
def test_the_command_works_until_it_is_asked_to_end(programs: Programs, tmp_path: Path) -> None:
    job = make_job(make_shop().contest, attempts=MOST_ATTEMPTS)
    names = {task.name for tasks in THREADS.values() for task in tasks}
    environment = {"DATABASE_URL": test_database_url(), "SECRET_KEY": "only-for-tests", "ALLOWED_HOSTS": "localhost"}
    process = programs.start(["manage.py", "run_jobs"], environment, tmp_path / "log")
    try:
        wait_for(lambda: Job.objects.get(pk=job.pk).state == State.FAILED, "the job to be taken up")
        wait_for(lambda: set(Chore.objects.values_list("name", flat=True)) == names, "all chores to be done")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()


def test_old_backtests_are_deleted(shop: Shop) -> None:
    old = timezone.now() - timedelta(days=DAYS_KEPT, hours=1)
    make_job(shop.contest, state=State.DONE, created_at=old)
    finished_job = make_job(shop.contest, state=State.DONE)
    start_job("recalculate", shop.contest, by=None)
    Job.objects.filter(kind="recalculate").update(created_at=old)
    assert delete_old_backtests() == 1
    assert Job.objects.filter(pk=finished_job.pk).exists()
    assert Job.objects.count() == 2


def test_a_broken_connection_does_not_end_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([InterfaceError("connection already closed"), KeyboardInterrupt()])

    def breaks() -> bool:
        raise next(answers)

    monkeypatch.setattr(run_jobs, "run_next_job", breaks)
    monkeypatch.setattr(run_jobs, "DATABASE_WAIT_SECONDS", 0)
    monkeypatch.setattr(run_jobs, "connection", SimpleNamespace(close=lambda: None))
    with pytest.raises(KeyboardInterrupt):
        run_jobs.run_jobs_forever()
