"""Who does what in the background: the handler of each kind of job."""

from collections.abc import Mapping

from contests.models import Job
from contests.services.jobs import Handler, work_off_one
from purchases.services.recalculation import recalculate, take_back
from purchases.services.trial import try_rules

HANDLERS: Mapping[str, Handler] = {
    Job.Kind.TRY_RULES: try_rules,
    Job.Kind.RECALCULATE: recalculate,
    Job.Kind.UNDO_RECALCULATION: take_back,
}


def work_off_all() -> int:
    """Do all that waits; the number of jobs."""
    count = 0
    while work_off_one(HANDLERS):
        count += 1
    return count
