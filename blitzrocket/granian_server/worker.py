"""granian's worker processes: what gunicorn's do by themselves, and granian's do not."""

import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

from granian._internal import load_target

from blitzrocket.web_server import APPLICATION, STOP_SECONDS

QUIET_SECONDS = 150.0  # longer than any call takes to say something, such as an export for its first row
CHECK_SECONDS = 10
WAKE_SECONDS = 0.1
_SENT_AND_RECEIVED = struct.Struct("=44xI4xI")  # milliseconds since then, in Linux' tcp_info


def load_application() -> Callable[..., Any]:
    """The application, in a worker process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian handles it: a process that starts just ends
    repeat_signals()
    threading.Thread(target=stop_with_parent, args=[os.getppid()], daemon=True).start()
    if sys.platform == "linux":
        threading.Thread(target=watch_connections, daemon=True).start()
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


def watch_connections() -> None:
    """Close quiet connections: granian waits for the rest of a body for ever, and a thread with it."""
    while True:
        time.sleep(CHECK_SECONDS)
        for connection in connections():
            close_if_quiet(connection, QUIET_SECONDS)


def connections() -> Iterator[socket.socket]:
    """Copies of the connections of this process's listening sockets; each is closed after its turn."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(copy) for copy in tcp_sockets()]
        listening = [each for each in sockets if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)]
        ports = {each.getsockname()[1] for each in listening}
        yield from (each for each in sockets if each not in listening and each.getsockname()[1] in ports)


def tcp_sockets() -> Iterator[socket.socket]:
    """Copies of this process's TCP sockets."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed meanwhile
            if is_socket(int(name)):
                copy = socket.socket(fileno=os.dup(int(name)))
                if copy.family in {socket.AF_INET, socket.AF_INET6} and copy.type == socket.SOCK_STREAM:
                    yield copy
                else:
                    copy.close()


def is_socket(descriptor: int) -> bool:
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def close_if_quiet(connection: socket.socket, seconds: float) -> None:
    """Close a connection on which nothing was sent or received for so long."""
    with suppress(OSError):  # gone meanwhile
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SENT_AND_RECEIVED.size)
        if min(_SENT_AND_RECEIVED.unpack(info)) > seconds * 1000:
            connection.shutdown(socket.SHUT_RDWR)
