"""The command that says whether the keys in the environment decrypt all stored secrets."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blitzrocket.accounts.services.second_factor import stored_second_factors
from blitzrocket.encryption import SecretUnreadable
from purchases.models import StoreConnection, WebhookEndpoint
from purchases.stores.secrets import stored_secrets


class Command(BaseCommand):
    help = (
        "Decrypt the stored secrets of store connections, webhooks and authenticator apps with the keys in the "
        "environment (STORE_SECRET_KEYS, else SECRET_KEY), and print how many need which key. Exits with 1 where none "
        "fits."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable: list[str] = []
        numbers: Counter[int] = Counter()
        for stored in (stored_secrets(StoreConnection), stored_secrets(WebhookEndpoint), stored_second_factors()):
            for owner, box, text in stored:
                try:
                    numbers[box.key_number(text)] += 1
                except SecretUnreadable:
                    unreadable.append(owner)
        for number, count in sorted(numbers.items()):
            self.stdout.write(f"{count:8,} secrets with key {number}{'' if number == 1 else ', an older one'}")
        if not numbers and not unreadable:
            self.stdout.write("No secrets are stored.")
        if unreadable:
            raise CommandError(
                f"No key in the environment fits the secrets of {', '.join(sorted(set(unreadable)))}. Set "
                "STORE_SECRET_KEYS (or SECRET_KEY) to what it was when they were stored."
            )
