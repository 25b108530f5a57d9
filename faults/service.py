"""The service that is harmed: PostgreSQL, web servers and the background process, restarted as systemd would do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import psutil

from bench.database import Database
from bench.orders import Target
from bench.ours import set_up
from bench.report import BenchError
from bench.servers import ROOT, Server, free_port, our_command, our_environment
from faults.disk import SmallDisk

DATABASE = "faults"
ENTRIES = 100  # few, so that their orders wait for each other
WATCH_SECONDS = 0.2
STOP_SECONDS = 30
TRACEBACK = "Traceback (most recent call last)"
# Little is written ahead, so that a disk gets full. Two web servers have 4 processes, with 32 connections each at most.
POSTGRES = {"max_connections": "150", "max_wal_size": "64MB", "min_wal_size": "32MB", "shared_buffers": "128MB"}


@dataclass
class WebServer:
    """A web server on its port; ``environment`` is added to that of all."""

    kind: str
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    server: Server | None = None

    @property
    def running(self) -> Server:
        """Its server.

        Raises:
            BenchError: it was never started.
        """
        if self.server is None:
            raise BenchError("The web server was not started.")
        return self.server


class Service:
    """A running service. A process of it that ends is started again, but for PostgreSQL."""

    def __init__(self, database: Database, disk: SmallDisk, kind: str) -> None:
        self.database, self.disk, self.kind = database, disk, kind
        self.log = disk.folder.with_name(f"{disk.folder.name}-{kind}.log")
        self.web: list[WebServer] = []
        self.common: dict[str, str] = {}  # environment of the web servers and the background process
        self.restarts = 0
        self._groups: set[int] = set()
        self._stopping, self._changing = Event(), Lock()
        self._watcher = Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.url = self.database.create(DATABASE)
        self.target: Target = set_up(self.url, free_port(), ENTRIES)
        self.background = self._start_background()
        self.add_web(WebServer(self.kind))
        self._watcher.start()

    def stop(self) -> None:
        """Stop what was started, and end what is left of it after a kill."""
        self._stopping.set()
        if self._watcher.ident:
            self._watcher.join()
            self.background.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.background.wait(STOP_SECONDS)
        for web in [*self.web]:
            self.remove_web(web)
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.log.unlink(missing_ok=True)

    def ports(self) -> list[int]:
        return [web.port for web in self.web]

    def add_web(self, web: WebServer) -> None:
        with self._changing:
            self._start_web(web)
            self.web.append(web)
        self.wait_until_served(web)

    def remove_web(self, web: WebServer) -> None:
        with self._changing:
            self.web.remove(web)
        if web.server is not None:
            web.server.stop()

    @contextmanager
    def other_web(self, web: WebServer) -> Iterator[None]:
        """Have another web server instead of the first, with the same port."""
        first = self.web[0]
        self.remove_web(first)
        self.add_web(web)
        try:
            yield
        finally:
            self.remove_web(web)
            self.add_web(first)

    def wait_until_served(self, web: WebServer) -> None:
        web.running.wait_until_ready("/readyz")
        self.wait_for(lambda: bool(workers_of(web)), "worker processes")

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
        """Wait.

        Raises:
            BenchError: it does not come.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise BenchError(f"Waited {seconds:.0f} s for {what}. The log ends:\n{self.log_end()}")
            time.sleep(0.05)

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def tracebacks(self) -> list[str]:
        """The lines of the log of web servers and background process with errors that nothing handled."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if TRACEBACK in line]

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=600, check=False
        )

    def environment(self) -> dict[str, str]:
        return os.environ | our_environment(self.url, 0, self.kind) | {"LOG_FORMAT": "json"} | self.common

    def _start_web(self, web: WebServer) -> None:
        environment = our_environment(self.url, web.port, web.kind) | {"WEB_CONCURRENCY": "2"}
        environment |= self.common | web.environment
        web.server = Server(web.kind, {web.port: our_command()}, environment, self.log)
        self._groups |= {master.pid for master in web.server.masters()}

    def _start_background(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            background = subprocess.Popen(
                [sys.executable, "manage.py", "run_jobs"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups.add(background.pid)
        return background

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            with self._changing:
                for web in self.web:
                    if web.server is not None and web.server.has_ended():
                        self.restarts += 1
                        self._start_web(web)
                if self.background.poll() is not None:
                    self.restarts += 1
                    self.background = self._start_background()


def workers_of(web: WebServer) -> list[psutil.Process]:
    """A web server's worker processes; those that end meanwhile are left out."""
    try:
        return web.server.workers() if web.server else []
    except psutil.NoSuchProcess:
        return []
