#!/usr/bin/env python
"""Run a management command, on the embedded database where no other is named."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from blitzrocket import local
from blitzrocket.database import why_unusable
from blitzrocket.embedded import EmbeddedPostgresError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        with local.environment(command):
            execute_from_command_line(sys.argv)
    except (EmbeddedPostgresError, ImproperlyConfigured) as error:
        sys.exit(f"BlitzRocket: {error}")
    except OperationalError:
        problem = why_unusable(os.environ["DATABASE_URL"])
        if problem is None:
            raise
        sys.exit(f"BlitzRocket: {problem}")


if __name__ == "__main__":
    main()
