"""One short measurement of ours, of the limit and of our own ceiling, on the test run's database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bench import ceiling, http_contender, orders, ours, servers
from bench.ceiling import Ceiling
from bench.checks import check_balances
from bench.contenders import memory_of
from bench.database import Database
from bench.figures import Measured
from bench.http_contender import HttpContender
from bench.limit import Limit
from bench.product import create_target
from bench.report import BenchError
from bench.scenarios import SCENARIOS, orders_of
from blitzrocket.devserver.embedded_postgres import DATABASE
from tests.support import test_database_url

SECONDS = 0.6
PGBENCH_SECONDS = 1  # it knows whole ones
ENTRIES = 50


@pytest.fixture
def _few_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a short warm-up: the figures do not count here."""
    monkeypatch.setattr(http_contender, "WARM_UP", 0.1)
    for module in (orders, ceiling):
        monkeypatch.setattr(module, "ENTRIES", ENTRIES)


@pytest.fixture
def contender(
    database: Database, transactional_db: None, tmp_path: Path, settings: Any, _few_entries: None
) -> Iterator[HttpContender]:
    name = connection.settings_dict["NAME"]
    port = servers.free_port()
    environment = servers.our_environment(test_database_url(), port)
    settings.SECRET_KEY = environment["SECRET_KEY"]  # encrypts the store's secret
    process = servers.Server("ours", {port: servers.our_command()}, environment, tmp_path / "log")
    try:
        process.wait_until_ready("/readyz")
        yield HttpContender("ours", "Ours", process, create_target(ENTRIES), database, name, ours.STORED, is_ours=True)
    finally:
        process.stop()


def check(measured: Measured) -> None:
    assert measured.rate > 0
    assert measured.p50 > 0
    assert measured.cpu > 0


def test_ours_and_its_ceiling_are_measured_and_checked(contender: HttpContender) -> None:
    new = SCENARIOS["new"]
    check(contender.measure(new, SECONDS))
    check(contender.measure(SCENARIOS["held"], SECONDS))
    check(contender.measure(SCENARIOS["store"], SECONDS))
    assert re.fullmatch(r"ours \d{2,3} MiB after [\d,]+ calls", memory_of([contender]))

    # The statement has to follow the product's tables: this fails where it does not.
    own_ceiling = Ceiling(contender.database, name=contender.database_name)
    own_ceiling.copy_rows(contender.database_name, orders_of(new, 0).order_id(0))
    check(own_ceiling.measure(new, PGBENCH_SECONDS))

    with connection.cursor() as cursor:
        cursor.execute("UPDATE contests_entry SET points = points + 1 WHERE email = 'entry-0003@example.com'")
    with pytest.raises(BenchError, match="points, ledger lines of"):
        check_balances(contender.database.url(contender.database_name), ours.STORED)


def test_the_limit_is_measured_and_checked(database: Database) -> None:
    limit = Limit(database)
    limit.prepare()
    try:
        check(limit.measure(SCENARIOS["new"], PGBENCH_SECONDS))
    finally:
        database.execute(DATABASE, f'DROP DATABASE "{limit.name}"')
