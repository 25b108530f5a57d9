"""A short run of make scale's rows on the test run's database, and its table."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from bench import servers
from bench.database import Database
from bench.scale.client import Client
from bench.scale.measuring import Figures, Measured, Product
from bench.scale.options import SIZES, read_options
from bench.scale.product import create_target
from bench.scale.table import has_grown, plans_of, table_of
from tests.support import test_database_url

PURCHASES = 600


@pytest.fixture
def product(database: Database, transactional_db: None, tmp_path: Path) -> Iterator[Product]:
    port = servers.free_port()
    # The session that is made here is signed with this process's key.
    environment = servers.our_environment(test_database_url(), port) | {"SECRET_KEY": settings.SECRET_KEY}
    process = servers.Server("scale", {port: servers.our_command()}, environment, tmp_path / "log")
    try:
        process.wait_until_ready("/readyz")
        yield Product(database, connection.settings_dict["NAME"], create_target(PURCHASES), Client(port))
    finally:
        process.stop()


def test_each_row_is_answered_as_it_expects(product: Product) -> None:
    assert len(product.rows) > 100
    for name in product.rows:
        product.send(name)
        if has_others(product, name):
            product.send(name)


def has_others(product: Product, name: str) -> bool:
    """Whether it writes, or its next request is another one."""
    requests = [product.rows[name](number) for number in range(2)]
    return requests[0].method != "GET" or requests[0] != requests[1]


def measured(name: str, small: float, large: float, *, sql: float = 1.0) -> Measured:
    return Measured(name, [{10: Figures(small, 3, 1.0), 1000: Figures(large, 4, sql)}] * 3)


def test_the_table_has_a_line_for_each_row() -> None:
    text = table_of([measured("record", 2.0, 2.5)]).splitlines()
    assert text[0] == "|  | 10 | 1,000 | ratio | statements | SQL 10 | SQL 1,000 |"
    assert text[2:] == ["| record | 2.0 | 2.5 | 1.25 | 4 | 1.0 | 1.0 |"]


@pytest.mark.parametrize(
    ("row", "grown"),
    [
        (measured("the same", 2.0, 2.9), False),
        (measured("slower", 2.0, 3.1), True),
        (measured("slower in PostgreSQL", 90.0, 99.0, sql=9.0), True),
        (measured("by less than counts", 9.0, 9.5, sql=1.9), False),
    ],
)
def test_what_has_grown_is_explained(row: Measured, grown: bool) -> None:
    assert has_grown(row) is grown
    row.plan = "Seq Scan" if grown else ""
    assert ("Seq Scan" in plans_of([row])) is grown


def test_the_options() -> None:
    assert read_options([]).sizes == SIZES
    assert read_options(["--sizes", "5_000,100"]).sizes == [100, 5000]
    with pytest.raises(SystemExit):
        read_options(["--sizes", "none"])
