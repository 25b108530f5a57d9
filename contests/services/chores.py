"""Chores: what nobody asks for and has to be done now and then, by one of the background processes."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from contests.models import Chore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What a chore does, and how often."""

    name: str
    run: Callable[[], object]
    every: timedelta


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
