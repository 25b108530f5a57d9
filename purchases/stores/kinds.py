"""The kinds of stores that can be connected: those that sign, and those whose calls carry the secret."""

from purchases.stores.provider import StoreKind
from purchases.stores.providers import PROVIDERS
from purchases.stores.secret_connections import Custom

STORE_KINDS: dict[str, StoreKind] = {**PROVIDERS, Custom.kind: Custom()}
