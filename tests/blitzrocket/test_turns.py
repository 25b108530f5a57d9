"""Calls that take turns in one thread."""

import select
import socket
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread, get_ident
from time import monotonic
from typing import cast

import pytest

from blitzrocket.combiner import Combiner
from blitzrocket.turns import CallLocal, Loop, Signal, current_loop, new_signal

SECONDS = 10
number_of_call: ContextVar[int] = ContextVar("number_of_call", default=0)


@pytest.fixture
def loop() -> Loop:
    loop = Loop(8)
    Thread(target=loop.run, daemon=True).start()
    return loop


def results(loop: Loop, *calls: Callable[[], object]) -> list[object]:
    """What calls that come together return, in the order in which they end."""
    ended: SimpleQueue[object] = SimpleQueue()

    def begin() -> None:
        for call in calls:
            loop.start(lambda call=call: ended.put(call()))  # type: ignore[misc]

    loop.start(begin)
    return [ended.get(timeout=SECONDS) for _ in calls]


def test_one_goes_on_while_another_waits_in_the_same_thread(loop: Loop) -> None:
    signals: list[Signal] = []

    def wait() -> str:
        assert current_loop() is loop
        signals.append(new_signal())
        assert signals[0].acquire(timeout=SECONDS)
        return f"waited in {get_ident()}"

    def release() -> str:
        signals[0].release()
        return f"released in {get_ident()}"

    released, waited = results(loop, wait, release)
    assert str(released).split()[-1] == str(waited).split()[-1] != str(get_ident())
    assert current_loop() is None


def test_a_signal_that_was_given_before_is_not_waited_for(loop: Loop) -> None:
    def give_and_take() -> bool:
        signal = new_signal()
        signal.release()
        return signal.acquire(timeout=0)

    assert results(loop, give_and_take) == [True]


def test_waiting_ends_after_its_time(loop: Loop) -> None:
    def wait() -> tuple[bool, float]:
        started = monotonic()
        return new_signal().acquire(timeout=0.1), monotonic() - started

    (result,) = results(loop, wait)
    is_given, seconds = cast("tuple[bool, float]", result)
    assert not is_given
    assert 0.1 <= seconds < SECONDS


def test_events_of_a_file_are_waited_for(loop: Loop) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def wait() -> list[int]:
            return [loop.wait_for_file(ours.fileno(), select.POLLIN, seconds) for seconds in (0.06, SECONDS)]

        def send() -> None:
            loop.wait(0.3)
            theirs.send(b"a")

        assert results(loop, wait, send)[1] == [0, select.POLLIN]


def test_a_closed_file_is_an_error(loop: Loop) -> None:
    ours, theirs = socket.socketpair()
    number = ours.fileno()
    ours.close()
    theirs.close()

    def wait() -> str:
        with pytest.raises(OSError, match="Bad file"):
            loop.wait_for_file(number, select.POLLIN, SECONDS)
        return "closed"

    assert results(loop, wait) == ["closed"]


def test_what_a_thread_does_keeps_no_other_waiting(loop: Loop) -> None:
    may_end = Event()

    def in_thread() -> int:
        return loop.in_thread(lambda: may_end.wait(SECONDS) and get_ident())

    def let_it_end() -> int:
        may_end.set()
        return get_ident()

    of_loop, of_thread = results(loop, in_thread, let_it_end)
    assert of_thread not in {of_loop, False}


def test_an_error_of_a_thread_is_the_calls(loop: Loop) -> None:
    def call() -> str:
        with pytest.raises(ZeroDivisionError):
            loop.in_thread(lambda: 1 // 0)
        return "raised"

    assert results(loop, call) == ["raised"]


def test_no_more_run_than_may() -> None:
    loop = Loop(2)
    Thread(target=loop.run, daemon=True).start()
    running = 0

    def call() -> int:
        nonlocal running
        running += 1
        most = running
        loop.wait(0.06)
        running -= 1
        return most

    assert max(results(loop, *[call] * 5)) == 2  # type: ignore[type-var]
    assert running == 0


def test_calls_that_come_meanwhile_begin_together_in_the_next_round(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blitzrocket.turns.ROUND_SECONDS", SECONDS)
    begun: list[str] = []

    def first() -> None:
        for name in ("second", "third"):
            loop.start(partial(later, name))
            loop.wait(0.001)  # both have come, and neither has begun
            begun.append("first goes on")

    def later(name: str) -> None:
        begun.append(name)
        loop.wait(0.001)
        begun.append(f"{name} goes on")
        if name == "third":
            ended.put(name)

    ended: SimpleQueue[str] = SimpleQueue()
    loop.start(first)
    assert ended.get(timeout=SECONDS)
    assert begun == ["first goes on"] * 2 + ["second", "third", "second goes on", "third goes on"]


def test_a_round_waits_for_as_many_calls_as_the_last_one_had(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blitzrocket.turns.GATHER_SECONDS", SECONDS)
    ended: SimpleQueue[str] = SimpleQueue()
    assert results(loop, *[lambda: 1] * 2) == [1, 1]
    loop.start(lambda: ended.put("second"))
    with pytest.raises(Empty):
        ended.get(timeout=0.1)
    loop.start(lambda: ended.put("third"))
    assert [ended.get(timeout=SECONDS) for _ in range(2)] == ["second", "third"]


def test_a_round_waits_a_moment_only(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blitzrocket.turns.ROUND_SECONDS", 2 * SECONDS)
    assert results(loop, *[lambda: 1] * 2) == [1, 1]
    assert results(loop, lambda: 2) == [2]


def test_a_call_that_waits_long_keeps_no_round_waiting(loop: Loop) -> None:
    signals: list[Signal] = []

    def wait() -> bool:
        signals.append(new_signal())
        loop.start(signals[0].release)
        return signals[0].acquire(timeout=SECONDS)

    assert results(loop, wait) == [True]


def test_a_call_that_fails_is_logged_and_the_next_one_runs(loop: Loop, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise SystemExit

    loop.start(fail)
    assert results(loop, lambda: 1) == [1]
    assert [record.message for record in caplog.records] == ["a call failed"]


def test_each_call_has_its_own_context_and_attributes(loop: Loop) -> None:
    values = CallLocal()
    values.number = -1

    def call(number: int) -> tuple[int, int, bool]:
        had_any = hasattr(values, "number")
        number_of_call.set(number)
        values.number = number
        loop.wait(0.06)
        return number_of_call.get(), values.number, had_any

    assert sorted(results(loop, *(lambda number=number: call(number) for number in (1, 2, 3)))) == [  # type: ignore[type-var]
        (1, 1, False),
        (2, 2, False),
        (3, 3, False),
    ]
    assert results(loop, lambda: hasattr(values, "number")) == [True]  # of one that has ended
    assert (values.number, number_of_call.get()) == (-1, 0)
    del values.number
    with pytest.raises(AttributeError):
        del values.number


class Work:
    """Doubles numbers, in groups that it remembers, and lets other calls go on meanwhile."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.groups: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append([*numbers])
        self._loop.wait(0.6 if 0 in numbers else 0.06)
        return [2 * number for number in numbers]


def test_work_of_calls_that_come_together_is_done_together(loop: Loop) -> None:
    work = Work(loop)
    combiner = Combiner(work, 3, SECONDS)
    assert sorted(results(loop, *(lambda n=n: combiner.result("key", n) for n in range(1, 6)))) == [2, 4, 6, 8, 10]  # type: ignore[type-var]
    assert work.groups == [[1, 2, 3], [4, 5]]
    assert combiner._waiting == {}


def test_a_call_does_not_wait_long_for_work_that_is_stuck(loop: Loop) -> None:
    work = Work(loop)
    combiner = Combiner(work, 1, 0.06)
    assert results(loop, *(lambda n=n: combiner.result("key", n) for n in (0, 1))) == [2, 0]
    assert work.groups == [[0], [1]]


def test_threads_and_calls_of_a_loop_wait_for_no_group_of_each_other(loop: Loop) -> None:
    has_begun, may_end = Event(), Event()

    def work(numbers: Sequence[int]) -> list[int]:
        if current_loop() is None:
            has_begun.set()
            may_end.wait(SECONDS)
        return [*numbers]

    combiner = Combiner(work, 5, SECONDS)
    thread = Thread(target=lambda: combiner.result("key", 1))
    thread.start()
    assert has_begun.wait(SECONDS)
    assert results(loop, lambda: combiner.result("key", 2)) == [2]
    may_end.set()
    thread.join(SECONDS)
    assert combiner._waiting == {}
