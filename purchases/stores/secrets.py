"""Secrets of connections, encrypted at rest.

`STORE_SECRET_KEYS` has the keys: the first encrypts, all decrypt, so that a key can be replaced without a gap. Without
it, keys are derived from `SECRET_KEY` and `SECRET_KEY_FALLBACKS`.
"""

import base64
import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

MAX_REMEMBERED = 500
SECRET_BYTES = 30  # 40 characters, the most that Lemon Squeezy takes


class SecretUnreadable(Exception):
    """There is no secret yet, or the key that encrypted it is missing from the settings."""


def new_secret() -> str:
    """A secret for stores that let us choose it."""
    return secrets.token_urlsafe(SECRET_BYTES)


def encrypt(secret: str) -> str:
    return _box(_keys()).encrypt(secret.encode()).decode()


def decrypt(text: str) -> str:
    """The secret.

    Raises:
        SecretUnreadable: no key fits.
    """
    try:
        return _decrypted(text, _keys())
    except InvalidToken:
        raise SecretUnreadable from None


@lru_cache(MAX_REMEMBERED)
def _decrypted(text: str, keys: tuple[str, ...]) -> str:
    return _box(keys).decrypt(text.encode()).decode()


def reencrypt(text: str) -> str:
    """The same secret, encrypted with the first key.

    Raises:
        SecretUnreadable: no key fits.
    """
    return encrypt(decrypt(text))


def _keys() -> tuple[str, ...]:
    return tuple(settings.STORE_SECRET_KEYS) or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    """Any text is a key: 32 bytes are derived from it, for this use only."""
    derived = (hashlib.blake2b(key.encode(), digest_size=32, person=b"store secrets").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
