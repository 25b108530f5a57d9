"""The processes that ``make run`` starts beside its own: forks, which share what it has loaded, where they may be."""

import atexit
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings

from blitzrocket.devserver import environment

STOP_SECONDS = 30.0
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
IS_LINUX = sys.platform == "linux"
# Elsewhere libraries of the system do not bear a fork.
_context: Any = multiprocessing.get_context("fork" if IS_LINUX else "spawn")
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # prctl(2)


class Child:
    """A process that ends with this one, even after kill -9."""

    def __init__(self, name: str, run: Callable[[list[str]], None], arguments: list[str]) -> None:
        self.name, self._run, self._arguments = name, run, arguments
        self._process = self._start()

    def _start(self) -> Any:
        process = _context.Process(target=_become, args=(self.name, self._run, self._arguments))
        process.start()
        return process

    def revive(self) -> None:
        """Start it again when it has ended."""
        if (code := self.exit_code()) is not None:
            environment.report(f"The {self.name} ended, with {code}; starting it again.")
            self._process = self._start()

    def exit_code(self, seconds: float = 0) -> int | None:
        """The exit code, if the process ends within this time."""
        self._process.join(seconds)
        code: int | None = self._process.exitcode
        return code

    def stop(self) -> None:
        """Terminate the process, and kill it when that takes too long."""
        self._process.terminate()
        if self.exit_code(STOP_SECONDS) is None:
            self._process.kill()
            self._process.join()


def _become(name: str, run: Callable[[list[str]], None], arguments: list[str]) -> None:
    """Run it in this new process, as in one that began with it."""
    for each in STOPS:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
    die_with_parent()
    _set_name(name)
    os.chdir(settings.BASE_DIR)
    atexit._clear()  # what is to be done at the end of the parent
    try:
        run(arguments)
    finally:
        atexit._run_exitfuncs()  # multiprocessing leaves them out; the last traces are sent by one


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the parent dies, even by kill -9 (Linux only)."""
    if IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _set_name(name: str) -> None:
    """As which lists of processes show it, as far as 15 letters go (Linux only)."""
    if IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())
