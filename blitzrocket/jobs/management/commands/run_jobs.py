"""The background process: jobs and chores until it is stopped. Several may run, here and on other machines."""

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

from blitzrocket.jobs.chores import THREADS, Task, do_due_chores
from blitzrocket.jobs.queue import run_next_job

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5
LOOK_FOR_CHORES_EVERY = 5.0
WAIT_FOR_DATABASE = 2.0
STOP_SECONDS = 10.0


class Command(BaseCommand):
    help = "Do jobs (backtests, recalculations, imports) and chores in the background, until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, stop)
        logger.info("background process started", extra={"pid": os.getpid()})
        stopping = Event()
        # Threads of their own, because a recalculation may take an hour. What they leave unfinished is rolled back.
        threads = [
            Thread(target=do_chores_until, args=[stopping, chores], name=name, daemon=True)
            for name, chores in THREADS.items()
        ]
        for thread in threads:
            thread.start()
        with suppress(KeyboardInterrupt):
            work_for_ever()
        stopping.set()
        for thread in threads:
            thread.join(STOP_SECONDS)


def work_for_ever() -> NoReturn:
    while True:
        if not _or_wait_for_database(run_next_job):
            time.sleep(LOOK_EVERY)


def do_chores_until(stopping: Event, chores: Sequence[Task]) -> None:
    while not stopping.is_set():
        _or_wait_for_database(lambda: do_due_chores(chores))
        stopping.wait(LOOK_FOR_CHORES_EVERY)


def _or_wait_for_database(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except Error as error:
        logger.warning("the database is away", extra={"error": str(error)})
        connection.close()
        time.sleep(WAIT_FOR_DATABASE)


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
