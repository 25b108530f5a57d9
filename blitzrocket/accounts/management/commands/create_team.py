"""Create a team; prints its id as JSON, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket.accounts.models import Team


class Command(BaseCommand):
    help = "Create a team. Prints {teamId, name} as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="Name of the team.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].strip()
        if not name:
            raise CommandError("The name is empty.")
        if Team.objects.filter(name=name).exists():
            raise CommandError(f"A team named “{name}” already exists.")
        team = Team.objects.create(name=name)
        self.stdout.write(json.dumps({"teamId": team.pk, "name": team.name}, ensure_ascii=False))
