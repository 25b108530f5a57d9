"""What PostgreSQL counts of a database's statements, and their plans by auto_explain."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bench.database import Database
from blitzrocket.devserver.embedded_postgres import DATABASE

# The extension stands in the server's own database and counts for all of them; those measured stay as shipped.
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "pg_stat_statements.track_planning": "on",
    "pg_stat_statements.track_utility": "off",
    "maintenance_work_mem": "512MB",
}
RELOAD_SECONDS = 0.5  # until connections have the new settings, and until the log is written
_plan = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)")


class Statements(NamedTuple):
    """How many, and the milliseconds of planning and running them."""

    calls: int
    milliseconds: float


def create_extension(database: Database) -> None:
    database.execute(DATABASE, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def start_counting(database: Database, name: str) -> None:
    database.row(DATABASE, f"SELECT pg_stat_statements_reset(0, ({_oid(name)}), 0)::text")


def counted(database: Database, name: str) -> Statements:
    """The statements of a database since the start."""
    calls, milliseconds = database.row(
        DATABASE,
        f"""
        SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time + total_plan_time), 0)
        FROM pg_stat_statements WHERE dbid = ({_oid(name)})
        """,
    )
    return Statements(int(calls), float(milliseconds))


def _oid(name: str) -> str:
    return f"SELECT oid FROM pg_database WHERE datname = '{name}'"


class SlowestPlan:
    """The plan of the slowest statement while plans were logged."""

    text = ""


@contextmanager
def logged_plans(database: Database) -> Iterator[SlowestPlan]:
    """Have each statement log how it ran, on connections that are open too; it is slower for it."""
    slowest, log = SlowestPlan(), database.log
    _explain(database, is_on=True)
    begin = log.stat().st_size
    try:
        yield slowest
    finally:
        _explain(database, is_on=False)
    with log.open(errors="replace") as lines:
        lines.seek(begin)
        plans = [(float(milliseconds), plan) for milliseconds, plan in _plan.findall(lines.read())]
    slowest.text = max(plans, default=(0.0, ""))[1].replace("\n\t", "\n").strip()


def _explain(database: Database, *, is_on: bool) -> None:
    values = {"log_analyze": "on", "log_buffers": "on", "log_min_duration": "0"}
    setting = "ALTER SYSTEM SET auto_explain.{} = {}" if is_on else "ALTER SYSTEM RESET auto_explain.{}"
    database.execute(DATABASE, *(setting.format(name, value) for name, value in values.items()))
    database.execute(DATABASE, "SELECT pg_reload_conf()")
    time.sleep(RELOAD_SECONDS)
