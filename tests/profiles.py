"""How often a test tries what chance decides: `make test` and CI now and then, `make check` as often as promised."""

import os

from hypothesis import settings

IS_LONG = os.environ.get("TEST_PROFILE") == "long"


def times(short: int, long: int) -> int:
    """How many examples, rounds or callers this run tries."""
    return long if IS_LONG else short


# A loaded machine is no failure: how long one example takes is not what these tests are about.
settings.register_profile("any machine", deadline=None, max_examples=times(25, 100))
settings.load_profile("any machine")
