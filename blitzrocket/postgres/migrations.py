"""An operation for migrations. They import it from here for ever."""

from typing import Any

from django.db.migrations.operations.base import Operation

from blitzrocket.postgres.spread_tables import distribute, placed_tables, unique_by_column


class SpreadTable(Operation):
    """Spread a new table of a contest's rows like the others; nothing is done where contests are on one server.

    It comes right after the table is created, before its foreign keys to other rows of the contest.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str, column: str = "contest_id") -> None:
        self.table, self.column = table, column

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models do not change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        others = (table for table, placed in placed_tables().items() if placed.kind == "distributed")
        if (beside := next(others, None)) is None:
            return
        for statement in (
            *unique_by_column(self.table, self.column),
            *distribute(self.table, self.column, beside=beside),
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The table is about to be dropped."""

    def describe(self) -> str:
        return f"Spread {self.table} by {self.column}"
