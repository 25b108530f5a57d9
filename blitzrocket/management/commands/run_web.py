"""Start the web server after checking settings and database, so that an error is a sentence and not a traceback."""

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from blitzrocket.database import why_unusable
from blitzrocket.metrics.folder import make_folder
from blitzrocket.web_server import become_web_server, web_server_command


class Command(BaseCommand):
    help = "Check the settings and the database, then become the web server: gunicorn, or granian by SERVER=granian."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            command = web_server_command()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if problem := why_unusable(os.environ["DATABASE_URL"]):
            raise CommandError(problem)
        if settings.METRICS_TOKEN:
            make_folder()
        os.chdir(settings.BASE_DIR)
        become_web_server(command)
