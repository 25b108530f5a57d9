"""Runs the project's programs, each in a process of its own, forked from one that has loaded what they begin with.

Importing Django and other libraries takes most of a short program's time, and our apps, with all pages of the admin,
most of the rest. One process imports the libraries, without settings and without our code. Code of a test (``-c``) is
run by a fork of it. Commands, web servers, and code that sets up Django, are run by forks of another one, which has
loaded our apps too, with settings that name nothing. Each fork reads the settings anew, with the environment that it is
given. Where one differs that was read while the apps were loaded, the fork begins again as a new interpreter.

What `make run` and migrating do from nothing is tested in `tests/blitzrocket/devserver/test_serve.py`.
"""

import atexit
import gc
import importlib
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

import django
from django.conf import Settings, settings
from django.db import connections
from django.db.utils import ConnectionHandler
from django.utils.functional import empty

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
# With these our apps are loaded. No fork sees them: it reads the settings of its own environment.
SETTINGS = {
    "ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "postgresql:///unused",
    "DJANGO_SETTINGS_MODULE": "blitzrocket.settings",
    "SECRET_KEY": "unused",
}
OPEN_FILES = 100  # more than this process has
READ_ANEW = {"_wrapped", "DATABASES", "LOGGING", "LOGGING_CONFIG"}  # by each fork, whatever was read before


class Programs:
    """The process that forks, by the files in which it gets orders and gives answers."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

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
        is_ours = arguments[0] != "-c" or "django.setup()" in arguments[1]
        order = {"arguments": arguments, "environment": dict(environment), "files": names, "seconds": seconds}
        return Program(self, int(self.order(order | {"is_ours": is_ours})), is_ours=is_ours)

    def order(self, order: dict[str, Any]) -> str:
        print(json.dumps(order), file=self._orders, flush=True)
        return self._answers.readline().rstrip()


class Program:
    """One that was started, with what the tests use of `subprocess.Popen`."""

    def __init__(self, programs: Programs, pid: int, *, is_ours: bool) -> None:
        self._programs = programs
        self._is_ours = is_ours
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, once it has ended."""
        if self.returncode is None:
            self.returncode = json.loads(self._programs.order({"pid": self.pid, "is_ours": self._is_ours}))
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
    assert process.stdin is not None
    assert process.stdout is not None
    return Programs(process.stdin, process.stdout)


def _answer_orders(orders: IO[str], answers: IO[str], loaded: Callable[[], Programs] | None = None) -> None:
    """Do as ordered until nobody gives orders any more, or have the process with our apps do it."""
    for line in orders:
        order = json.loads(line)
        if loaded and order["is_ours"]:
            answer = loaded().order(order)
        else:
            answer = json.dumps(_status(order["pid"])) if "pid" in order else str(_fork(order))
        print(answer, file=answers, flush=True)


@cache
def _programs_with_our_apps() -> Programs:
    """A fork of this process that has loaded them, once one of our programs is asked for."""
    orders, send_order = os.pipe()
    read_answer, answers = os.pipe()
    if os.fork() == 0:
        os.close(send_order)
        os.close(read_answer)
        _load_our_apps()
        _answer_orders(os.fdopen(orders), os.fdopen(answers, "w"))
        os._exit(0)
    os.close(orders)
    os.close(answers)
    return Programs(os.fdopen(send_order, "w"), os.fdopen(read_answer))


def _load_our_apps() -> None:
    """Load what a web server loads before its first call; a command begins with the same, and needs less."""
    os.environ.update(SETTINGS)
    gc.disable()
    django.setup()
    importlib.import_module("blitzrocket.urls")
    importlib.import_module("blitzrocket.api.document").openapi_document()
    gc.freeze()
    gc.enable()
    _forget_settings()


def _forget_settings() -> None:
    """Have them read again when one is next asked for, and databases and logs with them.

    Django's settings keep each value that was asked for: on these, something that is loaded may depend.
    """
    _Settings.read_before = {name: _text(value) for name, value in vars(settings).items() if name not in READ_ANEW}
    _Settings.added_by_libraries = {**vars(vars(settings)["_wrapped"])}
    vars(django.conf)["Settings"] = _Settings
    del sys.modules[SETTINGS["DJANGO_SETTINGS_MODULE"]]
    vars(settings).clear()
    vars(settings)["_wrapped"] = empty
    vars(connections).clear()
    vars(connections).update(vars(ConnectionHandler()))


class _Settings(Settings):
    """Those of a program whose apps were loaded with others."""

    command: list[str]  # its arguments
    read_before: dict[str, str]
    added_by_libraries: dict[str, Any]  # their defaults, and what was read before

    def __init__(self, module: str) -> None:
        super().__init__(module)
        vars(self).update(self.added_by_libraries | vars(self))
        if any(_text(getattr(self, name)) != text for name, text in self.read_before.items()):
            os.execv(sys.executable, [sys.executable, *self.command])  # noqa: S606


def _text(setting: object) -> str:
    """A setting to be compared: a function in it is another one each time."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(setting))


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
        os.closerange(3, OPEN_FILES)
        _Settings.command = order["arguments"]
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
    _answer_orders(sys.stdin, sys.stdout, _programs_with_our_apps)
