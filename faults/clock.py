"""The clock of web processes, as our code reads it; that of PostgreSQL stays as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from faults.service import Service, WebServer

SHIM = Path(__file__).parent / "shifted_clock"
DAY = 86_400
NEAR = 3600
SHIFT_SECONDS = 20


@contextmanager
def with_movable_clock(service: Service) -> Iterator[None]:
    """Web processes whose clock `shifted_clock` moves."""
    set_shift(service, 0)
    environment = {"PYTHONPATH": str(SHIM), "CLOCK_SHIFT_FILE": str(shift_file(service))}
    try:
        with service.other_web(WebServer(service.kind, environment=environment)):
            yield
    finally:
        shift_file(service).unlink()


@contextmanager
def shifted_clock(service: Service) -> Iterator[None]:
    """A day ahead, then a day behind, each until a purchase was made then, and right again."""
    for seconds in (DAY, -DAY):
        set_shift(service, seconds)
        service.wait_for(
            partial(has_purchase_from, service, seconds), f"a purchase {seconds} s from now", SHIFT_SECONDS
        )
    yield
    set_shift(service, 0)


def has_purchase_from(service: Service, seconds: int) -> bool:
    """Whether one was made about so many seconds from now, by the clock of a web process."""
    query = """
        SELECT 1 FROM purchases_purchase
        WHERE contest_id = %s AND abs(extract(epoch FROM created_at - clock_timestamp()) - %s) < %s LIMIT 1
    """
    with psycopg.connect(service.url) as connection:
        return connection.execute(query, [service.target.contest_id, seconds, NEAR]).fetchone() is not None


def shift_file(service: Service) -> Path:
    return service.log.with_suffix(".clock")


def set_shift(service: Service, seconds: int) -> None:
    unfinished = shift_file(service).with_suffix(".new")
    unfinished.write_text(str(seconds))
    unfinished.replace(shift_file(service))
