"""The command that encrypts the secrets of store connections, webhooks and authenticator apps with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket.accounts.services.second_factor import reencrypt_second_factors
from blitzrocket.text import plural
from purchases.models import StoreConnection, WebhookEndpoint
from purchases.stores.secrets import reencrypt_all


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of all store connections, webhooks and authenticator apps with the first key of "
        "STORE_SECRET_KEYS (without it, with SECRET_KEY). Run it after putting a new key first; then the old one can "
        "be removed. Safe to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count, unreadable = reencrypt_all(StoreConnection)
        self.stdout.write(f"Encrypted the secrets of {count} store {plural(count, 'connection', 'connections')}.")
        endpoints, unreadable_endpoints = reencrypt_all(WebhookEndpoint)
        unreadable += unreadable_endpoints
        if endpoints:
            self.stdout.write(f"Encrypted the secrets of {endpoints} {plural(endpoints, 'webhook', 'webhooks')}.")
        factors, users = reencrypt_second_factors()
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
