"""Making connections, and the secrets by which their deliveries are verified."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apikeys.models import ApiKey
from contests.models import Contest
from purchases.models.stores import StoreConnection
from purchases.stores.secrets import SecretUnreadable, decrypt, encrypt

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=1)  # for which a replaced secret stays valid


def create_connection(
    contest: Contest, *, kind: str, name: str, secret: str, options: dict[str, str] | None = None, user: Any = None
) -> StoreConnection:
    """Connect a contest to a store; the secret is empty where the store shows it only later."""
    with transaction.atomic():
        key = ApiKey(team_id=contest.team_id, kind=ApiKey.Kind.STORE, name=name, created_by=user)
        key.new_secret()  # never shown: no call uses it
        key.save()
        return StoreConnection.objects.create(
            contest=contest,
            api_key=key,
            kind=kind,
            name=name,
            secret=encrypt(secret) if secret else "",
            options=options or {},
            active_since=timezone.now(),
            created_by=user,
        )


def replace_secret(connection: StoreConnection, secret: str, now: datetime) -> None:
    """The old one stays valid for `OVERLAP`, so that no delivery is lost between the two sides' changes."""
    connection.previous_secret = connection.secret
    connection.previous_secret_until = now + OVERLAP if connection.secret else None
    connection.secret = encrypt(secret)
    connection.save(update_fields=["secret", "previous_secret", "previous_secret_until"])


def is_secret_readable(connection: StoreConnection) -> bool:
    """Whether a key in the settings fits its secret; also of one without a secret."""
    try:
        decrypt(connection.secret) if connection.secret else None
    except SecretUnreadable:
        return False
    return True


def secrets_of(connection: StoreConnection, now: datetime) -> list[str]:
    """The secrets that are valid now.

    Raises:
        SecretUnreadable: there is none, or none of the keys in the settings fits.
    """
    texts = [connection.secret] if connection.secret else []
    if connection.has_old_secret_at(now):
        texts.append(connection.previous_secret)
    secrets = []
    for text in texts:
        try:
            secrets.append(decrypt(text))
        except SecretUnreadable:
            logger.warning("no key of STORE_SECRET_KEYS fits a secret", extra={"connection": connection.pk})
    if not secrets:
        raise SecretUnreadable
    return secrets
