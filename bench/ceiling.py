"""Our own ceiling: the writes of a recording as one statement on the product's own tables, by pgbench.

The rows are copies of those that the product wrote for one of the existing orders, with other ids, order and entry: so
the statement follows the tables as they change. What the product writes of an entry stands in `_SCORE`.
"""

from dataclasses import dataclass, field

import psycopg
from psycopg.rows import dict_row

from bench import ours, pgbench
from bench.checks import check_balances
from bench.database import Database
from bench.figures import Measured
from bench.report import BenchError
from bench.scenarios import Scenario, existing_orders
from bench.workload import ENTRIES

NAME = "ceiling"
PURCHASES, LEDGER = "purchases_purchase", "contests_pointtransaction"
_COUNTER = "lpad(:number::text, 12, '0') || '-' || :run || '-' || lpad(:client_id::text, 4, '0')"
# What differs between the rows of one order and the next, as SQL.
_OF_PURCHASE = {
    "id": f"'purchase_' || {_COUNTER}",
    "entry_id": "entry.id",
    "order_id": f"'order-' || {_COUNTER}",
    "order_key": f"'ORDER-' || {_COUNTER}",
    "email": "entry.email",
    "email_key": "entry.email_key",
    "created_at": "now()",
    "purchased_at": "now()",
}
_OF_LINE = {
    "id": f"'points_' || {_COUNTER}",
    "entry_id": "score.id",
    "number": "score.line_count",
    "balance": "score.points",
    "purchase_id": "score.purchase_id",
    "created_at": "now()",
    "occurred_at": "now()",
}
_SCORE = """
    UPDATE contests_entry entry
    SET points = entry.points + recorded.points, line_count = entry.line_count + 1,
        last_earned_number = entry.line_count + 1, points_since = now()
    FROM recorded WHERE entry.contest_id = :contest_id AND entry.id = recorded.entry_id
    RETURNING entry.id, entry.points, entry.line_count, recorded.id AS purchase_id
"""


@dataclass
class Ceiling:
    """The ceiling as a contender, on a copy of the product's database."""

    database: Database
    name: str = NAME
    title: str = "Own ceiling: pgbench, our tables"
    template: str = ours.NAME  # the contender whose tables it has
    _script: str = ""
    _variables: dict[str, str] = field(default_factory=dict)
    _runs: int = 0

    def create(self) -> None:
        """Copy the product's database, which nothing may be connected to."""
        self.database.create(self.name, template=self.template)

    def prepare(self) -> None:
        """Make the statement of the rows of an existing order."""
        self.copy_rows(self.template, existing_orders().order_id(0))

    def copy_rows(self, name: str, order_id: str) -> None:
        """Make the statement of the rows of an order in this database."""
        with psycopg.connect(self.database.url(name), row_factory=dict_row) as connection:
            purchase = _first_row(connection, PURCHASES, "order_id", order_id)
            line = _first_row(connection, LEDGER, "purchase_id", str(purchase["id"]))
            types = {table: _types(connection, table) for table in (PURCHASES, LEDGER)}
        self._variables = {"contest_id": str(purchase["contest_id"]), "last_entry": str(ENTRIES - 1)}
        into_purchases, purchase_values = self._insert(PURCHASES, purchase, _OF_PURCHASE, types[PURCHASES])
        into_ledger, line_values = self._insert(LEDGER, line, _OF_LINE, types[LEDGER])
        self._script = f"""
            \\set entry random(0, :last_entry)
            WITH recorded AS (
                {into_purchases} SELECT {purchase_values} FROM contests_entry entry
                WHERE entry.contest_id = :contest_id
                AND entry.email_key = 'entry-' || lpad(:entry::text, 4, '0') || '@example.com'
                AND NOT (entry.email_key = '')
                RETURNING id, entry_id, points_awarded AS points
            ), score AS ({_SCORE})
            {into_ledger} SELECT {line_values} FROM score;
        """

    def takes(self, scenario: Scenario) -> bool:
        return scenario.has_limit

    def measure(self, scenario: Scenario, seconds: float) -> Measured:
        """Measure, and check that each transaction recorded a purchase.

        Raises:
            BenchError: there are fewer purchases than transactions.
        """
        self._runs += 1
        measured = pgbench.measure_recording(
            self.database,
            self.name,
            self._script,
            PURCHASES,
            clients=scenario.clients,
            seconds=seconds,
            variables={"run": f"{self._runs:04}", **self._variables},
        )
        check_balances(self.database.url(self.name), ours.STORED)
        return measured

    def _insert(
        self, table: str, row: dict[str, str | None], varying: dict[str, str], types: dict[str, str]
    ) -> tuple[str, str]:
        """The beginning of an INSERT and its values; those of the row are sent as the product sends them."""
        columns, values = [], []
        for column, value in row.items():
            if value is None:
                continue
            columns.append(column)
            if column in varying or not value:  # pgbench has no empty variables
                values.append(varying.get(column, "''"))
                continue
            self._variables[f"{table}_{column}"] = value
            values.append(f":{table}_{column}::{types[column]}")
        return f"INSERT INTO {table} ({', '.join(columns)})", ", ".join(values)


def _types(connection: psycopg.Connection[dict[str, str]], table: str) -> dict[str, str]:
    """The SQL types of a table's columns."""
    statement = """
        SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """
    return {row["attname"]: row["type"] for row in connection.execute(statement, [table])}


def _first_row(
    connection: psycopg.Connection[dict[str, str]], table: str, column: str, value: str
) -> dict[str, str | None]:
    """A row with its values as PostgreSQL writes them."""
    columns = ", ".join(f"{name}::text" for name in _types(connection, table))
    row = connection.execute(f"SELECT {columns} FROM {table} WHERE {column} = %s", [value]).fetchone()
    if row is None:
        raise BenchError(f"{table} has no row of the order {value}.")
    return dict(row)
