"""The kinds of jobs. An app registers each beside the function that does it, and imports that in ``ready()``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blitzrocket.jobs.models import Job

Handler = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job: its label, what does it, and whether a contest has one such at a time."""

    name: str
    label: str
    run: Handler
    is_exclusive: bool


KINDS: dict[str, Kind] = {}


def handler(name: str, label: str, *, is_exclusive: bool = True) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind.

    A job that writes to its contest is exclusive: another exclusive one cannot be started until it is over.
    """

    def register(run: Handler) -> Handler:
        KINDS[name] = Kind(name, label, run, is_exclusive)
        return run

    return register
