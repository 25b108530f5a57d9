"""gunicorn's worker class for the web processes."""

import errno
import os
import select
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Any

from gunicorn.workers.base import Worker as BaseWorker

from blitzrocket.api.refusals import OUR_FAULT
from blitzrocket.gunicorn_server.connection import Connection, State
from blitzrocket.gunicorn_server.heads import Heads
from blitzrocket.gunicorn_server.refusals import refusal_of
from blitzrocket.postgres.base import keep_connections_by_call
from blitzrocket.turns import Loop

TICK_SECONDS = 1.0
FULL_SECONDS = 0.1
STOPPING_SECONDS = 2.0  # for an unused connection, on which a request may be on its way
SPARE_CONNECTIONS = 32
ACCEPTED_AT_ONCE = 64
FEW_CONNECTIONS = 20
STEP_BACK_SECONDS = 0.0001


class Worker(BaseWorker):
    """A worker whose threads never wait for a client.

    One half of THREADS are calls that take turns, the other half threads: together they use that many connections.
    The thread of a loop reads what has come on connections. It answers calls that take turns, such as those that
    record an order, by itself, and gives other requests that have come whole to the next free thread. So THREADS are
    for work, slow clients keep none of them, and a page that takes long keeps no order waiting. The main thread accepts
    connections, and ends those that are too slow.
    """

    alive: bool

    def init_process(self) -> None:
        keep_connections_by_call()
        self.set_up()
        super().init_process()

    def set_up(self) -> None:
        """Prepare for connections, in the worker's own process."""
        self.connections: dict[int, Connection] = {}  # by their file's number
        self.heads = Heads(self.cfg)
        self.loop = Loop(-(-self.cfg.threads // 2))
        self.requests: SimpleQueue[Connection] = SimpleQueue()  # which threads answer
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
        for _ in range(-(-self.cfg.threads // 2)):
            Thread(target=self.serve, daemon=True).start()
        Thread(target=self.loop.run, daemon=True).start()

    def accept(self, number: int) -> None:
        """Accept what waits at a listening socket."""
        listener = self.listeners.get(number)
        if listener is None:  # the pipe of signals
            os.read(number, 4096)
            return
        try:
            for _ in range(self.step_back()):
                if len(self.connections) >= self.cfg.worker_connections:
                    return
                client, address = listener.accept()
                client.settimeout(0)
                connection = Connection(self, client, address, listener.getsockname())
                self.connections[client.fileno()] = connection
                self.loop.handlers[client.fileno()] = partial(self.proceed, connection)
                self.loop.files.register(client.fileno(), select.EPOLLIN | select.EPOLLONESHOT)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.ECONNABORTED}:
                self.log.warning("A connection could not be accepted: %s", error)
                select.select([self.PIPE[0]], [], [], FULL_SECONDS)

    def step_back(self) -> int:
        """Let a process with fewer connections be first; returns how many to accept.

        All processes listen on the same sockets, and the first to wake up would take all clients that come together,
        while a core has nothing to do.
        """
        if self.cfg.workers == 1:
            return ACCEPTED_AT_ONCE
        count = len(self.connections)
        sleep(min(count, FEW_CONNECTIONS) * STEP_BACK_SECONDS)
        return 1 if count < FEW_CONNECTIONS else ACCEPTED_AT_ONCE

    def serve(self) -> None:
        """Answer requests, one at a time."""
        while True:
            connection = self.requests.get()
            self.go_on(connection, connection.answer)

    def proceed(self, connection: Connection, events: int) -> None:
        """Go on with a connection that is ready."""
        connection.lock.acquire()  # for a moment, who had it last may be about to release it
        self.go_on(connection, connection.proceed)

    def go_on(self, connection: Connection, step: Callable[[], bool]) -> None:
        """Take a step on a connection whose lock is held, and pass it to who answers its next request, if any."""
        try:
            has_request = step()
        except Exception:
            self.log.exception("Error on a connection")
            connection.close()
            has_request = False
        if not has_request:
            connection.lock.release()
        elif connection.takes_turns:
            self.loop.start(partial(self.go_on, connection, connection.answer))
        else:
            self.requests.put(connection)

    def wait_for(self, connection: Connection, events: int) -> None:
        """Have the loop go on with the connection when it is ready."""
        self.loop.files.modify(connection.socket.fileno(), events | select.EPOLLONESHOT)

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
        number = connection.socket.fileno()
        self.connections.pop(number, None)
        self.loop.handlers.pop(number, None)

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
