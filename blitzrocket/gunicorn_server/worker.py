"""gunicorn's worker class for the web processes."""

import errno
import os
import select
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Any

from gunicorn.workers.base import Worker as BaseWorker

from blitzrocket.api.refusals import OUR_FAULT
from blitzrocket.gunicorn_server.connection import Connection, State
from blitzrocket.gunicorn_server.refusals import refusal_of

TICK_SECONDS = 1.0
FULL_SECONDS = 0.1
STOPPING_SECONDS = 2.0  # for an unused connection, on which a request may be on its way
SPARE_CONNECTIONS = 32
ACCEPTED_AT_ONCE = 64


class Worker(BaseWorker):
    """A worker whose threads never wait for a client.

    Each thread takes the next connection on which something has come, goes on with it as far as it can, and answers
    those requests that have come whole. So THREADS are for work, and slow clients keep none of them. The main thread
    accepts connections, and ends those that are too slow.
    """

    alive: bool

    def init_process(self) -> None:
        self.set_up()
        super().init_process()

    def set_up(self) -> None:
        """Prepare for connections, in the worker's own process."""
        self.connections: dict[int, Connection] = {}  # by their file's number
        self.ready = select.epoll()
        self.listeners = {listener.fileno(): listener for listener in self.sockets}
        for listener in self.sockets:
            listener.settimeout(0)

    def run(self) -> None:
        self.start_threads()
        listening = select.poll()
        for number in (*self.listeners, self.PIPE[0]):  # the pipe is for signals
            listening.register(number, select.POLLIN)
        next_tick = 0.0
        while self.alive:
            is_full = len(self.connections) >= self.cfg.worker_connections and not self.close_unused()
            for number, _ in [] if is_full else listening.poll(TICK_SECONDS * 1000):
                self.accept(number)
            if is_full:
                select.select([self.PIPE[0]], [], [], FULL_SECONDS)
            if monotonic() >= next_tick:
                next_tick = monotonic() + TICK_SECONDS
                self.notify()
                self.close_late_connections()
                self.alive = self.alive and self.ppid == os.getppid()
        self.finish()

    def start_threads(self) -> None:
        for _ in range(self.cfg.threads):
            Thread(target=self.serve, daemon=True).start()

    def accept(self, number: int) -> None:
        """Accept what waits at a listening socket."""
        listener = self.listeners.get(number)
        if listener is None:  # the pipe of signals
            os.read(number, 4096)
            return
        try:
            for _ in range(ACCEPTED_AT_ONCE):
                if len(self.connections) >= self.cfg.worker_connections:
                    return
                client, address = listener.accept()
                client.settimeout(0)
                connection = Connection(self, client, address, listener.getsockname())
                self.connections[client.fileno()] = connection
                self.ready.register(client.fileno(), select.EPOLLIN | select.EPOLLONESHOT)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED}:
                self.log.warning("A connection could not be accepted: %s", error)
                select.select([self.PIPE[0]], [], [], FULL_SECONDS)

    def serve(self) -> None:
        """Go on with connections that are ready, one at a time."""
        while True:
            for number, _ in self.ready.poll(-1, 1):
                connection = self.connections.get(number)
                if connection is None:
                    continue
                with connection.lock:
                    try:
                        connection.proceed()
                    except Exception:
                        self.log.exception("Error on a connection")
                        connection.close()

    def wait_for(self, connection: Connection, events: int) -> None:
        """Have a thread go on with the connection when it is ready."""
        self.ready.modify(connection.socket.fileno(), events | select.EPOLLONESHOT)

    def handle_error(self, request: Any, client: Any, address: Any, error: BaseException) -> None:
        """Answer what is no request, or what the application failed at, as the API answers errors."""
        refusal = refusal_of(error)
        if refusal is OUR_FAULT:
            self.log.error("Error handling request %s", getattr(request, "uri", ""), exc_info=error)
        else:
            self.log.warning("Invalid request from ip=%s: %s", address[0] if address else "", error)
        with suppress(OSError):  # the client is gone
            client.sendall(refusal.response())

    def forget(self, connection: Connection) -> None:
        self.connections.pop(connection.socket.fileno(), None)

    def may_stay(self) -> bool:
        """Whether a connection may stay open for another request."""
        return self.alive and len(self.connections) < self.cfg.worker_connections - SPARE_CONNECTIONS

    def close_late_connections(self) -> None:
        now = monotonic()
        for connection in list(self.connections.values()):
            if connection.deadline < now and connection.lock.acquire(blocking=False):
                with suppress(OSError):
                    if connection.deadline < now:
                        connection.expire()
                connection.lock.release()

    def close_unused(self) -> bool:
        """Make room: close the connection that has been unused for longest; false where all are in use."""
        unused = [connection for connection in list(self.connections.values()) if connection.state is State.IDLE]
        for connection in sorted(unused, key=lambda connection: connection.since):
            if connection.lock.acquire(blocking=False):
                try:
                    if connection.state is State.IDLE:
                        connection.close()
                        return True
                finally:
                    connection.lock.release()
        return False

    def finish(self) -> None:
        """Answer what was accepted, without the listening sockets: another server can use the port meanwhile."""
        for listener in self.sockets:
            listener.close()
        stopped = monotonic()
        while self.connections and monotonic() < stopped + self.cfg.graceful_timeout:
            self.notify()
            if monotonic() > stopped + STOPPING_SECONDS:
                while self.close_unused():
                    pass
            self.close_late_connections()
            select.select([], [], [], FULL_SECONDS)
