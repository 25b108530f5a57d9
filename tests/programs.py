"""Runs the project's programs, each in a process of its own, forked from one that has loaded what they begin with.

Importing Django and other libraries takes most of a short program's time, and our apps, with all pages of the admin,
most of the rest. One process imports the libraries, without settings and without our code. Code of a test (``-c``) is
run by a fork of it. Commands, web servers, and code that sets up Django, are run by forks of another one, which has
loaded our apps too, with settings that name nothing. Each fork reads the settings anew, with the environment that it is
given. Where one differs that was read while the apps were loaded, the fork begins again as a new interpreter.

All processes of a test run have the same two. Each of them gives its orders to a fork of its own, which waits for the
programs that it has started.

What `make run` and migrating do from nothing is tested in `tests/blitzrocket/devserver/test_serve.py`.
"""

import atexit
import gc
import importlib
import json
import os
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
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
ADDRESS = "TEST_PROGRAMS"  # the environment variable with the socket that the processes of a run connect to
WITH_OUR_APPS, WITHOUT = b"a", b"l"  # what each begins with
OPEN_FILES = 100  # more than this process has
READ_ANEW = {"_wrapped", "DATABASES", "LOGGING", "LOGGING_CONFIG"}  # by each fork, whatever was read before


class Programs:
    """What gives orders to forks of the two processes."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connections: dict[bool, IO[str]] = {}  # by whether it is to the process with our apps

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
        is_ours = order["is_ours"]
        connection = self._connections.get(is_ours) or self._connect(is_ours=is_ours)
        print(json.dumps(order), file=connection, flush=True)
        return connection.readline().rstrip()

    def _connect(self, *, is_ours: bool) -> IO[str]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            connection.send(WITH_OUR_APPS if is_ours else WITHOUT)
            self._connections[is_ours] = connection.makefile("rw")
        return self._connections[is_ours]


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
    """Those of the test run, or of this process, where it is the run."""
    return Programs(os.environ.get(ADDRESS) or start())


def start() -> str:
    """Start the process that forks, for this process and those that it starts; it ends with this one."""
    folder = tempfile.TemporaryDirectory(prefix="blitzrocket-programs-")
    address = os.environ[ADDRESS] = f"{folder.name}/socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        command = [sys.executable, "-m", "tests.programs", str(server.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=[server.fileno()])
    _started.append((folder, process))
    return address


_started: list[Any] = []  # as long as they are here, folder and process stay


def _serve(server: socket.socket) -> None:
    """Make a fork for everyone who connects, until the process that started this one ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how the forks ended
    while server in select.select([server, sys.stdin], [], [])[0]:
        connection, _ = server.accept()
        _load_libraries()
        if connection.recv(1) == WITH_OUR_APPS:
            socket.send_fds(_process_with_our_apps(), [b"."], [connection.fileno()])
            connection.close()
        else:
            _fork_for(connection)


@cache
def _load_libraries() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()


@cache
def _process_with_our_apps() -> socket.socket:
    """A fork of this process that loads them; it makes a fork for every connection that it is given."""
    ours, its = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        _load_our_apps()
        while files := socket.recv_fds(its, 1, 1)[1]:
            _fork_for(socket.socket(fileno=files[0]))
        os._exit(0)
    its.close()
    return ours


def _fork_for(connection: socket.socket) -> None:
    """Have a fork do as ordered until nobody gives orders any more."""
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with connection.makefile("rw") as orders:
            for line in orders:
                order = json.loads(line)
                print(json.dumps(_status(order["pid"])) if "pid" in order else _fork(order), file=orders, flush=True)
        os._exit(0)
    connection.close()


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
    _serve(socket.socket(fileno=int(sys.argv[1])))
