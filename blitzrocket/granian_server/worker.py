"""granian's worker processes: what gunicorn's do by themselves, and granian's do not."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from granian._internal import load_target

from blitzrocket.quiet_connections import close_quiet_connections
from blitzrocket.web_server import APPLICATION, STOP_SECONDS

WAKE_SECONDS = 0.1


def load_application() -> Callable[..., Any]:
    """The application, in a worker process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian handles it: a process that starts just ends
    repeat_signals()
    threading.Thread(target=stop_with_parent, args=[os.getppid()], daemon=True).start()
    close_quiet_connections()
    application: Callable[..., Any] = load_target(APPLICATION)
    return application


def repeat_signals() -> None:
    """Wake the main thread once more after each signal.

    It sleeps until it is told to stop, and can miss a signal that comes in the moment in which it falls asleep.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGURG, lambda number, frame: None)
    threading.Thread(target=wake_main_thread, args=[reader], daemon=True).start()


def wake_main_thread(signals: int) -> None:
    """Interrupt its sleep a moment after each signal that the file of numbers has, so that Python handles it."""
    while number := os.read(signals, 1):
        if number[0] != signal.SIGURG:
            time.sleep(WAKE_SECONDS)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)


def stop_with_parent(parent: int) -> None:
    """Stop gracefully when the main process was killed; otherwise the port would stay in use."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
