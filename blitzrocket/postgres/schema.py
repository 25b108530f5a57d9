"""Django's changes of tables, which also work where tables are spread over several servers."""

from typing import Any, Self

import sqlparse
from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class SchemaEditor(DatabaseSchemaEditor):
    """Runs the operations of a migration."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.connection.ensure_connection()
        connection: Any = self.connection.connection
        if connection.is_spread and not self.collect_sql:
            # A foreign key to a table that is on every server is added to one shard after the other. A transaction in
            # which something was done to all shards at once cannot add one any more.
            self.execute("SET citus.multi_shard_modify_mode TO 'sequential'")
            self.execute("SET citus.enable_unsafe_triggers TO on")  # ours only refuse
            # Citus refuses a column and its foreign key in one statement.
            self.sql_create_column_inline_fk = None  # type: ignore[assignment]  # Django asks whether there is one
        return self

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Run a statement; where tables are spread, each of several by itself: Citus passes on one at a time."""
        connection: Any = self.connection.connection
        if params is None and isinstance(sql, str) and connection is not None and connection.is_spread:
            for statement in sqlparse.split(sql):
                super().execute(statement, params)
        else:
            super().execute(sql, params)
