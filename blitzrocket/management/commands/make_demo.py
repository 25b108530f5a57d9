"""Put the demo data into the database, and say its keys and logins once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket import exact_json
from blitzrocket.demo import DemoExists, make_demo


class Command(BaseCommand):
    help = "Make a team, a running contest with three entries, two API keys and three logins; print them as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="The address to print with them.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = make_demo()
        except DemoExists:
            raise CommandError("There is a user named admin, owner or support already; nothing was made.") from None
        self.stdout.write(exact_json.write(demo.as_json(options["base_url"])).decode())
