"""Loops: background work that every background process does all the time, each in a thread of its own.

For what is to happen within a second. A chore is done by one process at a time, and every few seconds at most. An app
registers each with `loop` beside the function that does it, and imports it in ``ready()``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error

logger = logging.getLogger(__name__)

Run = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class RegisteredLoop:
    """A registered loop: its function, and the seconds that it waits where there was nothing to do."""

    name: str
    run: Run
    every: float


LOOPS: list[RegisteredLoop] = []


def loop(every: float) -> Callable[[Run], Run]:
    """Register a function as a loop; it says whether there was something to do, and is then called again at once."""

    def register(run: Run) -> Run:
        LOOPS.append(RegisteredLoop(run.__name__, run, every))
        return run

    return register


def run_once(registered: RegisteredLoop) -> bool:
    """Run it and return whether to run it again at once. A failure of its own stops nothing else.

    Raises:
        django.db.Error: the database cannot be reached.
    """
    try:
        return registered.run()
    except Error:
        raise
    except Exception:
        logger.exception("loop failed", extra={"loop": registered.name})
        return False
