"""Secrets of connections, encrypted at rest."""

import secrets

from blitzrocket.encryption import SecretBox, SecretUnreadable

__all__ = ["SecretUnreadable", "decrypt", "encrypt", "new_secret", "reencrypt"]

SECRET_BYTES = 30  # 40 characters, the most that Lemon Squeezy takes
_box = SecretBox(b"store secrets")
encrypt, decrypt, reencrypt = _box.encrypt, _box.decrypt, _box.reencrypt


def new_secret() -> str:
    """A secret for stores that let us choose it."""
    return secrets.token_urlsafe(SECRET_BYTES)
