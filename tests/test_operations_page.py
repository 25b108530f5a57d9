"""docs/operations.md says of each table how long its rows are kept, and names tests that exist."""

import re

from django.apps import apps

from tests.support import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()
TABLES = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}


def test_each_table_has_its_retention() -> None:
    section = PAGE.partition("## What is kept for how long")[2]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(TABLES)


def test_each_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 10
    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text()] == []
