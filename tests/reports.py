"""A plugin for pytest: a worker process says of its tests what is printed, once each test is over.

Each test would be six messages to the process that hands out the tests: that it begins, how its set-up, its call and
its end went, each with all its markers and all that was logged, and twice that it is over. For 7,000 tests that process
took six seconds of a processor to read them, and the workers half as much to write them.

Where a worker process dies, what it has not sent is of the test that it died in, and that one is told to have failed.
"""

from collections.abc import Callable
from typing import Any

import pytest

LEAST_SECONDS = 0.005  # what takes less is in no list of durations
TOGETHER = "together"  # the name of a message of several
OF_A_TEST = ("testreport", "logfinish")  # sent with the one that follows when the test is over


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") and not _is_all_asked_for(config):
        plugins = config.pluginmanager.get_plugins()
        worker: Any = next(plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor")
        worker.sendevent = BriefReports(Together(worker.sendevent).send).send


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the process that hands out the tests, for each of those that run them."""
    node.process_from_remote = each_of_them(node.process_from_remote)


def each_of_them(receive: Callable[[Any], None]) -> Callable[[Any], None]:
    """What receives messages that were sent together, one by one."""

    def receive_each(message: Any) -> None:
        if isinstance(message, tuple) and message[0] == TOGETHER:
            for one in message[1]["messages"]:
                receive(one)
        else:
            receive(message)

    return receive_each


class Together:
    """Sends what is said of a test in one message: each wakes the process that reads it."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._waiting: list[tuple[str, dict[str, Any]]] = []

    def send(self, name: str, **values: Any) -> None:
        self._waiting.append((name, values))
        if name in OF_A_TEST:
            return
        messages, self._waiting = self._waiting, []
        if len(messages) == 1:
            self._send(name, **values)
        else:
            self._send(TOGETHER, messages=messages)


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
