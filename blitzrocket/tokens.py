"""Secrets that are shown once and of which only a digest is stored."""

import hashlib


def digest_of(secret: str) -> str:
    """A fast digest is enough: the secrets are random and far too long to be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
