"""Harms of `make faults` that need no long wait, in each run; its whole short form in the long profile."""

import pytest

from faults.__main__ import Options, read_options, try_server
from faults.harms import HARMS
from faults.races import RACES
from faults.table import table_of

QUICK = ["connections", "read-only", "disk"]


def test_a_harmed_service_loses_nothing() -> None:
    check(Options(servers=["gunicorn"], names=QUICK, is_short=True))


@pytest.mark.long
@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_the_short_form(server: str) -> None:
    check(read_options(["--short", "--server", server]))


def check(options: Options) -> None:
    outcomes = [outcome for server in options.servers for outcome in try_server(server, options, float("inf"))]
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    assert not problems, table_of(outcomes)


def test_options() -> None:
    options = read_options(["--only", "disk,worker", "--server", "granian"])
    assert (options.servers, options.names, options.is_short) == (["granian"], ["worker", "disk"], False)
    assert read_options([]).names == [*HARMS, *RACES]
