"""The options of `make faults`. CI runs its short form, which starts services and takes its time."""

from faults.__main__ import read_options
from faults.harms import HARMS
from faults.races import RACES


def test_options() -> None:
    options = read_options(["--only", "disk,worker", "--server", "granian"])
    assert (options.servers, options.names, options.is_short) == (["granian"], ["worker", "disk"], False)
    assert read_options([]).names == [*HARMS, *RACES]
