"""docs/security.md and docs/asvs.md name tests that exist, and count their rows right."""

import re
from collections import Counter

from tests.support import ROOT

PAGES = ("security.md", "asvs.md")
STATES = {"met": 0, "**in part**": 1, "**not met**": 2, "the operator": 3, "not applicable": 4}


def test_each_named_test_exists() -> None:
    text = "".join((ROOT / "docs" / page).read_text() for page in PAGES)
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 140
    sources = {file: (ROOT / file).read_text() for file, _ in named}
    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in sources[file]] == []


def test_each_requirement_stands_once_and_is_counted() -> None:
    text = (ROOT / "docs" / "asvs.md").read_text()
    rows = re.findall(r"^\| ([\d., ]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    numbers = [number for row in rows for number in row[0].split(", ")]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    counts = [0] * len(STATES)
    for each, state, _text, _tests in rows:
        counts[STATES[state]] += len(each.split(", "))
    match = re.search(
        r"Of (\d+) requirements, (\d+) are met, (\d+) in part, (\d+) not; (\d+) are .*, and (\d+) do", text
    )
    assert match
    assert list(map(int, match.groups())) == [len(numbers), *counts]
