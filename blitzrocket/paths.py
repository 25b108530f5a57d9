"""Recognising the API's URLs."""

import re

# Also with several leading slashes, as clients send that join a base URL and a path: no route, but still the API's 404.
_api = re.compile(r"/+api(?:/|\Z)")


def is_api(path: str) -> bool:
    """Whether responses at this path, errors too, have the API's form."""
    return _api.match(path) is not None
