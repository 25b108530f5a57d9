"""A plugin for pytest: how many processes run the tests, which files start first, and which never side by side.

Tests wait for what another process does, or for a time to pass, so there are two processes for each core. Each has a
PostgreSQL and web servers of its own, and runs a file from its first test to its last. Files whose tests wait most of
the time are run one after the other: while most processes wait, a core has nothing to do.
"""

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests import programs

# These wait for times to pass and for servers to start, and compute for less than half of their time.
WAITING = (
    "tests/blitzrocket/devserver/test_serve.py",
    "tests/blitzrocket/postgres/test_database_away.py",
    "tests/blitzrocket/postgres/test_deadlines.py",
    "tests/blitzrocket/postgres/test_replica.py",
    "tests/blitzrocket/postgres/test_connections.py",
    "tests/blitzrocket/test_settings.py",
    "tests/attacks/test_request_smuggling.py",
    "tests/blitzrocket/test_web_servers.py",
    "tests/blitzrocket/postgres/test_pooler.py",
    "tests/blitzrocket/test_dashboard.py",
)
# The files that take longest, so that no process is left with one of them at the end. What is left after them are short
# files, with which the processes end at the same time.
LONGEST = (
    *WAITING,
    "tests/browser/test_every_page.py",
    "tests/blitzrocket/api/test_schemathesis.py",
    "tests/faults/test_faults.py",
    "tests/blitzrocket/test_crashes.py",
    "tests/browser/",
    "tests/purchases/test_state_machine.py",
    "tests/blitzrocket/",
    "tests/releases/",
    "tests/simulation/",
    "tests/bench/",
    "tests/wording/",
    "tests/test_programs.py",
    "tests/purchases/",
    "tests/attacks/",
    "tests/contests/test_rule_form.py",
    "tests/contests/test_contest_pages.py",
    "tests/contests/test_entry_list.py",
    "tests/contests/imports/",
)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 2 * cores


def pytest_configure(config: pytest.Config) -> None:
    """Have all processes that run tests start programs by the same one, which loads what they need once."""
    if config.getoption("numprocesses", None):
        programs.start()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.nodeid.partition("::")[0]))


@cache
def _turn(file: str) -> int:
    return next((turn for turn, name in enumerate(LONGEST) if file.startswith(name)), len(LONGEST))


class FewWait(LoadFileScheduling):
    """Hands out file by file, those that wait to a fourth of the processes at a time."""

    def _assign_work_unit(self, node: Any) -> None:
        others = [files for other, files in self.assigned_work.items() if other is not node]
        waiting = sum(any(name in WAITING and not all(files[name].values()) for name in files) for files in others)
        name = next_file(self.workqueue, may_wait=waiting < max(1, self.numnodes // 4))
        self.workqueue.move_to_end(name, last=False)
        super()._assign_work_unit(node)


def next_file(names: Iterable[str], *, may_wait: bool) -> str:
    """The first of these files that waits, or the first that does not; of the others where there is none."""
    return min(names, key=lambda name: (name in WAITING) is not may_wait)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return FewWait(config, log) if config.getoption("dist") == "loadfile" else None
