"""The use of an API key by a call: finding it, counting the call and noting the use, in one statement.

The statement is a transaction of its own, committed before the call's work: inside that transaction all calls of a key
would queue for the row of its count.
"""

from dataclasses import dataclass
from math import ceil

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.throttling import WINDOW_SECONDS, CallCount
from blitzrocket.postgres.statements import send
from blitzrocket.tokens import digest_of

# As literals, because each value that is sent costs time.
WINDOW = f"interval '{WINDOW_SECONDS} seconds'"
LAST_USED_EVERY = "interval '1 minute'"  # a write per call would make all calls of a key wait for its row

# What calls use of a key; reading its times would take as long as looking it up.
_FIELDS = ("id", "team_id", "kind", "name", "prefix", "rate_limit")
# Race: PostgreSQL checks the condition of ``used`` again under the row's lock, so that of many processes only the first
# writes.
_USE = f"""
    WITH key AS (
        SELECT * FROM apikeys_apikey
        WHERE digest = %(digest)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)
    ), used AS (
        UPDATE apikeys_apikey SET last_used_at = %(now)s FROM key
        WHERE apikeys_apikey.id = key.id
        AND (apikeys_apikey.last_used_at IS NULL OR apikeys_apikey.last_used_at < %(now)s - {LAST_USED_EVERY})
    ), counted AS (
        INSERT INTO apikeys_callwindow AS known (key_id, started_at, calls)
        SELECT id, statement_timestamp(), 1 FROM key WHERE rate_limit IS NOT NULL
        ON CONFLICT (key_id) DO UPDATE SET
            calls = CASE WHEN known.started_at > excluded.started_at - {WINDOW} THEN known.calls + 1 ELSE 1 END,
            started_at = CASE WHEN known.started_at > excluded.started_at - {WINDOW}
                              THEN known.started_at ELSE excluded.started_at END
        RETURNING calls, extract(epoch FROM started_at + {WINDOW} - statement_timestamp())::float8 AS seconds_left
    )
    SELECT {", ".join(f"key.{field}" for field in _FIELDS)}, counted.calls, counted.seconds_left
    FROM key LEFT JOIN counted ON true
"""  # noqa: S608  (its parts are our own)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key and the count of its calls; no count for a key without a limit."""

    key: ApiKey
    count: CallCount | None


def use_key(secret: str) -> KeyUse | None:
    """Use the key with that secret for a call; None where there is none, or it is revoked or expired.

    The key has only the fields that calls use; Django reads another one when it is asked for.
    """
    rows = send(_USE, {"digest": digest_of(secret), "now": timezone.now()}).all()
    if not rows:
        return None
    *columns, calls, seconds_left = rows[0]
    key = ApiKey.from_db(DEFAULT_DB_ALIAS, _FIELDS, columns)
    if key.rate_limit is None:
        return KeyUse(key, None)
    return KeyUse(key, CallCount(key.rate_limit, calls, max(1, min(WINDOW_SECONDS, ceil(seconds_left)))))
