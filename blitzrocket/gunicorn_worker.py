"""gunicorn's worker class for the web processes, and its logger."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from blitzrocket.quiet_connections import close_quiet_connections


class Worker(ThreadWorker):
    """A threaded worker that closes its listening sockets as soon as it stops.

    It still answers accepted calls for up to 20 seconds. Meanwhile another server can use the port, such as the one
    started because this worker's master was killed.
    """

    alive: bool

    def init_process(self) -> None:
        close_quiet_connections()
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """As many threads as connections, so that slow clients leave some; `middleware.concurrency` limits the work."""
        return ThreadPoolExecutor(self.worker_connections)

    def is_parent_alive(self) -> bool:
        """Whether to go on; a worker whose master was killed stops gracefully."""
        self.alive = self.alive and super().is_parent_alive()
        return self.alive

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; a stopping worker closes its sockets for good."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()


class EventLogger(Logger):
    """gunicorn's logger without a line for each request, which it would put together to throw it away."""

    def access(self, *arguments: Any) -> None:
        pass
