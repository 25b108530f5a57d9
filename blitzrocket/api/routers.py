"""Addresses of the API."""

from rest_framework.routers import SimpleRouter


class ApiRouter(SimpleRouter):
    """Paths have no trailing slash; with one the answer is the same, never a redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
