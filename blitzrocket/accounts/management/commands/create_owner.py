"""Create a login for an owner of a team; prints it as JSON, for scripts."""

import json
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from blitzrocket.accounts.management.teams import add_team_argument, team_named
from blitzrocket.accounts.models import Membership, User

PASSWORD_BYTES = 15


class Command(BaseCommand):
    help = (
        "Create a login and make it an owner of a team. Prints {username, password, teamId} as JSON. The owner chooses "
        "another password at the first sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        add_team_argument(parser)
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="Read the password from the first line of standard input. Default: a random one, printed once.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        team = team_named(options["team"])
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else ""
        user = User(username=options["username"], email=options["email"], is_staff=True, must_change_password=True)
        try:
            user.full_clean(exclude=["password"])
            if options["password_stdin"]:
                validate_password(password, user)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        generated = "" if password else secrets.token_urlsafe(PASSWORD_BYTES)
        user.set_password(password or generated)
        with transaction.atomic():
            user.save()
            Membership.objects.create(team=team, user=user, role=Membership.Role.OWNER)
        result = {"username": user.username, "teamId": team.pk} | ({"password": generated} if generated else {})
        self.stdout.write(json.dumps(result, ensure_ascii=False))
