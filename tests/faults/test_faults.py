"""The options of `make faults`, and its short form, which starts services and takes its time."""

import pytest

from faults.__main__ import read_options, try_all
from faults.harms import HARMS
from faults.races import RACES
from faults.table import problems_of


@pytest.mark.long
@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_harmed_service_loses_nothing(server: str) -> None:
    outcomes = list(try_all(read_options(["--short", "--server", server])))
    assert len(outcomes) >= len(RACES) + 5
    assert not any(outcome.problems for outcome in outcomes), problems_of(outcomes)


def test_options() -> None:
    options = read_options(["--only", "disk,worker", "--server", "granian"])
    assert (options.servers, options.names, options.is_short) == (["granian"], ["worker", "disk"], False)
    assert read_options([]).names == [*HARMS, *RACES]
