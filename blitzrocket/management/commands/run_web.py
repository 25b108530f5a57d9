"""Start gunicorn after checking settings and database, so that an error is a sentence and not a worker's traceback."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from blitzrocket.database import why_unusable
from blitzrocket.env import whole_number


class Command(BaseCommand):
    help = "Check the settings and the database, then become gunicorn with gunicorn.conf.py. For production."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # gunicorn reads it too, as soon as it is imported, and does not say what is wrong with it.
            whole_number("WEB_CONCURRENCY", 2, least=1)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if problem := why_unusable(os.environ["DATABASE_URL"]):
            raise CommandError(problem)
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"])  # noqa: S606
