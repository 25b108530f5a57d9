"""Django's changes of tables, which also work where tables are spread over several servers."""

from typing import Any, Self

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
            # Citus refuses a column and its foreign key in one statement.
            self.sql_create_column_inline_fk = None  # type: ignore[assignment]  # Django asks whether there is one
        return self
