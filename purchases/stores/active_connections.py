"""The connection that a store calls. It is built only when it has changed.

A process remembers each as it was last read. A delivery that is only a new order is recorded by that one, in a
transaction which sees that it is still the newest; so it is not read before. All others read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from blitzrocket.combiner import Combiner
from blitzrocket.postgres.statements import send
from purchases.models.stores import StoreConnection
from purchases.stores.provider import Options
from purchases.stores.providers import PROVIDERS

MAX_REMEMBERED = 500
MOST_TOGETHER = 50

# Each update of a row gives it another place, and another transaction's number.
VERSION = """
    SELECT concat_ws(' ', connection.xmin, connection.ctid, key.xmin, key.ctid), true
    FROM purchases_storeconnection connection JOIN apikeys_apikey key ON key.id = connection.api_key_id
    WHERE connection.id = %(connection)s::text AND connection.is_active
"""
_VERSION = f"{VERSION} AND connection.kind = %(kind)s::text"


class ConnectionInactive(Exception):
    """No active connection has this address, or no longer."""


@dataclass(frozen=True, slots=True)
class ActiveConnection:
    """A connection as it was read. Its deliveries share it: read its fields and API key only."""

    connection: StoreConnection
    version: str
    options: Options

    def read_again(self) -> "ActiveConnection":
        """The connection as it is now: this one, unless it has changed.

        Raises:
            ConnectionInactive: it was paused or deleted.
        """
        return read_connection(self.connection.kind, self.connection.pk)


def find_connection(kind: str, connection_id: str) -> ActiveConnection:
    """The connection at a store's address, as it was last read.

    Raises:
        ConnectionInactive: there is none.
    """
    return _remembered.get((kind, connection_id)) or read_connection(kind, connection_id)


def read_connection(kind: str, connection_id: str) -> ActiveConnection:
    """The connection at a store's address, as it is now.

    Raises:
        ConnectionInactive: there is none.
    """
    address = kind, connection_id
    version = _reading.result(address, address)
    if version is None:
        _remembered.pop(address, None)
        raise ConnectionInactive
    remembered = _remembered.get(address)
    if remembered is None or remembered.version != version:
        remembered = _connection(connection_id, version)
        _remember(address, remembered)
    return remembered


def _read_version(addresses: Sequence[tuple[str, str]]) -> Sequence[str | None]:
    """Of one connection, read once for all calls that have come since the last reading began."""
    kind, connection_id = addresses[0]
    rows = send(_VERSION, {"connection": connection_id, "kind": kind}).all()
    return [rows[0][0] if rows else None] * len(addresses)


_reading = Combiner(_read_version, MOST_TOGETHER)
_remembered: dict[tuple[str, str], ActiveConnection] = {}
_remembering = Lock()


def _connection(connection_id: str, version: str) -> ActiveConnection:
    """The connection, perhaps newer than its version; the next delivery reads it again."""
    connection = StoreConnection.objects.select_related("api_key").get(pk=connection_id)
    return ActiveConnection(connection, version, Options(PROVIDERS[connection.kind].options, connection.options))


def _remember(address: tuple[str, str], connection: ActiveConnection) -> None:
    with _remembering:
        _remembered.pop(address, None)
        if len(_remembered) >= MAX_REMEMBERED:
            del _remembered[next(iter(_remembered))]  # the one that has not changed for longest
        _remembered[address] = connection
