"""Create a contest with the default rule; prints its id as JSON, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify

from blitzrocket.accounts.management.teams import add_team_argument, team_named
from contests.models import Contest
from contests.services import create_contest


class Command(BaseCommand):
    help = "Create a contest with 1 point per 1.00 of any currency. Prints {contestId, teamId, status} as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("title")
        add_team_argument(parser)
        parser.add_argument("--id", help="ID in another service. Default: a new one.")
        parser.add_argument("--slug", help="Name in URLs. Default: created from the title.")
        parser.add_argument("--mode", choices=Contest.Mode.values, default=Contest.Mode.GIVEAWAY)
        parser.add_argument("--status", choices=Contest.Status.values, default=Contest.Status.DRAFT)
        parser.add_argument("--starts-at", help="Start, ISO 8601 with a time zone. Default: right away.")
        parser.add_argument("--ends-at", help="End (not included), ISO 8601 with a time zone. Default: none.")
        parser.add_argument("--evergreen", action="store_true", help="No end date.")

    def handle(self, *args: Any, **options: Any) -> None:
        team = team_named(options["team"])
        fields = {
            "title": options["title"],
            "slug": options["slug"] or slugify(options["title"]),
            "mode": options["mode"],
            "status": options["status"],
            "starts_at": _time("starts-at", options["starts_at"]),
            "ends_at": _time("ends-at", options["ends_at"]),
            "is_evergreen": options["evergreen"],
        } | ({"id": options["id"]} if options["id"] else {})
        try:
            Contest(team=team, **fields).full_clean(exclude=["rule_set"])
        except ValidationError as error:
            raise CommandError("; ".join(_sentences(error))) from None
        with transaction.atomic():
            contest = create_contest(team, **fields)
        result = {"contestId": contest.pk, "teamId": team.pk, "status": str(contest.status)}
        self.stdout.write(json.dumps(result, ensure_ascii=False))


def _time(name: str, text: str | None) -> Any:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"--{name} is {text!r}: write ISO 8601 with a time zone, such as 2026-12-01T00:00:00Z.")
    return moment


def _sentences(error: ValidationError) -> list[str]:
    return [f"{field}: {message}" for field, messages in error.message_dict.items() for message in messages]
