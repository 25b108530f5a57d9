"""``make run``: migrate, create demo data, then run the web server and the background process until stopped."""

import os
import shlex
import signal
import socket
import sys
import time
import urllib.request
from types import FrameType
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from blitzrocket import strict_json
from blitzrocket.command_line import run_command
from blitzrocket.database import why_unusable
from blitzrocket.devserver import environment
from blitzrocket.devserver.children import STOPS, Child, die_with_parent
from blitzrocket.devserver.demo_data import demo_once
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from blitzrocket.garbage import leave_out_what_is_loaded
from blitzrocket.web_server import become_web_server, web_server_command

DEMO_FILE = "demo.json"
LAST_PORT = 65535
PORT_SECONDS = 8.0
READY_SECONDS = 60.0
POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Migrate, create demo data in an embedded database, and run the server until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        database = environment.running
        port = free_port(os.environ.get("PORT") or "8000")
        command = read_web_server_command()
        base_url = f"http://127.0.0.1:{port}"
        if "MAKELEVEL" in os.environ:
            die_with_parent()
        for name in STOPS:
            signal.signal(name, stop)
        require_database()
        environment.report("Preparing the tables ...")
        call_command("migrate", verbosity=0)
        demo = demo_once(environment.data_dir() / DEMO_FILE, base_url) if database else None
        close_database()
        leave_out_what_is_loaded()
        web = Child("web server", become_web_server, command)
        children = [web]
        try:
            wait_until_ready(web, base_url)
            background = Child("background process", run_command, ["manage.py", "run_jobs"])
            children.insert(0, background)
            self.greet(base_url, demo, is_embedded=database is not None)
            watch(web, background, database)
        except KeyboardInterrupt:
            environment.report("\nStopping ...")
        finally:
            for child in children:
                child.stop()

    def greet(self, base_url: str, demo: dict[str, Any] | None, *, is_embedded: bool) -> None:
        lines = ["", "BlitzRocket is running.", f"  API    {base_url}/api/v1  (docs: {base_url}/api/docs)"]
        lines.append(f"  Admin  {base_url}/admin/")
        if demo:
            lines += [f"         {role}: {login_text(demo[role])}" for role in ("admin", "owner", "support")]
            lines += ["", "Record a purchase:", "", example_call(demo), ""]
            lines.append(f"Keys and logins are in {environment.data_dir() / DEMO_FILE}.")
        elif not is_embedded:
            command = shlex.join([sys.executable, "-m", "blitzrocket.devserver"])
            lines += [
                "         With the same DATABASE_URL, create a login:",
                f"           {command} createsuperuser",
                "         or demo data:",
                f"           {command} create_demo_data --base-url {base_url}",
            ]
        lines += ["Stop with Ctrl-C.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def read_web_server_command() -> list[str]:
    try:
        return web_server_command()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def require_database() -> None:
    if problem := why_unusable(os.environ["DATABASE_URL"]):
        raise CommandError(problem)


def free_port(text: str) -> int:
    """The port, once it is free; a server of ours that was just killed needs some seconds to leave it.

    Raises:
        CommandError: it is not a port, or stays in use.
    """
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
    """Close connection and pool: they must not be shared with the child processes, which open their own."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def wait_until_ready(web: Child, base_url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(base_url):
        if (code := web.exit_code()) is not None:
            raise CommandError(f"The web server stopped with exit code {code}. Its output is above.")
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
    """Restart processes and database when they die, until the web server is stopped."""
    while web.exit_code(POLL_SECONDS) != 0:
        web.revive()
        background.revive()
        if database:
            revive(database)


def revive(database: EmbeddedPostgres) -> None:
    try:
        database.revive()
    except EmbeddedPostgresError as error:
        environment.report(f"The database is away: {error}")


def login_text(login: dict[str, str]) -> str:
    return f"{login['username']} / {login['password']}"


def example_call(demo: dict[str, Any]) -> str:
    """A curl command that works when pasted into a shell."""
    body = {"email": demo["entries"][0], "orderId": time.strftime("order-%H%M%S"), "amount": 49.99, "currency": "USD"}
    return " ".join(
        [
            f"curl -X POST {demo['baseUrl']}/api/v1/contests/{demo['contestId']}/purchases",
            f"-H {shlex.quote('x-api-key: ' + demo['privateKey'])}",
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(strict_json.write(body).decode())}",
        ]
    )
