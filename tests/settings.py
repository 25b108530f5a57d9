"""The product's settings for a test run and its web servers, with passwords that cost next to nothing to check.

`make run` is tested with the product's own settings.
"""

from blitzrocket.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashers.OneRound"]
