"""Digests of secrets that are shown once and never stored."""

import hashlib


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret. A fast digest is enough: the secrets are random and too long to be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
