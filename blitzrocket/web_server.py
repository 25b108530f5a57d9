"""The web server, gunicorn or granian, and the settings that both follow; docs/configuration.md lists the variables."""

import os
import resource
import runpy
import sys
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from gunicorn.util import parse_address

from blitzrocket.env import choice, whole_number

COMMANDS = {
    "gunicorn": ["-m", "gunicorn", "--config", "gunicorn.conf.py"],
    "granian": ["-m", "blitzrocket.granian_server"],
}
APPLICATION = "blitzrocket.wsgi:application"
WHOLE_REQUESTS = "blitzrocket.wsgi:whole_requests"
CONNECTIONS = 1000  # of each process; more of them wait in the kernel
OPEN_FILES = 3 * CONNECTIONS  # with large bodies, connections to the database, and all else
BACKLOG = 2048
STOP_SECONDS = 20  # for the calls that a stopping process has accepted


@dataclass(frozen=True)
class WebServerSettings:
    """Processes, and the threads of each; the address is ``host:port`` or ``unix:path``."""

    workers: int
    threads: int
    address: str


def web_server() -> str:
    """The name of the web server.

    Raises:
        ImproperlyConfigured: SERVER is another word.
    """
    return choice("SERVER", "gunicorn", tuple(COMMANDS))


def web_server_command() -> list[str]:
    """The command of the web server, to be run in the project's folder.

    Raises:
        ImproperlyConfigured: a variable has an invalid value. The servers find out too, but some not in a sentence.
    """
    web_server_settings()
    return [sys.executable, *COMMANDS[web_server()]]


def become_web_server(command: list[str]) -> None:
    """Run the command in this process until it ends: its workers share what is loaded by now.

    Raises:
        SystemExit: the end of the web server.
    """
    _python, _option, module, *options = command
    sys.argv = [module, *options]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def web_server_settings() -> WebServerSettings:
    """What both servers follow.

    Raises:
        ImproperlyConfigured: a variable has an invalid value.
    """
    address = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
    try:
        parse_address(address)
    except RuntimeError:
        raise ImproperlyConfigured(
            f"The web server cannot listen on {address!r}: write BIND=address:port or BIND=unix:path, or PORT=number."
        ) from None
    return WebServerSettings(
        workers=whole_number("WEB_CONCURRENCY", 2, least=1),
        threads=whole_number("THREADS", 32, least=1),
        address=address,
    )


def allow_open_files() -> None:
    """Let this process, and those that it starts, open as many files as their connections need, where they may.

    The usual limit is 1,024, and what raises it is allowed to every user.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
