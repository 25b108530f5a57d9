"""Close connections on which nothing happens: neither web server does while it waits for a body or sends a response."""

import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

QUIET_SECONDS = 150.0  # longer than any call takes to say something, such as an export for its first row
CHECK_SECONDS = 10
_SENT_AND_RECEIVED = struct.Struct("=44xI4xI")  # milliseconds since then, in Linux' tcp_info


def close_quiet_connections() -> None:
    """From now on close the quiet connections of this process, in a thread of its own; on Linux only."""
    if sys.platform == "linux":
        threading.Thread(target=watch_connections, daemon=True).start()


def watch_connections() -> None:
    while True:
        time.sleep(CHECK_SECONDS)
        for connection in connections():
            close_if_quiet(connection, QUIET_SECONDS)


def connections() -> Iterator[socket.socket]:
    """Copies of the connections of this process's listening sockets, one at a time."""
    ports = {copy.getsockname()[1] for copy in tcp_sockets() if is_listening(copy)}
    yield from (copy for copy in tcp_sockets() if copy.getsockname()[1] in ports and not is_listening(copy))


def tcp_sockets() -> Iterator[socket.socket]:
    """Copies of this process's TCP sockets; each is closed when the next one is asked for."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed meanwhile
            if is_socket(int(name)):
                with socket.socket(fileno=os.dup(int(name))) as copy:
                    if copy.family in {socket.AF_INET, socket.AF_INET6} and copy.type == socket.SOCK_STREAM:
                        yield copy


def is_listening(copy: socket.socket) -> bool:
    return bool(copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def is_socket(descriptor: int) -> bool:
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def close_if_quiet(connection: socket.socket, seconds: float) -> None:
    """Close a connection on which nothing was sent or received for so long."""
    with suppress(OSError):  # gone meanwhile
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SENT_AND_RECEIVED.size)
        if min(_SENT_AND_RECEIVED.unpack(info)) > seconds * 1000:
            connection.shutdown(socket.SHUT_RDWR)
