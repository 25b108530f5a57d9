"""Secrets of connections, encrypted at rest."""

import secrets

from blitzrocket.encryption import SecretBox, SecretUnreadable

__all__ = ["SecretUnreadable", "decrypt", "encrypt", "new_secret", "reencrypt", "secret_box"]

SECRET_BYTES = 30  # 40 characters, the most that Lemon Squeezy takes
secret_box = SecretBox(b"store secrets")
encrypt, decrypt, reencrypt = secret_box.encrypt, secret_box.decrypt, secret_box.reencrypt


def new_secret() -> str:
    """A secret for stores that let us choose it."""
    return secrets.token_urlsafe(SECRET_BYTES)
