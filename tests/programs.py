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
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

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
    """The process that forks; one program at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, arguments: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Python with these arguments: a file, or ``-c`` and code, or ``-m`` and a module; with this environment."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.NamedTemporaryFile() as stdout, tempfile.NamedTemporaryFile() as stderr:
            order = {"arguments": arguments, "environment": dict(environment), "files": [stdout.name, stderr.name]}
            print(json.dumps(order), file=self._process.stdin, flush=True)
            status = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(arguments, status, stdout.read().decode(), stderr.read().decode())


@contextmanager
def forking_programs() -> Iterator[Programs]:
    command = [sys.executable, "-m", "tests.programs"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Programs(process)
        process.communicate()


def _fork_for_each_line() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.alarm(SECONDS)
            os.environ.clear()
            os.environ.update(order["environment"])
            for number, name in enumerate(order["files"], start=1):
                os.dup2(os.open(name, os.O_WRONLY | os.O_APPEND), number)
            _leave(_run(order["arguments"]))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


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
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    _fork_for_each_line()
