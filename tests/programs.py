"""Runs the project's programs, each in a process of its own, forked from one that has imported libraries only.

Importing Django and other libraries takes most of a short program's time. One process does it once, without settings
and without our code, which each fork then imports with the environment that it is given.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 120  # until a program is killed
# What our settings and commands import, as far as it reads neither settings nor the environment, as gunicorn does.
LIBRARIES = (
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.core.management.commands.check",
    "django.db.backends.postgresql.base",
    "django.db.migrations.loader",
    "django.db.models",
    "django.http",
    "django.middleware.security",
    "django.template",
    "django.test",
    "email_validator",
    "environ",
    "jsonschema",
    "msgspec",
    "psycopg_pool",
    "pythonjsonlogger.json",
    "rapidfuzz.process",
    "requests",
    "tomllib",
    "yaml",
)


class Programs:
    """The process that forks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Python with these arguments: a file, or ``-c`` and code, or ``-m`` and a module; with this environment."""
        with tempfile.NamedTemporaryFile() as stdout, tempfile.NamedTemporaryFile() as stderr:
            files = [Path(stdout.name), Path(stderr.name)]
            status = self._start(arguments, environment, files, seconds=SECONDS).wait(2 * SECONDS)
            return subprocess.CompletedProcess(arguments, status, stdout.read().decode(), stderr.read().decode())

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> "Program":
        """The same for one that goes on, and ends when it is told to; what it prints is added to the log."""
        log.touch()
        return self._start(arguments, environment, [log, log], seconds=0)

    def _start(
        self, arguments: list[str], environment: Mapping[str, str], files: list[Path], *, seconds: int
    ) -> "Program":
        names = [str(file) for file in files]
        order = {"arguments": arguments, "environment": dict(environment), "files": names, "seconds": seconds}
        return Program(self, int(self.order(order)))

    def order(self, order: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._process.stdout.readline()


class Program:
    """One that was started, with what the tests use of `subprocess.Popen`."""

    def __init__(self, programs: Programs, pid: int) -> None:
        self._programs = programs
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, once it has ended."""
        if self.returncode is None:
            self.returncode = json.loads(self._programs.order({"pid": self.pid}))
        return self.returncode

    def wait(self, seconds: float = SECONDS) -> int:
        """Its exit status.

        Raises:
            subprocess.TimeoutExpired: it has not ended within this time.
        """
        deadline = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), seconds)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def forking_programs() -> Programs:
    """The one of this test process; it ends with it, when nobody can give it orders any more."""
    command = [sys.executable, "-m", "tests.programs"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return Programs(process)


def _fork_for_each_line() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        answer = json.dumps(_status(order["pid"])) if "pid" in order else str(_fork(order))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _status(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        signal.alarm(order["seconds"])
        os.environ.clear()
        os.environ.update(order["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in enumerate(order["files"], start=1):
            os.dup2(os.open(name, os.O_WRONLY | os.O_APPEND), number)
        _leave(_run(order["arguments"]))
    return pid


def _run(arguments: list[str]) -> int:
    """What the interpreter does with its arguments, and what it makes of the end."""
    kind, *sys.argv = arguments
    try:
        if kind == "-c":
            code, sys.argv[0], sys.path[0] = sys.argv[0], kind, ""
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
        elif kind == "-m":
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(kind, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _leave(status: int) -> None:
    """End without taking down the libraries, which would copy them for this process and take as long as a start."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    _fork_for_each_line()
