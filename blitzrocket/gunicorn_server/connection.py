"""A client's connection. Nothing here waits for the client, but for who reads an export."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from gunicorn.http import wsgi

from blitzrocket.api.refusals import BODY_CUT_OFF, TOO_SLOW, Refusal
from blitzrocket.gunicorn_server.heads import Heads, environ_of, whole_answer
from blitzrocket.gunicorn_server.outbox import Outbox
from blitzrocket.gunicorn_server.requests import Body, ChunkedBody, body_of, takes_turns
from blitzrocket.limits import IDLE_SECONDS, LARGEST_BODY, READ_OFF_SECONDS, SLOW_SECONDS, slowest

PIECE = 64 * 1024
STREAMED_PIECE = 16 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Server(Protocol):
    """What a connection needs of its worker."""

    cfg: Any
    heads: Heads
    wsgi: Any
    log: Any

    def wait_for(self, connection: "Connection", events: int) -> None: ...
    def forget(self, connection: "Connection") -> None: ...
    def may_stay(self) -> bool: ...
    def handle_error(self, request: Any, client: Any, address: Any, error: BaseException) -> None: ...


class State(Enum):
    IDLE = "between requests"
    READING = "a request has begun"
    SENDING = "the client reads the response"
    CLOSING = "what the client still sends is dropped"
    CLOSED = "closed"


class Connection:
    """The requests of a connection, one after the other.

    Whoever has its `lock` goes on with it: the loop when the client has sent or taken something, who answers a request,
    or the main thread when the deadline is over.
    """

    def __init__(self, server: Server, client: socket.socket, address: Any, local_address: Any) -> None:
        self._server, self.socket = server, client
        self._address, self._local_address = address, local_address
        self.lock = Lock()
        self.state = State.IDLE
        self.since = monotonic()
        self.deadline = self.since + SLOW_SECONDS
        self._received = bytearray()
        self._has_ended = False  # the client sends no more
        self._count = 0  # of requests
        self._incoming: tuple[Any, Body] | None = None  # a request whose head has come
        self._is_whole = False  # that request
        self._outbox = Outbox(client)
        self._closes = False  # after the answer
        self._left_to_drop = 0  # of a refused body

    def proceed(self) -> bool:
        """Go on as far as the client has come; true when a request is to be answered."""
        if self.state is State.SENDING:
            return self._go_on(self._send)
        if self.state is State.CLOSING:
            return self._go_on(self._drop)
        return self.state is not State.CLOSED and self._go_on(self._receive)

    def answer(self) -> bool:
        """Answer the request that has come; true when there is another one."""
        return self._go_on(self._answer)

    @property
    def takes_turns(self) -> bool:
        """Whether the request that has come runs in turn with others in one thread."""
        if self._incoming is None:
            return False
        request, _ = self._incoming
        return takes_turns(request.method, request.path)

    def _go_on(self, step: Callable[[], None]) -> bool:
        self._is_whole = False
        try:
            step()
        except BlockingIOError:
            self._wait(select.EPOLLIN)
        except OSError:  # the client is gone
            self.close()
        return self._is_whole

    def expire(self) -> None:
        """End what takes the client too long."""
        if self.state is State.READING:
            self._say(TOO_SLOW)
        self.close()

    def close(self) -> None:
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self._server.forget(self)
            self._outbox.clear()
            self.socket.close()

    def _receive(self) -> None:
        piece = self.socket.recv(PIECE)
        self._has_ended = not piece
        self._received += piece
        if self.state is State.IDLE and piece:
            self.state, self.since = State.READING, monotonic()
            self.deadline = self.since + SLOW_SECONDS
        self._look_for_request()

    def _look_for_request(self) -> None:
        """Look whether a request has come whole, and wait for its rest where it has not."""
        try:
            self._is_whole = self._has_request()
        except Exception as error:
            self._refuse(error)
            return
        if not self._is_whole:
            self._wait_for_rest()

    def _has_request(self) -> bool:
        """Whether a request has come whole, or as much of it as is taken."""
        if self._incoming is None:
            if not self._received:
                return False
            request = self._server.heads.read(self._received, self._address, self._count + 1)
            if request is None:
                return False
            self._count += 1
            self.since = monotonic()
            self._incoming = request, body_of(request)
        request, body = self._incoming
        if body.is_too_large or body.take(self._received):
            return True
        if request._expected_100_continue and not body.size:
            request._expected_100_continue = False
            self.socket.send(CONTINUE)
        return body.is_too_large

    def _wait_for_rest(self) -> None:
        size = self._incoming[1].size if self._incoming else 0
        if self._has_ended:
            if size:
                self._say(BODY_CUT_OFF)
            self.close()
            return
        if size:
            self.deadline = self.since + slowest(size)
        self._wait(select.EPOLLIN)

    def _say(self, refusal: Refusal) -> None:
        with suppress(OSError):
            self.socket.send(refusal.response())

    def _refuse(self, error: Exception) -> None:
        """Answer what is not a request."""
        self._server.handle_error(None, self.socket, self._address, error)
        self._close_after_reading()

    def _answer(self) -> None:
        if self._incoming is None:
            return
        (request, body), self._incoming = self._incoming, None
        self._outbox.begin()
        try:
            self._closes = self._call(request, body)
        except OSError:
            raise
        except (Exception, SystemExit) as error:
            if self._outbox.sent:  # a part of the answer: all that can be done is to stop
                self._server.log.exception("Error handling request")
                self.close()
                return
            self._outbox.clear()
            self._closes = True
            self._server.handle_error(request, self._outbox, self._address, error)
        finally:
            body.file.close()
        self._left_to_drop = LARGEST_BODY if body.is_too_large else 0
        self._send()

    def _call(self, request: Any, body: Body) -> bool:
        """Have the application answer; true when the connection is to be closed then."""
        body.file.seek(0)
        is_last = body.is_too_large or (self._has_ended and not self._received) or not self._server.may_stay()
        if hasattr(request, "environ"):
            return self._call_plainly(request, body, is_last=is_last)
        request._expected_100_continue = False  # answered by now
        response, environ = wsgi.create(request, self._outbox, self._address, self._local_address, self._server.cfg)
        environ["wsgi.multithread"] = True
        if isinstance(body, ChunkedBody):
            environ["CONTENT_LENGTH"] = str(body.size)
        environ["wsgi.input"] = body.file
        if is_last:
            response.force_close()
        result = self._server.wsgi(environ, response.start_response)
        try:
            if isinstance(result, wsgi.FileWrapper):
                response.write_file(result)
            else:
                self._write(result, response)
            response.close()
        finally:
            if hasattr(result, "close"):  # before the client reads: it has a database connection
                result.close()
        return bool(response.should_close())

    def _call_plainly(self, request: Any, body: Body, *, is_last: bool) -> bool:
        """The same for a call whose head is remembered, and whose answer is written at once."""
        environ = environ_of(request, self._address, self._local_address, self._server.cfg)
        environ["wsgi.input"] = body.file
        started: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(self._server.wsgi(environ, lambda status, headers: started.append((status, headers))))
        ((status, headers),) = started
        closes: bool = is_last or request.should_close()
        self._outbox.sendall(whole_answer(status, headers, content, closes=closes))
        return closes

    def _write(self, result: Any, response: Any) -> None:
        streams = getattr(result, "streaming", False)
        for piece in result:
            response.write(piece)
            if streams and (self._outbox.size > STREAMED_PIECE or not self._outbox.sent):
                self._outbox.send_patiently()

    def _send(self) -> None:
        if not self._outbox.send():
            self.state, self.deadline = State.SENDING, self._outbox.deadline
            self._wait(select.EPOLLOUT)
        elif self._closes:
            self._close_after_reading()
        else:
            self.since = monotonic()
            if self._received:
                self.state, self.deadline = State.READING, self.since + SLOW_SECONDS
            else:
                self.state, self.deadline = State.IDLE, self.since + IDLE_SECONDS
            self._look_for_request()

    def _close_after_reading(self) -> None:
        """Close the connection when the client has, or a little later: else it might not get the answer.

        Where a body was refused, it may still be sending that, and only then reads.
        """
        self.state, self.deadline = State.CLOSING, monotonic() + READ_OFF_SECONDS
        if not self._left_to_drop:
            self.socket.shutdown(socket.SHUT_WR)
            self._left_to_drop = LARGEST_BODY
        self._left_to_drop -= len(self._received)
        self._received.clear()
        self._drop()

    def _drop(self) -> None:
        while self._left_to_drop > 0 and not self._has_ended:
            piece = self.socket.recv(PIECE)
            self._left_to_drop -= len(piece)
            self._has_ended = not piece
        self.close()

    def _wait(self, events: int) -> None:
        self._server.wait_for(self, events)
