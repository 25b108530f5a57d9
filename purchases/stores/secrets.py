"""Secrets of store connections and webhooks, encrypted at rest."""

import secrets
from collections.abc import Callable, Iterator

from blitzrocket.encryption import SecretBox, SecretUnreadable
from purchases.models import StoreConnection, WebhookEndpoint

__all__ = ["SecretUnreadable", "decrypt", "encrypt", "new_secret", "reencrypt_all", "secret_box", "stored_secrets"]

SECRET_BYTES = 30  # 40 characters, the most that Lemon Squeezy takes
SecretOwner = type[StoreConnection] | type[WebhookEndpoint]
secret_box = SecretBox(b"store secrets")
encrypt, decrypt, reencrypt = secret_box.encrypt, secret_box.decrypt, secret_box.reencrypt


def new_secret() -> str:
    """A secret for stores that let us choose it."""
    return secrets.token_urlsafe(SECRET_BYTES)


def stored_secrets(model: SecretOwner) -> Iterator[tuple[str, SecretBox, str]]:
    """All stored secrets of a model, each with the id of its row and what encrypts it."""
    for row in model.objects.order_by("pk").iterator():
        for text in filter(None, (row.secret, row.previous_secret)):
            yield row.pk, secret_box, text


def reencrypt_all(model: SecretOwner, on_row: Callable[[], None] = lambda: None) -> tuple[int, list[str]]:
    """Encrypt all secrets of a model with the first key; of a run that was interrupted, the next goes on.

    Returns the number of rows with a secret of another key, and the ids of those that no key fits.
    """
    done, unreadable = 0, []
    for row in model.objects.order_by("pk").iterator():
        on_row()
        texts = row.secret, row.previous_secret
        try:
            secret, previous = (reencrypt(text) if text else "" for text in texts)
        except SecretUnreadable:
            unreadable.append(row.pk)
            continue
        if (secret, previous) == texts:
            continue
        # Race: the secret was replaced meanwhile, and that one is encrypted with the first key.
        same = model.objects.filter(contest=row.contest_id, pk=row.pk, secret=texts[0], previous_secret=texts[1])
        done += same.update(secret=secret, previous_secret=previous)
    return done, unreadable
