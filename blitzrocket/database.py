"""Whether the database of DATABASE_URL can be used, in PostgreSQL's own words; a pool says only that it has none."""

import psycopg

CONNECT_SECONDS = 5


def why_unusable(url: str) -> str | None:
    """A sentence that says why no connection can be made, or None where one can."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return f"The database of DATABASE_URL cannot be used: {reason}"
    return None
