"""Close connections on which nothing happens, or too little: granian has a time for heads, none for bodies and answers.

All that can be known is what TCP counts, so a client that has sent a part of a body and stops looks like one that waits
for a long answer, and is closed later than one that sends a byte now and then.
"""

import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from blitzrocket.limits import slowest

QUIET_SECONDS = 150.0  # longer than any call takes to say something, such as an export for its first row
CHECK_SECONDS = 10
_INFO = struct.Struct("=44xI4xI64xQQ8xI")  # in Linux' tcp_info


@dataclass(frozen=True)
class Counts:
    """What TCP has counted on a connection: bytes, and the seconds since it last sent and received some."""

    taken: int  # by the client
    received: int
    waiting: int  # for the client to take them
    quiet: float

    @classmethod
    def of(cls, connection: socket.socket) -> "Counts":
        """Read them.

        Raises:
            OSError: it is closed.
        """
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        sent_ago, received_ago, taken, received, waiting = _INFO.unpack(info)
        return cls(taken, received, waiting, min(sent_ago, received_ago) / 1000)


class Progress:
    """What a client has sent or taken since it began with that."""

    def __init__(self, counts: Counts, now: float) -> None:
        self.begin = self.last = counts
        self.since = now

    def is_too_slow(self, counts: Counts, now: float) -> bool:
        """Whether the client needs too long for what it takes; for what it sends, when it sends some more."""
        last, self.last = self.last, counts
        has_begun_to_wait = counts.waiting and not last.waiting
        is_answered = not counts.waiting and counts.taken > last.taken
        begins_to_send = not counts.waiting and last.received == self.begin.received < counts.received
        if has_begun_to_wait or is_answered:
            self.begin, self.since = counts, now
            return False
        if begins_to_send:
            self.since = now
            return False
        if counts.waiting:
            return now - self.since > slowest(counts.taken - self.begin.taken)
        is_sending = counts.received > last.received
        return is_sending and now - self.since > slowest(counts.received - self.begin.received)


def close_slow_connections() -> None:
    """From now on close the slow connections of this process, in a thread of its own; on Linux only."""
    if sys.platform == "linux":
        threading.Thread(target=watch_connections, daemon=True).start()


def watch_connections() -> None:
    watch = Watch()
    while True:
        time.sleep(CHECK_SECONDS)
        watch.check(monotonic())


class Watch:
    def __init__(self, quiet_seconds: float = QUIET_SECONDS) -> None:
        self.quiet_seconds = quiet_seconds
        self._progress: dict[object, Progress] = {}  # by the two addresses

    def check(self, now: float) -> None:
        """Close the connections that are quiet or too slow."""
        before, self._progress = self._progress, {}
        for connection in connections():
            with suppress(OSError):  # gone meanwhile
                key = (connection.getpeername(), connection.getsockname())
                counts = Counts.of(connection)
                progress = self._progress[key] = before.get(key) or Progress(counts, now)
                if progress.is_too_slow(counts, now) or counts.quiet > self.quiet_seconds:
                    connection.shutdown(socket.SHUT_RDWR)


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
