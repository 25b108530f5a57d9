"""What `make check` does and says: each step is run, also after one that failed, and the summary has them all."""

import re
from pathlib import Path

import pytest

from tests.check import ROOT, STEPS, Outcome, Step, line_of, run, summary

MAKEFILE = """
good:
\t@echo "asked with '$(ARGS)' and '$(PROFILE)'"
\t@echo "===== 12 passed, 3 skipped in 4.21s ====="
bad:
\t@echo "===== 1 failed, 11 passed in 4.21s ====="
\t@false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    return tmp_path


def test_every_step_is_a_target_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {step.target for step in STEPS} <= {name for names in targets for name in names.split()}


def test_a_step_gets_its_arguments_and_shows_what_it_prints(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = run(Step("tests", "good"), "--short", {"PROFILE": "long"}, folder)
    assert (outcome.name, outcome.result, outcome.counts) == ("tests", "passed", "12 passed, 3 skipped")
    assert "asked with '--short' and 'long'" in capfd.readouterr().out


def test_a_step_without_arguments_does_not_get_those_of_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(Step("tests", "good"), "", {"MAKEFLAGS": " -- ARGS=--short"}, folder)
    assert "asked with '' and" in capfd.readouterr().out


@pytest.mark.parametrize("target", ["bad", "absent"])
def test_a_step_that_ends_with_an_error_has_failed(target: str, folder: Path) -> None:
    assert run(Step("tests", target), "", {}, folder).result == "failed"


def test_the_summary_has_every_step_and_counts_what_failed() -> None:
    outcomes = [
        Outcome("code", "passed", 30.4),
        Outcome("tests", "failed", 1_234.4, "1 failed, 11 passed"),
        Outcome("clients", "left out"),
    ]
    assert [line_of(outcome) for outcome in outcomes] == [
        "code               passed        30 s",
        "tests              failed     1,234 s  1 failed, 11 passed",
        "clients            left out",
    ]
    assert summary(outcomes).endswith("steps: 1 passed, 1 failed")
