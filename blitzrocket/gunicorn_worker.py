"""The class of gunicorn's worker processes."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """gunicorn's worker with threads, which gives the port back as soon as it stops.

    It answers the calls that it has taken for 20 seconds more. Meanwhile another server can listen: the one that is
    started because the master of this one was killed.
    """

    alive: bool

    def is_parent_alive(self) -> bool:
        """Whether to go on; a worker whose master was killed stops as if the master had asked it to."""
        self.alive = self.alive and super().is_parent_alive()
        return self.alive

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; when it stops, never again."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()
