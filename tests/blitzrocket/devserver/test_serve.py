"""``make run`` as a person sees it: the whole service from a fresh folder, stopped, killed, started again."""

import importlib.util
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from blitzrocket.devserver.embedded_postgres import PACKAGE, SERVER, EmbeddedPostgres, _copy_once
from tests.blitzrocket.devserver.make_run import CHEAP_PASSWORDS, Run
from tests.prepared import new_folder, prepare
from tests.support import wait_for

_numbers = count(1)


@pytest.fixture(scope="module")
def service() -> Iterator[Run]:
    with new_folder() as folder:
        run = Run(folder / "data")
        run.start_as_a_person_does()
        yield run
        run.stop()


@pytest.fixture
def run(service: Run) -> Run:
    """One service for all tests: it goes on with what the one before has left of it.

    Its first start is without anything configured; the web server of later ones has one process, which loads sooner.
    """
    service.environment["WEB_CONCURRENCY"] = "1"
    if not service.is_running():
        service.start()
    return service


@pytest.fixture
def other(folder: Path) -> Iterator[Run]:
    other = Run(folder / "other", WEB_CONCURRENCY="1", **CHEAP_PASSWORDS)
    yield other
    other.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


def new_order() -> str:
    return f"order-{next(_numbers)}"


def test_the_first_start_prints_urls_logins_and_a_call(run: Run) -> None:
    demo = run.demo
    assert set(demo) == {"baseUrl", "contestId", "privateKey", "publicKey", "entries", "admin", "owner", "support"}
    assert (demo["baseUrl"], len(demo["entries"])) == (run.base_url, 3)
    for path in (run.data_dir / "demo.json", run.data_dir / "secret_key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for role in ("admin", "owner", "support"):
        assert f"{demo[role]['username']} / {demo[role]['password']}" in run.output
    for step in ("Making the database", "Starting the database", "Preparing the tables", "Making demo data"):
        assert step in run.output or step == "Making demo data"


def test_the_line_to_paste_works(run: Run) -> None:
    line = next(line for line in run.output.splitlines() if line.startswith("curl "))
    answer = json.loads(subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, check=True).stdout)
    assert answer["data"]["pointsAwarded"] == 50
    assert shlex.split(line)[0] == "curl"


def test_the_logins_open_the_admin(run: Run) -> None:
    for role in ("admin", "owner", "support"):
        session = requests.Session()
        page = session.get(f"{run.base_url}/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        answer = session.post(
            f"{run.base_url}/admin/login/?next=/admin/",
            data=run.demo[role] | {"csrfmiddlewaretoken": token[1]},
            headers={"Referer": f"{run.base_url}/admin/login/"},
        )
        assert answer.url == f"{run.base_url}/admin/", role
        assert session.get(f"{run.base_url}/admin/purchases/purchase/").ok


def assert_it_stops_cleanly(run: Run, signal_number: int) -> None:
    assert run.send(signal_number) == 0
    assert not run.web_answers()
    assert not run.database_answers()
    assert not (run.database.cluster / "postmaster.pid").exists()


# By SIGTERM one below stops too, and the next goes on with its data.
@pytest.mark.parametrize(
    "signal_number",
    [signal.SIGINT, *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGTERM, signal.SIGHUP))],
)
def test_it_stops_cleanly_and_keeps_its_data(run: Run, signal_number: int) -> None:
    demo, order = run.demo, new_order()
    first = run.record(order)
    assert_it_stops_cleanly(run, signal_number)
    run.start()
    assert run.demo == demo
    assert (first.status_code, run.record(order).status_code, run.record(new_order()).status_code) == (201, 200, 201)


def test_it_starts_after_kill_9_of_everything_but_the_database(run: Run) -> None:
    demo, order = run.demo, new_order()
    first = run.record(order)
    run.send(signal.SIGKILL)
    wait_for(lambda: not run.web_answers(), "the web server to follow")
    assert run.database_answers()
    run.start()
    assert run.demo == demo
    assert (first.status_code, run.record(order).status_code) == (201, 200)


def test_the_web_server_restarts_after_kill_9_of_its_master(run: Run) -> None:
    order = new_order()
    first, master = run.record(order), run.master()
    workers = master.children()
    with unfinished_call(run):  # one of its workers still has work for as long as it may
        master.kill()
        # Else it might be found still, or be gone between two looks.
        master.wait(10)
        wait_for(run.has_master, "another master")
        wait_for(run.web_answers, "the web server to come back")
        assert (first.status_code, run.record(order).status_code, run.record(new_order()).status_code) == (
            201,
            200,
            201,
        )
    assert "The web server ended, with -9; starting it again." in run.output
    # Race: such a worker, which notices within a second that it is alone, uses the database still.
    psutil.wait_procs(workers, timeout=20)
    assert_it_stops_cleanly(run, signal.SIGTERM)


def test_a_start_right_after_kill_9_of_all_masters_takes_the_port(run: Run) -> None:
    order = new_order()
    first, master = run.record(order), run.master()
    assert run.process is not None
    with unfinished_call(run):
        run.send(signal.SIGKILL)
        master.kill()
        run.start()
        assert "BlitzRocket is running" in run.output
        assert (first.status_code, run.record(order).status_code) == (201, 200)


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def unfinished_call(run: Run) -> Iterator[None]:
    """A call whose body does not come."""
    demo = run.demo
    head = (
        f"POST /api/v1/contests/{demo['contestId']}/purchases HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"x-api-key: {demo['privateKey']}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", run.port)) as connection:
        connection.sendall(head.encode())
        time.sleep(0.5)
        yield


def test_the_database_restarts_after_kill_9(run: Run) -> None:
    order, other_order = new_order(), new_order()
    first = run.record(order)
    run.postmaster().kill()
    wait_for(run.database_answers, "the database to come back")
    wait_for(lambda: run.record(other_order).status_code in (200, 201), "a purchase to be recorded again")
    assert (first.status_code, run.record(order).status_code, run.record(other_order).status_code) == (201, 200, 200)


def test_without_the_database_a_503_has_retry_after(run: Run) -> None:
    demo, order = run.demo, new_order()
    assert run.process is not None
    run.process.send_signal(signal.SIGSTOP)  # so that it does not bring the database back
    try:
        postmaster = run.postmaster()
        processes = [postmaster, *postmaster.children()]
        postmaster.kill()
        # Race: its processes go on for a moment, and answer on connections that are open.
        wait_for(lambda: all(has_ended(process) for process in processes), "the database to be gone")
        with ThreadPoolExecutor() as callers:  # each waits for a connection until it gives up
            calls = [callers.submit(run.record, order) for _ in range(3)]
            probes = [
                callers.submit(requests.get, f"{run.base_url}/{name}z", timeout=30) for name in ("ready", "health")
            ]
        # And one after those.
        for answer in [*(call.result() for call in calls), run.record(order)]:
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert [probe.result().status_code for probe in probes] == [503, 200]
    finally:
        run.process.send_signal(signal.SIGCONT)
    wait_for(lambda: run.record(order).status_code in (200, 201), "a purchase to be recorded again")
    assert run.demo == demo


def test_two_servers_run_side_by_side(run: Run, other: Run) -> None:
    order = new_order()
    prepare(other.database)
    other.start()
    assert (run.record(order).status_code, other.record(order).status_code) == (201, 201)
    assert run.demo["contestId"] != other.demo["contestId"]
    assert other.send(signal.SIGTERM) == 0
    assert run.record(order).status_code == 200


def test_a_command_does_not_stop_the_servers_database(run: Run) -> None:
    order = new_order()
    run.record(order)
    checked = run.manage("check_ledger")
    assert checked.returncode == 0, checked.stderr
    assert run.record(order).status_code == 200


def test_a_used_port_is_reported(run: Run, folder: Path) -> None:
    other = Run(folder / "other", PORT=str(run.port))
    prepare(other.database)
    other.start()
    assert other.process is not None
    assert other.process.wait(60) != 0
    assert f"Port {run.port} is in use" in other.output
    assert "BlitzRocket is running" not in other.output
    assert not other.database_answers()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "abc"}, "PORT is 'abc': write a number"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "The database of DATABASE_URL cannot be used: "),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL names another database than PostgreSQL"),
        ({"THREADS": "many"}, "THREADS is 'many'"),
    ],
)
def test_an_impossible_start_is_reported_in_a_sentence(
    folder: Path, environment: dict[str, str], sentence: str
) -> None:
    run = Run(folder / "data", **environment)
    if "DATABASE_URL" not in environment:
        prepare(run.database)
    run.start()
    assert run.process is not None
    assert run.process.wait(30) != 0
    assert sentence in run.output.splitlines()[-1] or sentence in run.output
    assert "Traceback" not in run.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user, from a copy it can enter")
def test_the_copy_of_the_server_for_another_user_runs() -> None:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    package = Path(str(spec.origin)).parent
    with tempfile.TemporaryDirectory(prefix="blitzrocket-copy-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        copied = _copy_once(package, folder / "copy")
        assert _copy_once(package, folder / "copy") == copied
        for program in ("initdb", "postgres"):
            command = [str(copied / SERVER / "bin" / program), "--version"]
            ran = subprocess.run(command, user="nobody", capture_output=True, check=False)
            assert b"PostgreSQL" in ran.stdout, ran.stderr


@pytest.fixture
def named(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server whose database has all tables but those of one migration, and no rows."""
    server = EmbeddedPostgres(folder / "named")
    prepare(server)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("DROP TABLE django_session")
        connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    yield server
    server.stop()


def test_a_named_database_gets_its_tables_and_no_demo_data(named: EmbeddedPostgres, run: Run, folder: Path) -> None:
    """No embedded one is started beside it, and no demo data or logins are put into it."""
    other = Run(folder / "other", DATABASE_URL=named.url, WEB_CONCURRENCY="1", **CHEAP_PASSWORDS)
    other.start()
    try:
        assert requests.get(f"{other.base_url}/readyz", timeout=30).ok
        assert not (other.data_dir / "demo.json").exists()
        assert not (other.data_dir / "postgres").exists()
        with psycopg.connect(named.url) as connection:
            assert connection.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        result = other.manage("create_demo_data")
        assert set(json.loads(result.stdout)) == set(run.demo), result.stderr
        second_run = other.manage("create_demo_data")
        assert (second_run.returncode, second_run.stdout) == (1, "")
    finally:
        other.send(signal.SIGTERM)
