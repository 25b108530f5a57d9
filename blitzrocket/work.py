"""Who does what in the background: the handler of each kind of job."""

from collections.abc import Mapping

from contests.services.jobs import Handler, work_off_one

HANDLERS: Mapping[str, Handler] = {}


def work_off_all() -> int:
    """Do all that waits; the number of jobs."""
    count = 0
    while work_off_one(HANDLERS):
        count += 1
    return count
