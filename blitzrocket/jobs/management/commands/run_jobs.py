"""The background process: runs jobs and chores until stopped. Several may run, also on other machines."""

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import Error, connection

from blitzrocket.jobs.chores import THREADS, RegisteredChore, do_due_chores
from blitzrocket.jobs.loops import LOOPS, RegisteredLoop, run_once
from blitzrocket.jobs.queue import run_next_job

logger = logging.getLogger(__name__)

JOB_POLL_SECONDS = 0.5
CHORE_POLL_SECONDS = 5.0
DATABASE_WAIT_SECONDS = 2.0
STOP_SECONDS = 10.0


class Command(BaseCommand):
    help = "Do jobs (backtests, recalculations, imports) and chores and send webhooks, until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, stop)
        logger.info("background process started", extra={"pid": os.getpid()})
        stopping = Event()
        # Chores have threads of their own, because a recalculation may take an hour. Daemon threads: an unfinished
        # chore's transaction is rolled back.
        threads = [
            Thread(target=do_chores_until, args=[stopping, chores], name=name, daemon=True)
            for name, chores in THREADS.items()
        ]
        threads += [Thread(target=loop_until, args=[stopping, each], name=each.name, daemon=True) for each in LOOPS]
        for thread in threads:
            thread.start()
        with suppress(KeyboardInterrupt):
            run_jobs_forever()
        stopping.set()
        for thread in threads:
            thread.join(STOP_SECONDS)


def run_jobs_forever() -> NoReturn:
    while True:
        if not _run_or_wait(run_next_job):
            time.sleep(JOB_POLL_SECONDS)


def do_chores_until(stopping: Event, chores: Sequence[RegisteredChore]) -> None:
    try:
        while not stopping.is_set():
            _run_or_wait(lambda: do_due_chores(chores))
            stopping.wait(CHORE_POLL_SECONDS)
    finally:
        connection.close()  # a thread's own, which would stay taken from the pool


def loop_until(stopping: Event, loop: RegisteredLoop) -> None:
    try:
        while not stopping.is_set():
            if not _run_or_wait(lambda: run_once(loop)):
                stopping.wait(loop.every)
    finally:
        connection.close()  # as above


def _run_or_wait(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except Error as error:
        logger.warning("the database is away", extra={"error": str(error)})
        connection.close()
        time.sleep(DATABASE_WAIT_SECONDS)


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
