"""Encryption at rest of secrets that have to be read again, such as those of stores and of authenticator apps.

`STORE_SECRET_KEYS` has the keys: the first encrypts, all decrypt, so that a key can be replaced without a gap. Without
it, keys are derived from `SECRET_KEY` and `SECRET_KEY_FALLBACKS`.
"""

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

MAX_REMEMBERED = 500


class SecretUnreadable(Exception):
    """There is no secret yet, or the key that encrypted it is missing from the settings."""


@dataclass(frozen=True, slots=True)
class SecretBox:
    """Encryption for one use: what another one encrypted can't be read here."""

    use: bytes  # 16 bytes at most

    def encrypt(self, secret: str) -> str:
        return _fernet(self.use, _keys()).encrypt(secret.encode()).decode()

    def decrypt(self, text: str) -> str:
        """The secret.

        Raises:
            SecretUnreadable: no key fits.
        """
        try:
            return _decrypted(self.use, text, _keys())
        except InvalidToken:
            raise SecretUnreadable from None

    def reencrypt(self, text: str) -> str:
        """The same secret, encrypted with the first key; the same text where it is already.

        Raises:
            SecretUnreadable: no key fits.
        """
        return text if self.key_number(text) == 1 else self.encrypt(self.decrypt(text))

    def key_number(self, text: str) -> int:
        """Which of the keys decrypts it, from 1.

        Raises:
            SecretUnreadable: none does.
        """
        for number, key in enumerate(_keys(), start=1):
            with suppress(InvalidToken):
                _decrypted(self.use, text, (key,))
                return number
        raise SecretUnreadable


@lru_cache(MAX_REMEMBERED)
def _decrypted(use: bytes, text: str, keys: tuple[str, ...]) -> str:
    return _fernet(use, keys).decrypt(text.encode()).decode()


def _keys() -> tuple[str, ...]:
    return tuple(settings.STORE_SECRET_KEYS) or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=8)
def _fernet(use: bytes, keys: tuple[str, ...]) -> MultiFernet:
    """Any text is a key: 32 bytes are derived from it, for this use only."""
    derived = (hashlib.blake2b(key.encode(), digest_size=32, person=use).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
