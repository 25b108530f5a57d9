"""The options of a run."""

import pytest

from bench.options import QUICK, read_options
from bench.scenarios import SCENARIOS


def test_a_quick_run_has_fewer_contenders_and_all_scenarios() -> None:
    quick, full = read_options(["--quick"]), read_options([])
    assert quick.contenders == list(QUICK)
    assert set(quick.contenders) < set(full.contenders)
    assert quick.scenarios == full.scenarios == list(SCENARIOS)
    assert quick.most_seconds <= 3 * 60
    assert full.most_seconds <= 15 * 60


def test_chosen_names_come_in_their_own_order() -> None:
    options = read_options(["--only", "fastapi-asyncpg,ours", "--scenario", "held,new", "--rounds", "2"])
    assert (options.contenders, options.scenarios, options.rounds) == (["ours", "fastapi-asyncpg"], ["new", "held"], 2)


@pytest.mark.parametrize(
    "arguments", [["--only", "nobody"], ["--scenario", "new,old"], ["--rounds", "0"], ["--seconds", "1.5"]]
)
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(arguments)
    assert arguments[0] in capsys.readouterr().err
