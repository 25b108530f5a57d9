"""Management commands, with one clear sentence instead of a traceback when settings or database are unusable."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from django.db.migrations.exceptions import InconsistentMigrationHistory

from blitzrocket.database import why_unusable
from blitzrocket.garbage import search_less_often

MADE_BEFORE = (
    "This database was made before 1.0.0, and its tables cannot be changed into those of this version. Name another "
    "database (for make run: another DATA_DIR), or remove this one to begin anew."
)


def run_command(arguments: list[str]) -> None:
    """Run a command as Django does; the first argument is the program's name.

    Raises:
        SystemExit: the settings or the database cannot be used; the message says why.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
    search_less_often()
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"BlitzRocket: {error}")
    except InconsistentMigrationHistory:
        sys.exit(f"BlitzRocket: {MADE_BEFORE}")
    except OperationalError:
        problem = why_unusable(os.environ["DATABASE_URL"])
        if problem is None:
            raise
        sys.exit(f"BlitzRocket: {problem}")
