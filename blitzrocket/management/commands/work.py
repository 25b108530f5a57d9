"""The background process: works jobs off until it is stopped. Several may run, here and on other machines."""

import logging
import os
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import Error, InterfaceError, OperationalError, connection

from blitzrocket.work import HANDLERS
from contests.services.file_imports import forget_old_imports
from contests.services.jobs import forget_old_jobs, work_off_one
from purchases.reports import catch_up_all

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5
WAIT_FOR_DATABASE = 2.0
CHORES_EVERY = 300.0


class Command(BaseCommand):
    help = "Try rules, recalculate and import in the background, until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, stop)
        logger.info("background process started", extra={"pid": os.getpid()})
        with suppress(KeyboardInterrupt):
            work_for_ever()


def work_for_ever() -> NoReturn:
    chores_at = 0.0
    while True:
        try:
            if time.monotonic() >= chores_at:
                do_chores()
                chores_at = time.monotonic() + CHORES_EVERY
            if not work_off_one(HANDLERS):
                time.sleep(LOOK_EVERY)
        except Error as error:
            logger.warning("the database is away", extra={"error": str(error)})
            connection.close()
            time.sleep(WAIT_FOR_DATABASE)


def do_chores() -> None:
    """What nobody asks for and has to be done."""
    for chore in (forget_old_jobs, catch_up_all, forget_old_imports):
        try:
            chore()
        except (OperationalError, InterfaceError):
            raise  # the database is away
        except Exception:
            logger.exception("chore failed", extra={"chore": chore.__name__})


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
