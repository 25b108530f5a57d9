"""Limits of requests: bytes of their bodies, and the time that clients have to send them and to read answers."""

METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
BODY_LIMIT = 64 * 1024  # of an API call, unless its view sets another
LARGEST_BODY = 1024 * 1024  # of any API call
LARGEST_UPLOAD = 16 * 1024 * 1024  # of an admin form
LARGEST_HEAD = 64 * 1024
IN_MEMORY = 256 * 1024  # of a body; a larger one waits in a file

# A client that sends or reads at SLOWEST_RATE, bytes a second, after the first SLOW_SECONDS is just fast enough.
SLOW_SECONDS = 30.0
SLOWEST_RATE = 16 * 1024
IDLE_SECONDS = 75.0  # between two requests
READ_OFF_SECONDS = 5.0  # for reading the rest of a body after the response; at most LARGEST_BODY is read


def slowest(count: int) -> float:
    """The seconds that a client may take at most for so many bytes."""
    return SLOW_SECONDS + count / SLOWEST_RATE
