"""Making connections, and the secrets by which their deliveries are verified."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apikeys.models import ApiKey
from contests.models import Contest
from purchases.models.stores import StoreConnection
from purchases.stores.secrets import decrypt, encrypt

OVERLAP = timedelta(days=1)  # for which a replaced secret stays valid


def create_connection(
    contest: Contest, *, kind: str, name: str, secret: str, options: dict[str, str] | None = None, user: Any = None
) -> StoreConnection:
    """Connect a contest to a store."""
    with transaction.atomic():
        key = ApiKey(team_id=contest.team_id, kind=ApiKey.Kind.STORE, name=name, created_by=user)
        key.new_secret()  # which nobody is told
        key.save()
        return StoreConnection.objects.create(
            contest=contest,
            api_key=key,
            kind=kind,
            name=name,
            secret=encrypt(secret),
            options=options or {},
            created_by=user,
        )


def replace_secret(connection: StoreConnection, secret: str, now: datetime) -> None:
    """The old one stays valid for `OVERLAP`, so that no delivery is lost between the two sides' changes."""
    connection.previous_secret, connection.previous_secret_until = connection.secret, now + OVERLAP
    connection.secret = encrypt(secret)
    connection.save(update_fields=["secret", "previous_secret", "previous_secret_until"])


def secrets_of(connection: StoreConnection, now: datetime) -> list[str]:
    """Those that are valid now."""
    texts = [connection.secret]
    if connection.previous_secret and connection.previous_secret_until and now < connection.previous_secret_until:
        texts.append(connection.previous_secret)
    return [decrypt(text) for text in texts]
