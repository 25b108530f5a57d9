"""A check of the database of DATABASE_URL that reports PostgreSQL's own error; the pool only reports a timeout."""

import psycopg

CONNECT_SECONDS = 5


def why_unusable(url: str) -> str | None:
    """Why no connection can be made, as a sentence; None where one can."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return f"The database of DATABASE_URL cannot be used: {reason}"
    return None
