"""The product's settings for a test run and its web servers, with passwords that cost next to nothing to check.

`make run` is tested with the product's own settings.
"""

import os

from blitzrocket.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashers.OneRound"]
# A database whose tables are made, on the server that `tests.postgres` starts.
if template := os.environ.get("TEST_DATABASE_IS_EMBEDDED"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": template}  # noqa: F405
# The browser of the tests keeps style sheets and scripts from page to page; whitenoise would have it ask each minute.
WHITENOISE_MAX_AGE = 3600
