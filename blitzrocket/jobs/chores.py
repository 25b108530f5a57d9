"""Chores: regular background work, done by one of the background processes when it is due.

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
class Task:
    """What a chore does, and how often."""

    name: str
    run: Callable[[], object]
    every: timedelta


# By thread: a chore waits for the others of its thread, and one of them may take an hour after a long downtime.
THREADS: dict[str, list[Task]] = {"chores": []}


def chore(every: timedelta, *, thread: str = "chores") -> Callable[[Run], Run]:
    """Register a function as a chore of this thread, under its own name."""

    def register(run: Run) -> Run:
        THREADS.setdefault(thread, []).append(Task(run.__name__, run, every))
        return run

    return register


def do_due_chores(tasks: Sequence[Task]) -> list[str]:
    """Do the chores that are due; their names. One that fails stops no other, and is tried again when it is next due.

    Raises:
        Error: the database is away.
    """
    now = timezone.now()
    waiting = Chore.objects.not_due([task.name for task in tasks], now)
    due = (task for task in tasks if task.name not in waiting)
    return [task.name for task in due if Chore.objects.claim(task.name, now, task.every) and _do(task)]


def _do(task: Task) -> bool:
    try:
        task.run()
    except (OperationalError, InterfaceError) as error:
        # The database went away or ended the transaction: nothing of ours to trace.
        logger.warning("chore interrupted", extra={"chore": task.name, "error": " ".join(str(error).split())})
    except Exception:
        logger.exception("chore failed", extra={"chore": task.name})
    else:
        return True
    if connection.connection is not None and not connection.is_usable():
        connection.close()  # the next chore takes another
    return False
