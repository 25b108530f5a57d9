"""The command that encrypts the secrets of store connections, webhooks and authenticator apps with the newest key."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket.accounts.services.second_factor import reencrypt_second_factors
from blitzrocket.text import plural
from purchases.models import StoreConnection, WebhookEndpoint
from purchases.stores.secrets import reencrypt_all

Reencrypt = Callable[[Callable[[], None]], tuple[int, list[str]]]
TELL_SECONDS = 2.0


class Progress:
    """Says every two seconds, and at the end, how many rows were read."""

    def __init__(self, what: str, write: Callable[[str], None]) -> None:
        self.what, self._write = what, write
        self.count, self._told_at = 0, time.monotonic()

    def next(self) -> None:
        self.count += 1
        if time.monotonic() - self._told_at >= TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        self._write(f"{self.what}: {self.count:,} read")


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of all store connections, webhooks and authenticator apps with the first key of "
        "STORE_SECRET_KEYS (without it, with SECRET_KEY). Run it after putting a new key first; then the old one can "
        "be removed. Safe to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count, unreadable = self._each("Store connections", partial(reencrypt_all, StoreConnection))
        self.stdout.write(f"Encrypted the secrets of {count} store {plural(count, 'connection', 'connections')}.")
        endpoints, unreadable_endpoints = self._each("Webhooks", partial(reencrypt_all, WebhookEndpoint))
        unreadable += unreadable_endpoints
        if endpoints:
            self.stdout.write(f"Encrypted the secrets of {endpoints} {plural(endpoints, 'webhook', 'webhooks')}.")
        factors, users = self._each("Authenticator apps", reencrypt_second_factors)
        if factors or users:
            self.stdout.write(f"Encrypted the secrets of {factors} authenticator {plural(factors, 'app', 'apps')}.")
        if users:
            raise CommandError(
                f"No key fits the authenticator apps of {', '.join(users)}. Add the key that encrypted them, or run "
                "manage.py reset_second_factor for each."
            )
        if unreadable:
            raise CommandError(
                f"No key fits the secrets of {', '.join(unreadable)}. Add the key that encrypted them, or enter these "
                "secrets again in the admin site."
            )

    def _each(self, what: str, reencrypt: Reencrypt) -> tuple[int, list[str]]:
        progress = Progress(what, self.stderr.write)
        result = reencrypt(progress.next)
        progress.tell()
        return result
