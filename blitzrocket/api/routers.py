"""The router of the API's URLs."""

from rest_framework.routers import SimpleRouter


class ApiRouter(SimpleRouter):
    """Paths without a trailing slash; with one the response is the same, never a redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
