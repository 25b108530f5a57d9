"""What a worker process leaves out of its messages, and what it never does."""

from typing import Any

import pytest

from tests.reports import LEAST_SECONDS, BriefReports, Together, each_of_them

SECTIONS = [["Captured log call", "A line"]]


class Sent:
    """The messages that a worker has sent."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.reports = BriefReports(self.add)

    def add(self, name: str, **values: Any) -> None:
        self.messages.append((name, values))

    def report(self, when: str, outcome: str = "passed", seconds: float = 0.0) -> dict[str, Any] | None:
        """What was sent of a report."""
        self.messages.clear()
        report = {"nodeid": "test_any", "when": when, "outcome": outcome, "duration": seconds}
        self.reports.send("testreport", data=report | {"keywords": {"slow": 1}, "sections": SECTIONS})
        return self.messages[0][1]["data"] if self.messages else None


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_a_set_up_that_took_no_time_is_not_reported(sent: Sent, when: str) -> None:
    assert sent.report(when) is None
    assert sent.report(when, seconds=LEAST_SECONDS) is not None


def test_each_call_is_reported_without_what_is_printed_of_failures(sent: Sent) -> None:
    report = sent.report("call")
    assert report is not None
    assert (report["outcome"], report["keywords"], report["sections"]) == ("passed", {}, [])


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_what_did_not_pass_is_reported_whole(sent: Sent, when: str, outcome: str) -> None:
    report = sent.report(when, outcome)
    assert report is not None
    assert (report["outcome"], report["keywords"], report["sections"]) == (outcome, {"slow": 1}, SECTIONS)


def test_the_end_of_a_failed_test_is_reported_with_what_it_logged(sent: Sent) -> None:
    sent.report("call", "failed")
    report = sent.report("teardown")
    assert report is not None
    assert report["sections"] == SECTIONS


def test_other_messages_are_sent_but_for_the_begin_of_a_test(sent: Sent) -> None:
    for name in ("logstart", "logfinish", "runtest_protocol_complete", "workerfinished", "internal_error"):
        sent.reports.send(name, nodeid="test_any")
    assert [name for name, _ in sent.messages] == [
        "logfinish",
        "runtest_protocol_complete",
        "workerfinished",
        "internal_error",
    ]


def test_what_is_said_of_a_test_is_sent_when_it_is_over() -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    received: list[Any] = []
    together = Together(lambda name, **values: sent.append((name, values)))
    together.send("testreport", data=1)
    together.send("logfinish", nodeid="test_any")
    assert sent == []
    together.send("runtest_protocol_complete", item_index=0)
    together.send("workerfinished", workeroutput={})
    assert len(sent) == 2
    for message in sent:
        each_of_them(received.append)(message)
    assert received == [
        ("testreport", {"data": 1}),
        ("logfinish", {"nodeid": "test_any"}),
        ("runtest_protocol_complete", {"item_index": 0}),
        ("workerfinished", {"workeroutput": {}}),
    ]


def test_the_end_of_a_process_is_received_as_it_is() -> None:
    received: list[Any] = []
    end = object()
    each_of_them(received.append)(end)
    assert received == [end]
