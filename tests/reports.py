"""A plugin for pytest: a worker process says of its tests what is printed.

Each test would be six messages to the process that hands out the tests: that it begins, how its set-up, its call and
its end went, each with all its markers and all that was logged, and twice that it is over. For 7,000 tests that process
took six seconds of a processor to read them, and the workers half as much to write them.
"""

from collections.abc import Callable
from typing import Any

import pytest

LEAST_SECONDS = 0.005  # what takes less is in no list of durations


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") and not _is_all_asked_for(config):
        plugins = config.pluginmanager.get_plugins()
        worker: Any = next(plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor")
        worker.sendevent = BriefReports(worker.sendevent).send


def _is_all_asked_for(config: pytest.Config) -> bool:
    """By ``-v``, by a report of passed tests too, or for a file."""
    return config.get_verbosity() > 0 or bool({*"AP"} & {*config.option.reportchars}) or bool(config.option.xmlpath)


class BriefReports:
    """Sends the same messages, without what nobody reads."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._failed = ""  # the last test that did

    def send(self, name: str, **values: Any) -> None:
        if name == "logstart":
            return
        if name == "testreport" and values["data"]["outcome"] == "passed":
            report = values["data"]
            if self._is_without_news(report):
                return
            values["data"] = report | {"keywords": {}, "sections": self._sections(report)}
        elif name == "testreport":
            self._failed = values["data"]["nodeid"]
        self._send(name, **values)

    def _is_without_news(self, report: dict[str, Any]) -> bool:
        """Whether it is of a set-up or an end that took no time, and said nothing that is printed."""
        return report["when"] != "call" and report["duration"] < LEAST_SECONDS and not self._sections(report)

    def _sections(self, report: dict[str, Any]) -> list[Any]:
        """What was printed and logged: of a test that failed, its end is shown too."""
        return report["sections"] if report["nodeid"] == self._failed else []
