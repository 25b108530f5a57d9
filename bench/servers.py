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

from bench.database import cpu_seconds_of
from bench.report import BenchError

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2  # processes of each, as BlitzRocket has by default
PEER_CONNECTIONS = 16  # of each process, so that no client waits for one
START_SECONDS = 90
STOP_SECONDS = 30


class Server:
    """A web server's processes."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.name, self.port, self._log = name, port, log
        with log.open("ab") as output:
            # In a session of its own: Ctrl-C reaches the benchmark alone, which then stops the server.
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self, path: str = "/") -> None:
        """Wait until it answers, whatever the status.

        Raises:
            BenchError: it has ended, or does not answer in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._is_answering(path):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"{self.name} does not start:\n{self.log_end()}")
            time.sleep(0.1)

    def _is_answering(self, path: str) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def cpu_seconds(self) -> float:
        return cpu_seconds_of(self._process.pid)

    def log_end(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def our_environment(database_url: str, port: int) -> dict[str, str]:
    """What an owner sets, and plain HTTP as behind a proxy; all else is as shipped."""
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "of the benchmark, for " + "x" * 40,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "DJANGO_SETTINGS_MODULE": "blitzrocket.settings",
        "PORT": str(port),
    }


def our_command(server: str, port: int) -> list[str]:
    """The command of a web server for ours."""
    python = [sys.executable, "-m"]
    match server:
        case "gunicorn":
            return [*python, "gunicorn", "--config", "gunicorn.conf.py"]
        case "granian":
            return [
                *[*python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)],
                *["--workers", str(WORKERS), "--blocking-threads", "16", "--no-ws", "blitzrocket.wsgi:application"],
            ]
    raise BenchError(f"SERVER is {server!r}: gunicorn or granian.")


def peer_environment(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "CONNECTIONS": str(PEER_CONNECTIONS)}


def uvicorn(app: str, port: int) -> list[str]:
    return [
        *[sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port), "--no-access-log"],
        *["--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools"],
    ]


def gunicorn(app: str, port: int) -> list[str]:
    return [
        *[sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"],
        *["--workers", str(WORKERS), "--threads", str(PEER_CONNECTIONS), "--keep-alive", "75"],
        *["--worker-tmp-dir", "/dev/shm", "--no-control-socket"],  # noqa: S108  (as ours has it)
    ]
