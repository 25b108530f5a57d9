"""granian's worker processes: what gunicorn's do by themselves, and granian's do not."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from granian._internal import load_target

from blitzrocket.granian_server.signals import repeat_signals
from blitzrocket.granian_server.slow_connections import close_slow_connections
from blitzrocket.web_server import APPLICATION, STOP_SECONDS


def load_application() -> Callable[..., Any]:
    """The application, in a worker process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian handles it: a process that starts just ends
    repeat_signals()
    threading.Thread(target=stop_with_parent, args=[os.getppid()], daemon=True).start()
    close_slow_connections()
    application: Callable[..., Any] = load_target(APPLICATION)
    return application


def stop_with_parent(parent: int) -> None:
    """Stop gracefully when the main process was killed; otherwise the port would stay in use."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
