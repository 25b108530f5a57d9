"""Which addresses belong to the API."""

import re

# Also with more slashes before it, as clients write that join a base address and a path: no route, but no page either.
_api = re.compile(r"/+api(?:/|\Z)")


def is_api(path: str) -> bool:
    """Whether whatever is answered there is answered as the API does."""
    return _api.match(path) is not None
