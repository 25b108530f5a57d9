"""The table, the goals and the picture of a run."""

from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from bench.figures import Measured, Round
from bench.goals import GOALS, Goal, goals_table
from bench.plot import plot
from bench.results import text_of
from bench.scenarios import SCENARIOS, Scenario

NEW, HELD = SCENARIOS["new"], SCENARIOS["held"]


@dataclass
class Fake:
    """A contender that was measured elsewhere."""

    name: str
    title: str

    def prepare(self) -> None:
        raise NotImplementedError

    def takes(self, scenario: Scenario) -> bool:
        return scenario.has_limit or self.name == "ours"

    def measure(self, scenario: Scenario, seconds: float) -> Measured:
        raise NotImplementedError


CONTENDERS = [Fake("limit", "L"), Fake("ours", "BlitzRocket <on> gunicorn")]
ROUNDS: list[Round] = [
    {
        ("new", "limit"): Measured(rate=8000, p50=0.002, database_cpu=0.0002),
        ("new", "ours"): Measured(rate=rate, p50=0.01, p99=0.02, client_cpu=2e-5, server_cpu=4e-4, database_cpu=3e-4),
        ("held", "ours"): Measured(rate=rate / 2, p50=0.01, p99=0.02),
    }
    for rate in (1600, 2000, 1200)
]


def test_a_line_has_rate_ratio_spread_latencies_and_cpu() -> None:
    text = text_of(ROUNDS, CONTENDERS, [NEW, HELD], {"Machine": "small"}, seconds=4)
    assert "- Machine: small" in text
    assert "Medians of 3 interleaved rounds, 4 seconds" in text
    lines = text.splitlines()
    assert "| L | 8,000 | 1.000 | 1.000–1.000 | 2.0 | – | 0 + 0 + 200 = 200 | 1.000 |" in lines
    ours = "| BlitzRocket <on> gunicorn | 1,600 | 0.200 | 0.150–0.250 | 10.0 | 20.0 | 20 + 400 + 300 = 720 | 0.278 |"
    assert ours in lines


def test_goals_are_reached_by_the_median() -> None:
    lines = goals_table(ROUNDS).splitlines()
    assert "| New, of L | ≥ 0.2 | 0.200 | 0.150–0.250 | reached |" in lines
    assert "| Held, of new | ≥ 0.8 | 0.500 | 0.500–0.500 | not reached |" in lines
    assert len(lines) == 2 + 2  # of the other goals, these rounds tell nothing


def test_rounds_without_a_goal_have_no_goals() -> None:
    assert goals_table([{("new", "limit"): Measured(rate=1, p50=1)}]) == ""


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.title)
def test_a_goal_has_one_bound_and_a_scenario(goal: Goal) -> None:
    assert (goal.least is None) != (goal.most is None)
    assert {goal.cell[0], goal.to[0]} <= SCENARIOS.keys()


def test_the_picture_has_a_bar_for_each_contender() -> None:
    picture = ElementTree.fromstring(plot(ROUNDS, CONTENDERS, [NEW, HELD], "3 rounds"))  # noqa: S314  (our own)
    space = {"svg": "http://www.w3.org/2000/svg"}
    texts = [element.text for element in picture.findall("svg:text", space)]
    assert texts.count("BlitzRocket <on> gunicorn") == 2
    widths = [float(element.attrib["width"]) for element in picture.findall("svg:rect", space)[1:]]
    assert widths[0] / widths[1] == pytest.approx(8000 / 1600, rel=0.01)
