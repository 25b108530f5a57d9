"""Medians of ratios within a round, and their spread."""

import pytest

from bench.figures import Measured, Round, Spread, middle, rates, ratio

L, OURS = ("new", "limit"), ("new", "ours")


def measured(rate: float, p99: float | None = None) -> Measured:
    return Measured(rate=rate, p50=0.001, p99=p99)


ROUNDS: list[Round] = [
    {L: measured(1000), OURS: measured(100, p99=0.030)},
    {L: measured(100), OURS: measured(50, p99=0.010)},
    {L: measured(2000), OURS: measured(400, p99=0.020)},
]


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # Neither the ratio of the medians (100 / 1000) nor that of the sums.
    assert ratio(ROUNDS, OURS, L) == Spread(0.2, 0.1, 0.5)


def test_a_ratio_needs_both_in_one_round() -> None:
    assert ratio([{L: measured(1000)}, {OURS: measured(100)}], OURS, L) is None


def test_a_rate_has_its_median_and_spread() -> None:
    assert rates(ROUNDS, OURS) == Spread(100, 50, 400)
    assert rates(ROUNDS, ("held", "ours")) is None


@pytest.mark.parametrize(("cell", "expected"), [(OURS, 0.020), (L, None), (("held", "ours"), None)])
def test_the_median_leaves_out_missing_figures(cell: tuple[str, str], expected: float | None) -> None:
    assert middle(ROUNDS, cell, "p99") == expected
