"""``python -m blitzrocket.granian_server``: granian, with the settings that gunicorn.conf.py gives gunicorn."""

import errno
import socket
import sys
import time
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from gunicorn.util import parse_address

from blitzrocket.granian_server.worker import load_application
from blitzrocket.logs import log_config
from blitzrocket.web_server import APPLICATION, BACKLOG, CONNECTIONS, STOP_SECONDS, web_server_settings

HEAD_SECONDS = 60  # for the next request to come whole, so also for how long a connection stays open unused
LARGEST_HEAD = 64 * 1024
PORT_SECONDS = 3


def main() -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SystemExit: a variable has an invalid value, or the address cannot be used.
    """
    try:
        server = granian()
    except ImproperlyConfigured as error:
        sys.exit(f"BlitzRocket: {error}")
    # Not its own method, which only warns of so many threads.
    super(Server, server).serve(  # type: ignore[arg-type]
        target_loader=load_application, wrap_loader=False
    )


def granian() -> Any:
    """The server with our settings.

    Raises:
        ImproperlyConfigured: a variable has an invalid value, or the address cannot be used.
    """
    settings = web_server_settings()
    log = log_config()
    return Server(
        APPLICATION,
        **listen_options(settings.address),
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # Enough that slow clients leave some; `blitzrocket.middleware.concurrency` limits how many work.
        blocking_threads=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=LARGEST_HEAD),
        websockets=False,
        backlog=BACKLOG,
        # Its word for connections: an idle one counts too.
        backpressure=CONNECTIONS,
        log_level=LogLevels(log["root"]["level"].lower()),
        log_dictconfig=log,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )


def listen_options(address: str) -> dict[str, Any]:
    """The address as granian wants it: a number, not a name.

    Raises:
        ImproperlyConfigured: it is in use, not one of this machine, or a file descriptor.
    """
    parsed = parse_address(address)
    if isinstance(parsed, str):
        return {"uds": Path(parsed)}
    if isinstance(parsed, int):
        raise ImproperlyConfigured(f"Granian cannot listen on {address!r}: write BIND=address:port or BIND=unix:path.")
    try:
        host, port = parsed
        family, *_, number = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        wait_until_free(family, number)
    except OSError as error:
        raise ImproperlyConfigured(f"The web server cannot listen on {address!r}: {error.strerror}.") from None
    return {"address": number[0], "port": number[1]}


def wait_until_free(family: int, number: Any) -> None:
    """Wait for processes of a main process that was killed.

    Granian's processes share the port in a way that another server of the same user could join unnoticed.

    Raises:
        OSError: the address stays in use, or is not one of this machine.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return listener.bind(number)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise
        time.sleep(0.2)


if __name__ == "__main__":
    main()
