"""Create a link by which a user chooses a new password; prints it as JSON, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blitzrocket.accounts.management.users import user_named
from blitzrocket.accounts.services.password_mail import link_url
from blitzrocket.accounts.services.passwords import create_password_link
from blitzrocket.audit.context import AuditContext


class Command(BaseCommand):
    help = "Create a link by which a user chooses a new password. It works once, for 24 hours. Prints {link} as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_named(options["username"])
        if not user.is_active:
            raise CommandError(f"The login of {user} is inactive. Make it active first.")
        link, token = create_password_link(user, audit=AuditContext())
        result = {"link": link_url(settings.SITE_URL, token), "expiresAt": link.expires_at.isoformat()}
        if not settings.SITE_URL:
            self.stderr.write("Put the address of this service before the link; with SITE_URL set, it is there.")
        self.stdout.write(json.dumps(result))
