"""PostgreSQL restarted and hanging, under a real service: what callers and people at the admin get, and how soon again.

Each test has a database of its own, and the process that would bring it back by itself is stopped meanwhile.
"""

import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count

import psutil
import psycopg
import pytest
import requests

from tests.blitzrocket.devserver.make_run import CHEAP_PASSWORDS, Run, running
from tests.support import wait_for

CLIENTS = 16
FILL_SECONDS = 60
LONGEST_CALL = 7  # seconds: the deadline, and what a loaded machine adds
RECOVERY_SECONDS = 5

_numbers = count()


@pytest.fixture(scope="module")
def served() -> Iterator[Run]:
    """The service with two web processes, started once for all tests here."""
    with running(WEB_CONCURRENCY="2", **CHEAP_PASSWORDS) as run:
        yield run


@pytest.fixture
def run(served: Run) -> Iterator[Run]:
    assert served.process is not None
    served.process.send_signal(signal.SIGSTOP)  # so that it does not bring the database back
    yield served
    served.process.send_signal(signal.SIGCONT)
    wait_for(lambda: served.record("after").ok, "the service to be as before")
    assert "Traceback" not in served.output


def new_order() -> str:
    return f"order-{next(_numbers)}"


def fill_pools(run: Run) -> None:
    """Have as many connections in the pools of both web processes as there are clients."""
    deadline = time.monotonic() + FILL_SECONDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        while connections(run) < CLIENTS:
            assert time.monotonic() < deadline, connections(run)
            list(clients.map(lambda _: run.record(new_order()), range(5 * CLIENTS)))


def connections(run: Run) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with psycopg.connect(run.database.url) as connection:
        (count,) = connection.execute(query).fetchone() or (0,)
    return int(count)


def pg_ctl(run: Run, *arguments: str) -> None:
    run.database._run("pg_ctl", "-D", str(run.database.cluster), "-w", *arguments)


@contextmanager
def hanging(run: Run) -> Iterator[None]:
    """The server stands still with all its processes: the kernel takes connections, and nobody answers."""
    postmaster = run.postmaster()
    processes = [postmaster]
    try:
        postmaster.suspend()  # first, so that it starts no other
        for process in postmaster.children():
            with suppress(psutil.NoSuchProcess):  # Race: one may be about to end, such as a worker of autovacuum.
                process.suspend()
                processes.append(process)
        yield
    finally:
        for process in processes:
            process.resume()


def signed_in(run: Run) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{run.base_url}/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    data = run.demo["owner"] | {"csrfmiddlewaretoken": token[1]}
    session.post(f"{run.base_url}/admin/login/", data=data, headers={"Referer": page.url})
    return session


def timed(call: Callable[[], requests.Response]) -> tuple[requests.Response, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started


def test_after_a_restart_no_call_gets_a_dead_connection(run: Run) -> None:
    fill_pools(run)
    pg_ctl(run, "-m", "fast", "restart")
    answers = [timed(lambda: run.record(new_order())) for _ in range(40)]
    statuses = Counter(answer.status_code for answer, _seconds in answers)
    assert statuses[201] >= 38, statuses  # one may be 503 in each process
    assert all(answer.status_code == 201 for answer, _seconds in answers[-20:])
    assert max(seconds for _answer, seconds in answers) < LONGEST_CALL


def test_after_a_restart_many_callers_at_once_are_served(run: Run) -> None:
    fill_pools(run)
    pg_ctl(run, "-m", "fast", "restart")
    with ThreadPoolExecutor(CLIENTS) as clients:
        statuses = Counter(clients.map(lambda _: run.record(new_order()).status_code, range(80)))
    assert statuses[201] >= 78, statuses


def test_a_connection_that_the_server_ended_is_replaced(run: Run) -> None:
    """As a firewall or an administrator does to one or all of them."""
    fill_pools(run)
    with psycopg.connect(run.database.url) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert [run.record(new_order()).status_code for _ in range(20)].count(201) >= 18


def test_after_a_long_absence_calls_are_answered_at_once(run: Run) -> None:
    """However long it was: attempts to connect do not become rarer."""
    fill_pools(run)
    pg_ctl(run, "-m", "fast", "stop")
    with ThreadPoolExecutor(CLIENTS) as clients:
        outage = [answer for _ in range(4) for answer in clients.map(lambda _: run.record(new_order()), range(CLIENTS))]
    assert {answer.status_code for answer in outage} == {503}
    run.database.revive()
    answers = [timed(lambda: run.record(new_order())) for _ in range(20)]
    assert Counter(answer.status_code for answer, _seconds in answers)[201] >= 18
    assert sum(seconds for _answer, seconds in answers) < RECOVERY_SECONDS + 5


def test_while_the_server_hangs_each_call_ends_in_time(run: Run) -> None:
    fill_pools(run)
    owner = signed_in(run)
    calls = [
        lambda: run.record(new_order()),
        lambda: requests.get(f"{run.base_url}/readyz", timeout=60),
        lambda: requests.get(f"{run.base_url}/api/v1/key", headers={"x-api-key": run.demo["publicKey"]}, timeout=60),
        lambda: owner.get(f"{run.base_url}/admin/purchases/purchase/", timeout=60),
        lambda: owner.get(f"{run.base_url}/admin/", timeout=60),
        lambda: requests.get(f"{run.base_url}/healthz", timeout=60),
    ]
    with hanging(run), ThreadPoolExecutor(len(calls)) as clients:
        for _ in range(2):
            answers = list(clients.map(timed, calls))
            assert [answer.status_code for answer, _seconds in answers] == [503] * 5 + [200]
            assert max(seconds for _answer, seconds in answers) < LONGEST_CALL
            assert answers[-1][1] < 1
    assert [run.record(new_order()).status_code for _ in range(20)].count(201) >= 18


def test_a_call_that_is_under_way_when_the_server_hangs_ends_in_time(run: Run) -> None:
    fill_pools(run)
    with ThreadPoolExecutor(CLIENTS) as clients:
        calls = [clients.submit(timed, lambda: run.record(new_order())) for _ in range(3 * CLIENTS)]
        wait_for(lambda: sum(call.done() for call in calls) > CLIENTS, "calls to be under way")
        with hanging(run):
            answers = [call.result() for call in calls]
    assert {answer.status_code for answer, _seconds in answers} == {201, 503}
    assert max(seconds for _answer, seconds in answers) < LONGEST_CALL
