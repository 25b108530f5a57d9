"""Chores: recurring background work, run by one of the background processes when it is due.

An app registers each with `chore` beside the function that does it, and imports it in ``ready()``.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from blitzrocket.jobs.models import Chore

logger = logging.getLogger(__name__)

Run = TypeVar("Run", bound=Callable[[], object])


@dataclass(frozen=True, slots=True)
class RegisteredChore:
    """A registered chore: its function and its interval."""

    name: str
    run: Callable[[], object]
    every: timedelta


# By thread: chores of one thread wait for each other, and one of them may take an hour after a long downtime.
THREADS: dict[str, list[RegisteredChore]] = {"chores": []}


def chore(every: timedelta, *, thread: str = "chores") -> Callable[[Run], Run]:
    """Register a function as a chore of this thread, under its own name."""

    def register(run: Run) -> Run:
        THREADS.setdefault(thread, []).append(RegisteredChore(run.__name__, run, every))
        return run

    return register


def do_due_chores(chores: Sequence[RegisteredChore]) -> list[str]:
    """Run the chores that are due and return their names. A failure stops no other chore; the next run is the retry.

    Raises:
        django.db.Error: the database cannot be reached.
    """
    now = timezone.now()
    not_due = Chore.objects.not_due([chore.name for chore in chores], now)
    due = (chore for chore in chores if chore.name not in not_due)
    return [chore.name for chore in due if Chore.objects.claim(chore.name, now, chore.every) and _do(chore)]


def _do(chore: RegisteredChore) -> bool:
    try:
        chore.run()
    except (OperationalError, InterfaceError) as error:
        # The database went away or ended the transaction: nothing of ours to trace.
        logger.warning("chore interrupted", extra={"chore": chore.name, "error": " ".join(str(error).split())})
    except Exception:
        logger.exception("chore failed", extra={"chore": chore.name})
    else:
        return True
    if connection.connection is not None and not connection.is_usable():
        connection.close()  # the next chore opens a new one
    return False
