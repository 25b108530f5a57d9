"""Databases of the lean tables, with the entries, the rules and the key that all contenders have."""

from pathlib import Path

import psycopg

from bench.database import Database
from bench.workload import ENTRIES, RULES, entry_email
from blitzrocket.tokens import digest_of

CONTEST_ID = "contest-1"
API_KEY = "brk_priv_" + "a" * 32
TABLES = Path(__file__).parent / "peers" / "tables.sql"


def create_lean_database(database: Database, name: str) -> str:
    """Create the tables and their rows in a new database, and return its URL."""
    url = database.create(name)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES.read_bytes())
        cursor.execute("INSERT INTO api_key (team_id, digest) VALUES (1, %s)", [digest_of(API_KEY)])
        cursor.execute("INSERT INTO contest (id, team_id) VALUES (%s, 1)", [CONTEST_ID])
        cursor.executemany(
            "INSERT INTO rule (contest_id, points_per_unit, fixed_points, currency, amount_from)"
            " VALUES (%s, %s, %s, %s, %s)",
            [(CONTEST_ID, *rule) for rule in RULES],
        )
        cursor.executemany(
            "INSERT INTO entry (contest_id, email) VALUES (%s, %s)",
            [(CONTEST_ID, entry_email(number)) for number in range(ENTRIES)],
        )
    database.execute(name, "VACUUM (ANALYZE)")
    return url
