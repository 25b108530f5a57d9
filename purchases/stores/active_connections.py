"""The connection that a store calls, read anew for each delivery, but built only when it has changed."""

from collections.abc import Sequence
from functools import lru_cache

from blitzrocket.combiner import Combiner
from blitzrocket.postgres.statements import send
from purchases.models.stores import StoreConnection

MAX_REMEMBERED = 500
MOST_TOGETHER = 50
Version = tuple[str, ...]

# Each update of a row gives it another place, and another transaction's number.
_VERSION = """
    SELECT connection.xmin::text, connection.ctid::text, key.xmin::text, key.ctid::text
    FROM purchases_storeconnection connection JOIN apikeys_apikey key ON key.id = connection.api_key_id
    WHERE connection.id = %(id)s::text AND connection.kind = %(kind)s::text AND connection.is_active
"""


def find_active(kind: str, connection_id: str) -> StoreConnection | None:
    """The active connection at a store's address. Its deliveries share it: read its fields and API key only."""
    version = _reading.result((kind, connection_id), (kind, connection_id))
    return None if version is None else _connection(connection_id, version)


def _read_version(addresses: Sequence[tuple[str, str]]) -> Sequence[Version | None]:
    """Of one connection, read once for all calls that have come since the last reading began."""
    kind, connection_id = addresses[0]
    rows = send(_VERSION, {"id": connection_id, "kind": kind}).all()
    return [rows[0] if rows else None] * len(addresses)


_reading = Combiner(_read_version, MOST_TOGETHER)


@lru_cache(MAX_REMEMBERED)
def _connection(connection_id: str, version: Version) -> StoreConnection:
    """The connection, perhaps newer than this version; the next delivery reads it again."""
    return StoreConnection.objects.select_related("api_key").get(pk=connection_id)
