"""``make run``: everything that a fresh machine needs, then gunicorn until it is stopped."""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from blitzrocket import strict_json
from blitzrocket.database import why_unusable
from blitzrocket.devserver import environment
from blitzrocket.devserver.demo_data import demo_once
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

DEMO_FILE = "demo.json"
LAST_PORT = 65535
PORT_SECONDS = 8.0
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_EVERY = 1.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Command(BaseCommand):
    help = "Migrate, make demo data in an embedded database, and serve until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        database = environment.running
        port = free_port(os.environ.get("PORT") or "8000")
        base_url = f"http://127.0.0.1:{port}"
        if "MAKELEVEL" in os.environ:
            die_with_parent()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, stop)
        require_database()
        environment.tell("Preparing the tables ...")
        call_command("migrate", verbosity=0)
        demo = demo_once(environment.data_dir() / DEMO_FILE, base_url) if database else None
        close_database()
        web = Child("web server", "-m", "gunicorn", "--config", str(settings.BASE_DIR / "gunicorn.conf.py"))
        children = [web]
        try:
            wait_until_ready(web, base_url)
            background = Child("background process", str(settings.BASE_DIR / "manage.py"), "run_jobs")
            children.insert(0, background)
            self.greet(base_url, demo, is_embedded=database is not None)
            watch(web, background, database)
        except KeyboardInterrupt:
            environment.tell("\nStopping ...")
        finally:
            for child in children:
                child.stop()

    def greet(self, base_url: str, demo: dict[str, Any] | None, *, is_embedded: bool) -> None:
        lines = ["", "BlitzRocket is running.", f"  API    {base_url}/api/v1  (docs: {base_url}/api/docs)"]
        lines.append(f"  Admin  {base_url}/admin/")
        if demo:
            lines += [f"         {role}: {login(demo[role])}" for role in ("admin", "owner", "support")]
            lines += ["", "Record a purchase:", "", example_call(demo), ""]
            lines.append(f"Keys and logins stand in {environment.data_dir() / DEMO_FILE}.")
        elif not is_embedded:
            command = shlex.join([sys.executable, "-m", "blitzrocket.devserver"])
            lines += [
                "         With the same DATABASE_URL, make a login:",
                f"           {command} createsuperuser",
                "         or demo data:",
                f"           {command} create_demo_data --base-url {base_url}",
            ]
        lines += ["Stop with Ctrl-C.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def require_database() -> None:
    if problem := why_unusable(os.environ["DATABASE_URL"]):
        raise CommandError(problem)


def free_port(text: str) -> int:
    """The port to listen on, when nobody else does; a server of ours that was just killed has some seconds to go."""
    if not text.isdigit() or not 1 <= int(text) <= LAST_PORT:
        raise CommandError(f"PORT is {text!r}: write a number from 1 to {LAST_PORT}.")
    deadline = time.monotonic() + PORT_SECONDS
    while not is_free(int(text)):
        if time.monotonic() > deadline:
            raise CommandError(f"Port {text} is in use. Choose another: make run PORT=8001")
        time.sleep(0.2)
    return int(text)


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def close_database() -> None:
    """Connections and their pool belong to one process; gunicorn's make their own."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


class Child:
    """A Python process that stops when this one does, were it by kill -9."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name, self.command = name, [sys.executable, *arguments]
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command, cwd=settings.BASE_DIR, preexec_fn=die_with_parent)  # noqa: PLW1509

    def revive(self) -> None:
        """Start it again when it has ended."""
        if (ended := self.ended()) is not None:
            environment.tell(f"The {self.name} ended, with {ended}; starting it again.")
            self.process = self._started()

    def ended(self, seconds: float = 0) -> int | None:
        """Its exit code when it ends within that time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Ask it to stop, and make it stop when it takes too long."""
        self.process.terminate()
        if self.ended(STOP_SECONDS) is None:
            self.process.kill()
            self.process.wait()


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the parent dies, were it by kill -9; only Linux knows how."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def wait_until_ready(web: Child, base_url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(base_url):
        if (ended := web.ended()) is not None:
            raise CommandError(f"The web server ended at once, with {ended}; what it said stands above.")
        if time.monotonic() > deadline:
            raise CommandError(f"The web server does not answer at {base_url} after {READY_SECONDS:.0f} seconds.")
        time.sleep(0.1)


def is_ready(base_url: str) -> bool:
    try:
        urllib.request.urlopen(f"{base_url}/readyz", timeout=5).close()  # noqa: S310  (our own address)
    except OSError:
        return False
    return True


def watch(web: Child, background: Child, database: EmbeddedPostgres | None) -> None:
    """Until somebody stops the web server: bring back what was killed or went away."""
    while web.ended(LOOK_EVERY) != 0:
        web.revive()
        background.revive()
        if database:
            revive(database)


def revive(database: EmbeddedPostgres) -> None:
    try:
        database.revive()
    except EmbeddedPostgresError as error:
        environment.tell(f"The database is away: {error}")


def login(who: dict[str, str]) -> str:
    return f"{who['username']} / {who['password']}"


def example_call(demo: dict[str, Any]) -> str:
    """A line that can be pasted into a shell and works."""
    body = {"email": demo["entries"][0], "orderId": time.strftime("order-%H%M%S"), "amount": 49.99, "currency": "USD"}
    return " ".join(
        [
            f"curl -X POST {demo['baseUrl']}/api/v1/contests/{demo['contestId']}/purchases",
            f"-H {shlex.quote('x-api-key: ' + demo['privateKey'])}",
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(strict_json.write(body).decode())}",
        ]
    )
