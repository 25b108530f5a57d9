"""What is sent to a client: as much as its socket takes at once, the rest when it takes more."""

import os
import select
import socket
from collections import deque
from time import monotonic
from typing import IO

from blitzrocket.limits import slowest

PIECE = 256 * 1024


class TooSlowError(OSError):
    """The client reads too slowly."""


class FilePart:
    """So many bytes of a file from a place on. The file stays open until they are sent."""

    def __init__(self, file: int, start: int, count: int) -> None:
        self.file, self.start, self.count = file, start, count

    def send(self, client: socket.socket) -> int:
        sent = os.sendfile(client.fileno(), self.file, self.start, min(self.count, PIECE))
        if not sent:
            raise OSError("The file has become shorter.")
        self.start += sent
        self.count -= sent
        return sent

    def close(self) -> None:
        os.close(self.file)


class Outbox:
    """Bytes and parts of files on their way to a client. gunicorn's Response takes it for the client's socket."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._pieces: list[bytes] = []  # which become one part
        self._parts: deque[memoryview | FilePart] = deque()
        self.size = 0  # of the pieces
        self.begin()

    def begin(self) -> None:
        """Begin another answer."""
        self.sent = 0
        self._waits_since: float | None = None  # for the client, which did not take all at once
        self._sent_before_waiting = 0
        self._waited = 0.0

    def gettimeout(self) -> float:
        return 0

    def sendall(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.size += len(piece)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int = 0) -> int:
        self._end_part()
        if count:
            self._parts.append(FilePart(os.dup(file.fileno()), offset, count))
        return count

    def send(self) -> bool:
        """Send what the client takes now; true when that was all.

        Raises:
            OSError: the client is gone.
        """
        self._end_part()
        try:
            while self._parts:
                self._send_part(self._parts[0])
        except BlockingIOError:
            if self._waits_since is None:
                self._waits_since, self._sent_before_waiting = monotonic(), self.sent
            return False
        if self._waits_since is not None:
            self._waited += monotonic() - self._waits_since
            self._waits_since = None
        return True

    def send_patiently(self) -> None:
        """Send all, in a thread that makes more of it, such as the rows of an export.

        Raises:
            TooSlowError: the client takes it too slowly.
            OSError: the client is gone.
        """
        while not self.send():
            poll = select.poll()
            poll.register(self._client, select.POLLOUT)
            if not poll.poll(max(0, self.deadline - monotonic()) * 1000):
                raise TooSlowError

    @property
    def deadline(self) -> float:
        """Until when a client that does not take all at once has time.

        It is slow both where it stops and where it takes a little now and then.
        """
        since = monotonic() if self._waits_since is None else self._waits_since
        of_this_wait = slowest(self.sent - self._sent_before_waiting)
        return since + min(of_this_wait, slowest(self.sent) - self._waited)

    def clear(self) -> None:
        """Drop what is not sent."""
        self._pieces, self.size = [], 0
        while self._parts:
            part = self._parts.popleft()
            if isinstance(part, FilePart):
                part.close()

    def _end_part(self) -> None:
        if self._pieces:
            self._parts.append(memoryview(self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)))
            self._pieces, self.size = [], 0

    def _send_part(self, part: memoryview | FilePart) -> None:
        if isinstance(part, FilePart):
            self.sent += part.send(self._client)
            if part.count:
                return
            part.close()
        else:
            sent = self._client.send(part)
            self.sent += sent
            if sent < len(part):
                self._parts[0] = part[sent:]
                return
        self._parts.popleft()
