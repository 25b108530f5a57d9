"""Work that one of several threads does for all."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pytest

from blitzrocket.combiner import Combiner

SECONDS = 10


class Work:
    """Doubles numbers, in groups that it remembers, once it may."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.has_begun, self.may_end = Event(), Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append([*numbers])
        self.has_begun.set()
        assert self.may_end.wait(SECONDS)
        if 0 in numbers:
            raise ZeroDivisionError
        return [2 * number for number in numbers]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


def begin(threads: ThreadPoolExecutor, combiner: Combiner[int, int], work: Work, *numbers: int) -> list[Future[int]]:
    """Results of numbers, of which the first is at work and the others wait."""
    first = threads.submit(combiner.result, "key", numbers[0])
    assert work.has_begun.wait(SECONDS)
    others = []
    for count, number in enumerate(numbers[1:], start=1):
        others.append(threads.submit(combiner.result, "key", number))
        wait_until(lambda count=count: len(combiner._waiting["key"]) == count)  # type: ignore[misc]
    return [first, *others]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + SECONDS
    while not is_so():
        assert monotonic() < deadline
        sleep(0.001)


def test_one_after_the_other_is_done_alone() -> None:
    work = Work()
    work.may_end.set()
    combiner = Combiner(work, 5)
    assert [combiner.result("key", number) for number in (1, 2)] == [2, 4]
    assert work.groups == [[1], [2]]


def test_those_that_come_meanwhile_are_done_together(threads: ThreadPoolExecutor) -> None:
    work = Work()
    combiner = Combiner(work, 3, SECONDS)
    results = begin(threads, combiner, work, 1, 2, 3, 4, 5, 6)
    work.may_end.set()
    assert [result.result(SECONDS) for result in results] == [2, 4, 6, 8, 10, 12]
    assert work.groups == [[1], [2, 3, 4], [5, 6]]
    assert combiner._waiting == {}


def test_another_key_does_not_wait(threads: ThreadPoolExecutor) -> None:
    work = Work()
    combiner = Combiner(lambda numbers: work(numbers) if 1 in numbers else [*numbers], 5)
    (first,) = begin(threads, combiner, work, 1)
    assert combiner.result("another key", 7) == 7
    work.may_end.set()
    assert first.result(SECONDS) == 2


def test_nobody_waits_long_for_work_that_is_stuck(threads: ThreadPoolExecutor) -> None:
    work = Work()
    combiner = Combiner(lambda numbers: work(numbers) if 1 in numbers else [*numbers], 5)
    first, second = begin(threads, combiner, work, 1, 7)
    assert second.result(SECONDS) == 7
    assert work.groups == [[1]]
    work.may_end.set()
    assert first.result(SECONDS) == 2
    assert combiner._waiting == {}


def test_an_error_is_raised_for_its_group_alone(threads: ThreadPoolExecutor) -> None:
    work = Work()
    combiner = Combiner(work, 2, SECONDS)
    results = begin(threads, combiner, work, 1, 2, 0, 3, 4)
    work.may_end.set()
    errors = [type(result.exception(SECONDS)) for result in results]
    assert errors == [type(None), ZeroDivisionError, ZeroDivisionError, type(None), type(None)]
    assert combiner.result("key", 5) == 10
