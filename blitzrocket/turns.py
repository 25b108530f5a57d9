"""Calls that take turns in one thread.

Each runs in a greenlet until it has to wait, for the database or for another call; then the next one goes on. So calls
that come together need no threads, which would wait for each other and for Python's lock at each step. What waits in
another way, such as for a file or a network, would keep all of them waiting: it belongs in a thread (`Loop.in_thread`).

Calls begin in rounds: all that have come begin together, and those that come meanwhile wait for the next round. So they
meet where they share their work, such as a transaction of the database, which costs much the same for one as for many.
A round waits for a moment for as many calls as the last one had: its clients have just been answered, and send again.
"""

import logging
import os
import select
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock, get_ident, local
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

from greenlet import getcurrent, greenlet

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.05  # between two looks for those that have waited too long
ROUND_SECONDS = 0.02  # after which the next round begins, even when a call of this one still waits, as for a lock
GATHER_SECONDS = 0.001  # after the last round, in which as many calls as it had may come; epoll knows no shorter time
EVENTS_AT_ONCE = 256

Result = TypeVar("Result")
View = TypeVar("View", bound=Callable[..., Any])
Values = dict[str, Any]


class Turn(greenlet):
    """What calls of a loop run in, one after the other. A new one for each would take as long as a message to it."""

    round: int  # of its call

    def __init__(self, loop: "Loop", run: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(run)
        self.loop = loop
        self.values: dict[CallLocal, Values] = {}


class Loop:
    """Runs at most so many calls in turn, in one thread, and handles events of files, such as sockets, between them."""

    def __init__(self, most: int) -> None:
        self.files = select.epoll()
        self.handlers: dict[int, Callable[[int], object]] = {}  # of events, by the file's number
        self._most, self._running = most, 0
        self._calls: deque[Callable[[], None]] = deque()  # that have not begun
        self._has_new_calls = False
        self._round = 0
        self._size = self._left = 0  # calls of this round, and those of them that go on
        self._next_round = 0.0  # when it begins at the latest
        self._ready: deque[Callable[[], object]] = deque()
        self._deadlines: dict[Turn, float] = {}  # of those that wait
        self._next_look = 0.0
        self._free: list[Turn] = []
        self._helpers = ThreadPoolExecutor(most)
        self._thread = 0
        self._hub = getcurrent()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK)  # wakes the loop's thread
        self.handlers[self._bell] = lambda _: os.eventfd_read(self._bell)
        self.files.register(self._bell, select.EPOLLIN)

    def run(self) -> None:
        """Go on until the process ends."""
        self._thread, self._hub = get_ident(), getcurrent()
        while True:
            self._begin_round()
            for _ in range(len(self._ready)):
                self._ready.popleft()()
            self._handle_events()
            self._end_late_waits()

    def start(self, call: Callable[[], None]) -> None:
        """Have a call run; from any thread."""
        self._calls.append(call)
        self._has_new_calls = True
        self._ring()

    def pause(self) -> None:
        """Let all others go on first that can."""
        if self._ready:
            self._ready.append(_current_turn().switch)
            self._hub.switch()

    def wait(self, seconds: float | None = None) -> int:
        """Have the others go on until somebody switches to this call; 0 where that is longer than so many seconds."""
        if seconds is None:
            return cast("int", self._hub.switch())
        turn = _current_turn()
        self._deadlines[turn] = monotonic() + seconds
        try:
            return cast("int", self._hub.switch())
        finally:
            self._deadlines.pop(turn, None)

    def go_on(self, turn: Turn) -> None:
        """Have a call go on that waits."""
        self._deadlines.pop(turn, None)  # it is not late any more, even when others go on before it
        self._ready.append(partial(turn.switch, 1))

    def wait_for_file(self, number: int, events: int, seconds: float | None) -> int:
        """Wait for events of a file; 0 where none has come in so many seconds.

        Raises:
            OSError: the file is closed.
        """
        events |= select.EPOLLONESHOT
        try:
            self.files.modify(number, events)
        except FileNotFoundError:  # the first time
            self.files.register(number, events)
        self.handlers[number] = _current_turn().switch
        try:
            return self.wait(seconds)
        finally:
            del self.handlers[number]

    def in_thread(self, work: Callable[[], Result]) -> Result:
        """The result of work that waits in a way that this module does not know."""
        future = self._helpers.submit(work)
        turn = _current_turn()

        def go_on(_: object) -> None:
            self._ready.append(turn.switch)
            self._ring()

        future.add_done_callback(go_on)
        self._hub.switch()
        return future.result()

    def _ring(self) -> None:
        if get_ident() != self._thread:
            os.eventfd_write(self._bell, 1)

    def _may_begin(self) -> bool:
        is_complete = not self._left and len(self._calls) >= self._size
        return self._has_place() and (is_complete or monotonic() >= self._next_round)

    def _has_place(self) -> bool:
        """Whether a call has come that may run."""
        return bool(self._calls) and self._running < self._most

    def _begin_round(self) -> None:
        """Begin all calls that have come, unless some came a moment ago: then others may be ready to be read."""
        has_new_calls, self._has_new_calls = self._has_new_calls, False
        if not self._may_begin() or (has_new_calls and len(self._calls) < self._most):
            return
        self._round, self._left, self._next_round = self._round + 1, 0, monotonic() + ROUND_SECONDS
        while self._calls and self._running < self._most:
            self._begin(self._calls.popleft())
        self._size = self._left

    def _begin(self, call: Callable[[], None]) -> None:
        turn = self._free.pop() if self._free else Turn(self, self._run_all)
        turn.round = self._round
        self._running += 1
        self._left += 1
        self._ready.append(partial(turn.switch, call))

    def _run_all(self, call: Callable[[], None]) -> None:
        """Run a call, and those that the loop switches here for later."""
        turn = _current_turn()
        while True:
            self._run(call)
            self._running -= 1
            self._free.append(turn)
            if turn.round == self._round:
                self._end_in_round()
            del call  # and what it holds
            call = self._hub.switch()

    def _end_in_round(self) -> None:
        self._left -= 1
        if not self._left:
            self._next_round = monotonic() + GATHER_SECONDS

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException:  # else it would end the loop
            logger.exception("a call failed")

    def _handle_events(self) -> None:
        for number, events in self.files.poll(self._most_seconds(), EVENTS_AT_ONCE):
            if handle := self.handlers.get(number):
                handle(events)

    def _most_seconds(self) -> float:
        """How long nothing has to be done if no event comes; negative for ever."""
        if self._ready or self._may_begin():
            return 0
        to_look = LOOK_SECONDS if self._deadlines else -1
        if not self._has_place():
            return to_look
        to_next_round = max(0.0, self._next_round - monotonic())
        return min(to_next_round, to_look) if self._deadlines else to_next_round

    def _end_late_waits(self) -> None:
        now = monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        for turn in [turn for turn, deadline in self._deadlines.items() if deadline <= now]:
            if turn in self._deadlines:  # one before it may have had it go on
                turn.switch(0)


def current_loop() -> Loop | None:
    """The loop in which this call runs; None in a thread of its own."""
    current = getcurrent()
    return current.loop if type(current) is Turn else None


def _current_turn() -> Turn:
    return cast("Turn", getcurrent())


def in_turn(view: View) -> View:
    """Mark a view whose requests run in a loop, where the web server has one: it waits for nothing but the database."""
    view.takes_turns = True  # type: ignore[attr-defined]
    return view


class Signal(Protocol):
    """A lock that is taken, and is released by another call: the cheapest of Python's ways to wait for that."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...

    def release(self) -> None: ...


class _SignalInLoop:
    __slots__ = ("_is_given", "_loop", "_waiting")

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._is_given = False
        self._waiting: Turn | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._is_given:
            return True
        self._waiting = _current_turn()
        is_given = bool(self._loop.wait(None if timeout < 0 else timeout))
        self._waiting = None
        return is_given

    def release(self) -> None:
        self._is_given = True
        if self._waiting:
            self._loop.go_on(self._waiting)


def new_signal() -> Signal:
    """One for this call, which only calls of the same loop may release; where it has none, other threads may."""
    if loop := current_loop():
        return _SignalInLoop(loop)
    lock = Lock()
    lock.acquire()
    return lock


class CallLocal:
    """Attributes that each call of a loop has for itself, as each thread has those of `threading.local`.

    A call that begins has those of the one before it in its turn.
    """

    def __init__(self) -> None:
        vars(self)["_of_thread"] = local()

    def _values(self) -> Values:
        current = getcurrent()
        if type(current) is not Turn:
            of_thread: Values = vars(self._of_thread)
            return of_thread
        values: Values | None = current.values.get(self)
        if values is None:
            values = current.values[self] = {}
        return values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values()[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._values()[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self._values()[name]
        except KeyError:
            raise AttributeError(name) from None
