"""The use of an API key by a call: finding it, counting the call and noting the use, in one statement.

The statement is a transaction of its own, committed before the call's work: inside that transaction all calls of a key
would queue for the row of its count. Calls of a key that come at the same time share it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.throttling import WINDOW_SECONDS, CallCount
from blitzrocket.combiner import Combiner
from blitzrocket.postgres.statements import is_spread, send
from blitzrocket.tokens import digest_of

# As literals, because each value that is sent costs time.
WINDOW = f"interval '{WINDOW_SECONDS} seconds'"
LAST_USED_EVERY = "interval '1 minute'"  # a write per call would make all calls of a key wait for its row

MAX_CALLS = 50  # that are counted together
# What calls use of a key; reading its times would take as long as looking it up.
_FIELDS = ("id", "team_id", "kind", "name", "prefix", "rate_limit")
_VALID = "digest = %(digest)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)"
_LONG_UNUSED = f"(last_used_at IS NULL OR last_used_at < %(now)s::timestamptz - {LAST_USED_EVERY})"
# What it sets depends on no setting, as a time minus an interval would on the time zone: Citus refuses that.
_COUNTING = f"""
    ON CONFLICT (key_id) DO UPDATE SET
        calls = CASE WHEN excluded.started_at - known.started_at < {WINDOW} THEN known.calls ELSE 0 END
                + excluded.calls,
        started_at = CASE WHEN excluded.started_at - known.started_at < {WINDOW}
                          THEN known.started_at ELSE excluded.started_at END
"""
# Race: PostgreSQL checks the condition of ``used`` again under the row's lock, so that of many processes only the first
# writes.
_USE = f"""
    WITH key AS (
        SELECT * FROM apikeys_apikey WHERE {_VALID}
    ), used AS (
        UPDATE apikeys_apikey SET last_used_at = %(now)s FROM key
        WHERE apikeys_apikey.id = key.id AND {_LONG_UNUSED.replace("last_used_at", "apikeys_apikey.last_used_at")}
    ), counted AS (
        INSERT INTO apikeys_callwindow AS known (key_id, started_at, calls)
        SELECT id, statement_timestamp(), %(calls)s::int FROM key WHERE rate_limit IS NOT NULL
        {_COUNTING}
        RETURNING calls, extract(epoch FROM started_at + {WINDOW} - statement_timestamp())::float8 AS seconds_left
    )
    SELECT {", ".join(f"key.{field}" for field in _FIELDS)}, counted.calls, counted.seconds_left
    FROM key LEFT JOIN counted ON true
"""  # noqa: S608  (its parts are our own)
# Where keys are on every server, the same as three statements. In one, each call would be a transaction on all servers.
_FIND = f"SELECT {', '.join(_FIELDS)}, {_LONG_UNUSED} FROM apikeys_apikey WHERE {_VALID}"  # noqa: S608
_NOTE_USE = f"UPDATE apikeys_apikey SET last_used_at = %(now)s WHERE id = %(key)s AND {_LONG_UNUSED}"  # noqa: S608
_COUNT = f"""
    INSERT INTO apikeys_callwindow AS known (key_id, started_at, calls)
    VALUES (%(key)s::text, statement_timestamp(), %(calls)s::int)
    {_COUNTING}
    RETURNING calls, started_at
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key and the count of its calls; no count for a key without a limit."""

    key: ApiKey
    count: CallCount | None


def use_key(secret: str) -> KeyUse | None:
    """Use the key with that secret for a call; None where there is none, or it is revoked or expired.

    The key has only the fields that calls use; Django reads another one when it is asked for. Calls at the same time
    share it.
    """
    digest = digest_of(secret)
    return _combiner.result(digest, digest)


def _use(digests: Sequence[str]) -> Sequence[KeyUse | None]:
    """Use a key for several calls, each of which has its own place in the count."""
    calls = len(digests)
    values = {"digest": digests[0], "now": timezone.now(), "calls": calls}
    rows = _use_spread(values) if is_spread() else send(_USE, values).all()
    if not rows:
        return [None] * calls
    *columns, calls_so_far, seconds_left = rows[0]
    key = ApiKey.from_db(DEFAULT_DB_ALIAS, _FIELDS, columns)
    if key.rate_limit is None:
        return [KeyUse(key, None)] * calls
    seconds = max(1, min(WINDOW_SECONDS, ceil(seconds_left)))
    counts = range(calls_so_far - calls + 1, calls_so_far + 1)
    return [KeyUse(key, CallCount(key.rate_limit, count, seconds)) for count in counts]


def _use_spread(values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What `_USE` returns."""
    rows = send(_FIND, values).all()
    if not rows:
        return []
    *columns, is_long_unused = rows[0]
    key = ApiKey.from_db(DEFAULT_DB_ALIAS, _FIELDS, columns)
    if is_long_unused:
        send(_NOTE_USE, values | {"key": key.pk})
    if key.rate_limit is None:
        return [(*columns, None, None)]
    ((calls, started_at),) = send(_COUNT, values | {"key": key.pk}).all()
    return [(*columns, calls, WINDOW_SECONDS - (timezone.now() - started_at).total_seconds())]


_combiner = Combiner(_use, MAX_CALLS)
