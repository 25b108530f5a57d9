"""gunicorn's logger."""

from typing import Any

from gunicorn.glogging import Logger


class EventLogger(Logger):
    """Without a line for each request, which gunicorn would put together to throw it away."""

    def access(self, *arguments: Any) -> None:
        pass
