"""Create the demo data, and print its keys and logins once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket import strict_json
from blitzrocket.devserver.demo_data import NotEmpty, create_demo_data


class Command(BaseCommand):
    help = "Create a team, a running contest with three entries, two API keys and three logins. Prints them as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="Base URL to print with them.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = create_demo_data()
        except NotEmpty:
            raise CommandError(
                "This database has teams or users already, so no demo data was added. Use an empty database."
            ) from None
        self.stdout.write(strict_json.write(demo.as_json(options["base_url"])).decode())
