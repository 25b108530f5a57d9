"""The web servers that are measured: started on free ports of the loopback, stopped at the end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

from bench.database import cpu_seconds_of
from bench.report import BenchError

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2  # processes of each, as BlitzRocket has by default
PEER_CONNECTIONS = 16  # of each process, so that no client waits for one
START_SECONDS = 90
STOP_SECONDS = 30


class Server:
    """A web server's processes: one for each port, with workers of its own or alone."""

    def __init__(self, name: str, commands: Mapping[int, list[str]], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.ports, self._log = name, list(commands), log
        with log.open("ab") as output:
            # In sessions of their own: Ctrl-C reaches the benchmark alone, which then stops the server.
            self._processes = [
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=os.environ | environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                for command in commands.values()
            ]

    def wait_until_ready(self, path: str = "/") -> None:
        """Wait until it answers, whatever the status.

        Raises:
            BenchError: it has ended, or does not answer in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while not all(is_answering(port, path) for port in self.ports):
            if self.has_ended() or time.monotonic() > deadline:
                raise BenchError(f"{self.name} does not start:\n{self.log_end()}")
            time.sleep(0.1)

    def has_ended(self) -> bool:
        """Whether one of its first processes has."""
        return any(process.poll() is not None for process in self._processes)

    def masters(self) -> list[psutil.Process]:
        return [psutil.Process(process.pid) for process in self._processes if process.poll() is None]

    def workers(self) -> list[psutil.Process]:
        return [worker for master in self.masters() for worker in master.children()]

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds_of(process.pid) for process in self._processes)

    def memory(self) -> list[int]:
        """The resident memory of each process, in bytes."""
        own = [psutil.Process(process.pid) for process in self._processes]
        return [each.memory_info().rss for parent in own for each in (parent, *parent.children(recursive=True))]

    def log_end(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


def is_answering(port: int, path: str) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def our_environment(database_url: str, port: int, server: str = "gunicorn") -> dict[str, str]:
    """What an owner sets, and plain HTTP as behind a proxy; all else is as shipped."""
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "of the benchmark, for " + "x" * 40,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "DJANGO_SETTINGS_MODULE": "blitzrocket.settings",
        "PORT": str(port),
        "SERVER": server,
    }


def our_command() -> list[str]:
    """What an owner starts; it becomes the web server of SERVER."""
    return [sys.executable, "manage.py", "run_web"]


def peer_environment(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "CONNECTIONS": str(PEER_CONNECTIONS)}


def uvicorn(app: str) -> dict[int, list[str]]:
    """Commands by port: processes that share a port may leave all connections to one of them, and a core idle."""
    options = ["--host", "127.0.0.1", "--no-access-log", "--loop", "uvloop", "--http", "httptools"]
    ports = [free_port() for _ in range(WORKERS)]
    return {port: [sys.executable, "-m", "uvicorn", app, "--port", str(port), *options] for port in ports}


def gunicorn(app: str) -> dict[int, list[str]]:
    """The command by its port."""
    port = free_port()
    command = [
        *[sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"],
        *["--workers", str(WORKERS), "--threads", str(PEER_CONNECTIONS), "--keep-alive", "75"],
        *["--worker-tmp-dir", "/dev/shm", "--no-control-socket"],  # noqa: S108  (as ours has it)
    ]
    return {port: command}
