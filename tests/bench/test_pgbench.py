"""Reading pgbench's output."""

import pytest

from bench.pgbench import Run, read_output
from bench.report import BenchError

OUTPUT = """\
transaction type: /tmp/x.sql
number of clients: 16
number of transactions actually processed: 14231
number of failed transactions: 0 (0.000%)
latency average = 4.420 ms
initial connection time = 61.001 ms
tps = 3620.086993 (without initial connection time)
"""


def test_figures_of_a_run() -> None:
    assert read_output(OUTPUT) == Run(rate=3620.086993, transactions=14231, latency=0.00442)


@pytest.mark.parametrize("line", [3, 6])
def test_a_missing_figure_is_an_error(line: int) -> None:
    lines = OUTPUT.splitlines()
    with pytest.raises(BenchError):
        read_output("\n".join([*lines[:line], *lines[line + 1 :]]))


def test_failed_transactions_are_an_error() -> None:
    with pytest.raises(BenchError, match="failed transactions"):
        read_output(OUTPUT.replace("failed transactions: 0 ", "failed transactions: 2 "))
