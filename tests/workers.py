"""A plugin for pytest: how many processes run the tests, and which files start first.

A third of the time tests wait for what another process does or for a time to pass, so there is a process more for two
cores. Each has a PostgreSQL and web servers of its own, and runs a file from its first test to its last.
"""

import os

import pytest

# The files that take longest, so that no process is left with one of them at the end. Those that wait most of the time
# stand between those that keep a core busy.
LONGEST = (
    "tests/browser/test_every_page.py",
    "tests/blitzrocket/devserver/test_serve.py",
    "tests/blitzrocket/postgres/test_database_away.py",
    "tests/blitzrocket/api/test_schemathesis.py",
    "tests/faults/test_faults.py",
    "tests/blitzrocket/test_crashes.py",
    "tests/blitzrocket/postgres/test_deadlines.py",
    "tests/browser/",
    "tests/purchases/test_state_machine.py",
    "tests/blitzrocket/",
    "tests/releases/",
    "tests/simulation/",
    "tests/wording/",
    "tests/purchases/",  # what is left after them are short files, with which the processes end at the same time
)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))
