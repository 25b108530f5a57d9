"""Progress on standard error, so that standard output has the table alone."""

import sys


class BenchError(Exception):
    """The run is over: what was measured would not count, or something failed; the message says what."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
