"""The clock of web processes, shifted by libfaketime where it is installed; PostgreSQL's clock stays as it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from faults.service import Service, WebServer

LIBRARIES = "*/faketime/libfaketimeMT.so.1"
# The monotonic clock stays, as in a real jump, and so do the times of files; the shift is read anew each second.
SETTINGS = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_CACHE_DURATION": "1"}
CACHE_SECONDS = 1.5
SHIFT_SECONDS = 20


def no_faketime(service: Service) -> str:
    return "" if library() else "libfaketime is not installed (Debian: faketime)"


def library() -> Path | None:
    return next(iter(Path("/usr/lib").glob(LIBRARIES)), None)


@contextmanager
def with_movable_clock(service: Service) -> Iterator[None]:
    """Web processes whose clock `shifted_clock` moves."""
    shift = shift_file(service)
    shift.write_text("+0\n")
    environment = SETTINGS | {"LD_PRELOAD": str(library()), "FAKETIME_TIMESTAMP_FILE": str(shift)}
    try:
        with service.other_web(WebServer(service.kind, environment=environment)):
            yield
    finally:
        shift.unlink()


@contextmanager
def shifted_clock(service: Service) -> Iterator[None]:
    """A day ahead, then a day behind, then right again.

    Raises:
        BenchError: no purchase got the time of the shifted clock, so nothing was tried.
    """
    shift = shift_file(service)
    for days in ("+1d", "-1d"):
        shift.write_text(f"{days}\n")
        time.sleep(CACHE_SECONDS)
        service.wait_for(partial(has_purchase_from, service, days), f"a purchase {days}", SHIFT_SECONDS)
    yield
    shift.write_text("+0\n")
    time.sleep(CACHE_SECONDS)


def has_purchase_from(service: Service, days: str) -> bool:
    """Whether one was made about a day from now, by the clock of the web process."""
    query = """
        SELECT 1 FROM purchases_purchase
        WHERE contest_id = %s AND abs(extract(epoch FROM created_at - clock_timestamp()) - %s) < 3600 LIMIT 1
    """
    seconds = 86_400 if days.startswith("+") else -86_400
    with psycopg.connect(service.url) as connection:
        return connection.execute(query, [service.target.contest_id, seconds]).fetchone() is not None


def shift_file(service: Service) -> Path:
    return service.log.with_suffix(".clock")
