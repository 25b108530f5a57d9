"""``python -m blitzrocket.granian_server``: granian, with the settings that gunicorn.conf.py gives gunicorn."""

import multiprocessing
import sys

from django.core.exceptions import ImproperlyConfigured
from granian._internal import load_target
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from blitzrocket.granian_server.server import Server
from blitzrocket.granian_server.signals import repeat_signals
from blitzrocket.granian_server.worker import load_application
from blitzrocket.limits import LARGEST_HEAD
from blitzrocket.logs import log_config
from blitzrocket.metrics.folder import remove_folder
from blitzrocket.web_server import (
    APPLICATION,
    BACKLOG,
    CONNECTIONS,
    STOP_SECONDS,
    allow_open_files,
    web_server_settings,
)

HEAD_SECONDS = 60  # for the next request to come whole, so also for how long a connection stays open unused


def main() -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SystemExit: a variable has an invalid value, or the address cannot be used.
    """
    try:
        server = granian()
    except ImproperlyConfigured as error:
        sys.exit(f"BlitzRocket: {error}")
    allow_open_files()
    if multiprocessing.get_start_method() == "fork":
        load_target(APPLICATION)  # once, in memory that all workers share
    repeat_signals()
    try:
        server.serve(target_loader=load_application, wrap_loader=False)
    finally:
        remove_folder()


def granian() -> Server:
    """The server with our settings.

    Raises:
        ImproperlyConfigured: a variable has an invalid value.
    """
    settings = web_server_settings()
    log = log_config()
    return Server(
        APPLICATION,
        settings.address,
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


if __name__ == "__main__":
    main()
