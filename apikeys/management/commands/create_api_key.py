"""Create an API key; prints its secret once, as JSON, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apikeys.models import ApiKey, default_rate_limit
from blitzrocket.accounts.management.teams import add_team_argument, team_named


class Command(BaseCommand):
    help = "Create an API key for a team. Prints {keyId, type, key} as JSON; the key can't be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="Name of the key, for example “web shop”.")
        add_team_argument(parser)
        parser.add_argument("--type", choices=[kind.value for kind in ApiKey.FOR_CALLS], default=ApiKey.Kind.PRIVATE)
        limit = parser.add_mutually_exclusive_group()
        limit.add_argument(
            "--rate-limit", type=int, help="Requests per minute. Default: RATE_LIMIT_PRIVATE or …_PUBLIC."
        )
        limit.add_argument("--no-rate-limit", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["type"]
        key = ApiKey(team=team_named(options["team"]), kind=kind, name=options["name"])
        if not options["no_rate_limit"]:
            key.rate_limit = default_rate_limit(kind) if options["rate_limit"] is None else options["rate_limit"]
        secret = key.new_secret()
        try:
            key.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        key.save()
        self.stdout.write(json.dumps({"keyId": key.pk, "type": str(kind), "key": secret}))
