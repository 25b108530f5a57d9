"""Which file a process is given next."""

from pathlib import Path

import pytest

from tests.programs import ROOT
from tests.workers import LONGEST, WAITING, next_file

WAITS, OTHER_WAITS = WAITING[:2]


@pytest.mark.parametrize(
    ("names", "may_wait", "name"),
    [
        (["a", WAITS, "b", OTHER_WAITS], True, WAITS),
        (["a", WAITS, "b", OTHER_WAITS], False, "a"),
        ([WAITS, OTHER_WAITS, "b"], False, "b"),
        (["a", "b"], True, "a"),
        ([OTHER_WAITS, WAITS], False, OTHER_WAITS),
    ],
)
def test_the_first_file_that_may_wait(names: list[str], *, may_wait: bool, name: str) -> None:
    assert next_file(names, may_wait=may_wait) == name


@pytest.mark.parametrize("name", LONGEST)
def test_what_starts_first_is_there(name: str) -> None:
    """So a file that is renamed keeps its turn."""
    assert Path(ROOT / name).exists()
