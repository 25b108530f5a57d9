"""The kinds of jobs. An app registers each beside its handler, and imports that module in ``ready()``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blitzrocket.jobs.models import Job

Handler = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: label, handler, and whether a contest has only one exclusive job at a time."""

    name: str
    label: str
    run: Handler
    is_exclusive: bool


KINDS: dict[str, Kind] = {}


def handler(name: str, label: str, *, is_exclusive: bool = True) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a kind of job.

    A job that writes to its contest is exclusive: another exclusive one cannot be started until it is over.
    """

    def register(run: Handler) -> Handler:
        KINDS[name] = Kind(name, label, run, is_exclusive)
        return run

    return register
