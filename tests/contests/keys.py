"""The foreign keys to a row of the same contest, as the database has them."""

from django.db import connection


def keys_with_the_contest() -> set[tuple[str, str, str]]:
    """The foreign keys to a row of the same contest: table, column, and the unique constraint that they refer to.

    Such a constraint needs no case: a row that breaks it has the id of another.
    """
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT conrelid::regclass::text, own.attname::text, conindid::regclass::text FROM pg_constraint
            JOIN pg_attribute contest ON contest.attrelid = conrelid AND contest.attnum = conkey[1]
            JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = conkey[2]
            WHERE contype = 'f' AND contest.attname IN ('contest_id', 'contest_sent')
            AND pg_get_constraintdef(pg_constraint.oid) LIKE '%(contest_id, id)'
        """)
        return {(table, column, name) for table, column, name in cursor.fetchall()}
