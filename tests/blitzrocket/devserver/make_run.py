"""``make run`` on a data folder of its own, and what tests start from: a fresh folder or one that ran before."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres
from tests.prepared import new_folder, plain_environment, prepare
from tests.programs import Program, forking_programs
from tests.support import ROOT, free_port, wait_for

# The product's settings with passwords of the demo data that cost next to nothing, for tests that are not about them.
CHEAP_PASSWORDS = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
PROGRAM = ["-m", "blitzrocket.devserver"]


class Run:
    """``make run`` on a data folder and port of its own, without anything configured."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = plain_environment() | {"DATA_DIR": str(data_dir), "PORT": str(self.port)} | environment
        self.process: Program | subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.write_bytes(b"")
        self.process = forking_programs().start(PROGRAM, self.environment, self.log)
        wait_for(self.is_settled, "the greeting")

    def start_as_a_person_does(self) -> None:
        """In an interpreter of its own."""
        with self.log.open("wb") as log:
            command = [sys.executable, *PROGRAM]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_for(self.is_settled, "the greeting")

    def is_settled(self) -> bool:
        """Whether it has printed its greeting, or ended."""
        assert self.process is not None
        return "Stop with Ctrl-C" in self.output or self.process.poll() is not None

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def demo(self) -> dict[str, Any]:
        return dict(json.loads((self.data_dir / "demo.json").read_text()))

    @property
    def database(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.data_dir)

    def send(self, signal_number: int) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(30)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.is_running():
            self.send(signal.SIGTERM)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return forking_programs().run([*PROGRAM, *arguments], self.environment)

    def record(self, order_id: str) -> requests.Response:
        demo = self.demo
        return requests.post(
            f"{self.base_url}/api/v1/contests/{demo['contestId']}/purchases",
            json={"email": demo["entries"][0], "orderId": order_id, "amount": 49.99},
            headers={"x-api-key": demo["privateKey"]},
            timeout=30,
        )

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.database.cluster / "postmaster.pid").read_text().split()[0]))

    def master(self) -> psutil.Process:
        """Of the web server."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if child.name() == "web server")

    def has_master(self) -> bool:
        try:
            return len(self.master().children()) > 0
        except (StopIteration, psutil.NoSuchProcess):
            return False

    def database_answers(self) -> bool:
        try:
            psycopg.connect(self.database.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def web_answers(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


@contextmanager
def running(**environment: str) -> Iterator[Run]:
    """The service on a folder whose tables are made."""
    with new_folder() as folder:
        run = Run(folder / "data", **environment)
        prepare(run.database)
        run.start()
        yield run
        run.stop()
