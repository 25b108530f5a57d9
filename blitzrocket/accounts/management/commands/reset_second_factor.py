"""Turn off two-step verification of a login whose phone and recovery codes are lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from blitzrocket.accounts.management.users import user_named
from blitzrocket.accounts.services.second_factor import reset
from blitzrocket.audit.context import AuditContext


class Command(BaseCommand):
    help = "Turn off two-step verification of a user who lost phone and recovery codes, and end their sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_named(options["username"])
        if reset(user, audit=AuditContext()):
            self.stdout.write(f"Two-step verification of {user} is off. Their sessions have ended.")
        else:
            self.stdout.write(f"Nothing to do: two-step verification of {user} is off.")
