"""Statements of web processes end in time: at the server, or on this side where the server itself stands still."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
import requests
from django.db import OperationalError, connection
from django.test import Client

from blitzrocket.postgres.connection import TRUSTED_SECONDS, WEB_SECONDS, Connection, Pool, longer_statements
from tests.support import Api, Server, make_shop, signed_in, test_database_url, wait_for

LONGEST_CALL = WEB_SECONDS + 2  # what a loaded machine adds


@pytest.fixture
def limited(transactional_db: None) -> Iterator[Connection]:
    with Connection.connect(test_database_url(), autocommit=True) as limited:
        limited.set_deadline(1)
        yield limited


def seconds_of(statement: str) -> float:
    """What a web process may take, as the server says it."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (milliseconds,) = cursor.fetchone()
    return int(milliseconds) / 1000


TIMEOUT = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"
LOCK_TIMEOUT = "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'"


def test_the_server_ends_a_long_statement_first_and_the_connection_stays(limited: Connection) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        limited.execute("SELECT pg_sleep(3)")
    assert not limited.closed
    assert limited.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_sleep(3)",
        "DO $$ BEGIN PERFORM pg_sleep(3); END $$",
        "INSERT INTO apikeys_callwindow (key_id, started_at, calls) SELECT 'x', now(), 1 FROM pg_sleep(3)",
        "BEGIN; SELECT pg_sleep(3); COMMIT",
        "SELECT pg_sleep(0.3) FROM generate_series(1, 10)",
    ],
)
def test_the_client_does_not_wait_for_a_hanging_server(limited: Connection, statement: str) -> None:
    limited.execute("SET statement_timeout = 0")
    started = time.monotonic()
    with pytest.raises(psycopg.OperationalError):
        limited.execute(statement)
    assert time.monotonic() - started < 2
    assert limited.closed


def test_a_commit_has_the_deadline_too(limited: Connection) -> None:
    """Deferred work at the commit, such as a check, takes as long as a statement."""
    limited.execute("SET statement_timeout = 0")
    limited.execute(
        "CREATE FUNCTION pg_temp.slowly() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$"
    )
    limited.execute("CREATE TEMP TABLE slow (id int)")
    limited.execute(
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION pg_temp.slowly()"
    )
    limited.autocommit = False
    limited.execute("INSERT INTO slow VALUES (1)")
    started = time.monotonic()
    with pytest.raises(psycopg.OperationalError):
        limited.commit()
    assert time.monotonic() - started < 2
    assert limited.closed


def test_commands_and_the_background_have_no_deadline(transactional_db: None) -> None:
    connection.ensure_connection()
    assert isinstance(connection.connection, Connection)
    assert connection.connection.deadline is None
    assert (seconds_of(TIMEOUT), seconds_of(LOCK_TIMEOUT)) == (0, 0)


def test_an_export_may_take_longer_and_the_next_request_may_not(transactional_db: None) -> None:
    connection.ensure_connection()
    limited = connection.connection
    limited.set_deadline(2)
    try:
        with longer_statements(30):
            assert (seconds_of(TIMEOUT), seconds_of(LOCK_TIMEOUT), limited.deadline) == (29.5, 29.5, 30)
        assert (seconds_of(TIMEOUT), seconds_of(LOCK_TIMEOUT), limited.deadline) == (1.5, 1.5, 2)
    finally:
        limited.close()
        connection.close()


def test_an_export_on_a_lost_connection_raises_djangos_error(transactional_db: None) -> None:
    connection.ensure_connection()
    lost = connection.connection
    lost.set_deadline(2)
    with psycopg.connect(test_database_url()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost.info.backend_pid])
    try:
        with pytest.raises(OperationalError), longer_statements(30):
            pytest.fail("the connection was lost")
    finally:
        connection.close()


def test_many_dead_connections_drain_the_pool_once() -> None:
    pool = Pool(conninfo=test_database_url(), kwargs={"autocommit": True}, min_size=4, max_size=4, open=True)
    with pool:
        pool.wait()
        dead = [pool.getconn() for _ in range(4)]
        for dead_connection in dead:
            dead_connection.pgconn.finish()
        for dead_connection in dead:
            with pytest.raises(psycopg.Error):
                pool.check_or_drain(dead_connection)
            pool.putconn(dead_connection)
        young = pool.getconn()
        for dead_connection in dead:
            with pytest.raises(psycopg.Error):
                pool.check_or_drain(dead_connection)
        pool.putconn(young)
        assert not young.closed


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(conninfo=test_database_url(), kwargs={"autocommit": True}, min_size=1, max_size=1, open=True)
    with pool:
        pool.wait()
        yield pool


def test_a_connection_that_was_just_used_is_not_asked_whether_it_is_alive(pool: Pool) -> None:
    with pool.connection() as used:
        assert used.is_surely_alive()
    used.used_at -= TRUSTED_SECONDS
    assert not used.is_surely_alive()
    with pool.connection() as reused:
        assert reused is used
    assert used.is_surely_alive()


def test_a_connection_that_the_server_ended_is_noticed_without_asking(pool: Pool) -> None:
    with pool.connection() as ended:
        pid = ended.info.backend_pid
    with psycopg.connect(test_database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_for(lambda: not ended.is_surely_alive(), "the end to arrive")
    with pool.connection() as new:
        assert new.info.backend_pid != pid
        assert new.execute("SELECT 1").fetchone() == (1,)
    assert ended.closed
    assert not ended.is_surely_alive()


@contextmanager
def all_tables_locked() -> Iterator[None]:
    """As a migration or a VACUUM FULL does, or somebody's forgotten transaction."""
    with psycopg.connect(test_database_url()) as other:
        tables = other.execute("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        other.execute(f"LOCK TABLE {', '.join(name for (name,) in tables)} IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def test_a_call_that_waits_for_a_lock_becomes_a_503_in_time(server: Server, api: Api, transactional_db: None) -> None:
    shop = make_shop()
    browser = browser_of(signed_in(shop, "owner"))
    path = f"/contests/{shop.contest.pk}"
    calls: list[Callable[[], requests.Response]] = [
        lambda: api.record(shop),
        lambda: api.call(shop, "POST", f"{path}/purchases/batch", {"purchases": [shop.order() for _ in range(500)]}),
        lambda: api.call(shop, "POST", f"{path}/refunds", {"orderId": "1", "refundId": "1"}),
        lambda: api.call(shop, "GET", f"{path}/purchases"),
        lambda: api.call(shop, "GET", f"{path}/leaderboard", key=shop.public_key),
        lambda: requests.get(f"{server.base_url}/readyz", timeout=60),
        lambda: browser.get(f"{server.base_url}/admin/", timeout=60),
        lambda: browser.get(f"{server.base_url}/admin/purchases/purchase/", timeout=60),
    ]
    with all_tables_locked(), ThreadPoolExecutor(len(calls)) as callers:
        answers = list(callers.map(timed, calls))
        alive = requests.get(f"{server.base_url}/healthz", timeout=60)
    assert [answer.status_code for answer, _seconds in answers] == [503] * len(calls)
    assert alive.status_code == 200
    assert max(seconds for _answer, seconds in answers) < LONGEST_CALL
    for answer, _seconds in answers[:5]:
        assert (answer.json()["code"], answer.headers["Retry-After"]) == ("database_unavailable", "5")
    for answer, _seconds in answers[-2:]:
        assert "database is unavailable" in answer.text
        assert answer.headers["Retry-After"] == "5"
    assert "Traceback" not in server.log.read_text()
    assert api.record(shop).status_code == 201


def test_a_call_that_waits_for_a_row_becomes_a_503_in_time(server: Server, api: Api, transactional_db: None) -> None:
    """Another entry is not touched; the call for this one is a 503 that can be sent again."""
    shop, other = make_shop(), make_shop()
    with psycopg.connect(test_database_url()) as keeper:
        keeper.execute("SELECT 1 FROM contests_entry WHERE id = %s FOR UPDATE", [shop.entry.pk])
        order = shop.order()
        with ThreadPoolExecutor(1) as callers:
            waiting = callers.submit(timed, lambda: Api(server.base_url).record(shop, order))
            assert api.record(other).status_code == 201
            answer, seconds = waiting.result()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert seconds < LONGEST_CALL
    answer = api.record(shop, order)
    assert (answer.status_code, answer.json()["data"]["alreadyExists"]) == (201, False)


def test_a_batch_waits_longer_for_others_with_the_same_entries(
    server: Server, api: Api, transactional_db: None
) -> None:
    shop = make_shop()
    path = f"/contests/{shop.contest.pk}/purchases/batch"
    rows = [shop.order() for _ in range(500)]
    with psycopg.connect(test_database_url()) as keeper, ThreadPoolExecutor(1) as callers:
        keeper.execute("SELECT 1 FROM contests_entry WHERE id = %s FOR UPDATE", [shop.entry.pk])
        waiting = callers.submit(api.call, shop, "POST", path, {"purchases": rows})
        time.sleep(WEB_SECONDS + 1)
        keeper.rollback()
        answer = waiting.result()
    assert (answer.status_code, answer.json()["data"]["counts"]["recorded"]) == (200, 500)


def browser_of(client: Client) -> requests.Session:
    """The same session over HTTP."""
    browser = requests.Session()
    for name, morsel in client.cookies.items():
        browser.cookies.set(name, morsel.value)
    return browser


def timed(call: Callable[[], requests.Response]) -> tuple[requests.Response, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started
