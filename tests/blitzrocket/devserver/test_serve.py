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
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from blitzrocket.devserver.embedded_postgres import PACKAGE, SERVER, EmbeddedPostgres, _copy_once
from tests.support import ROOT, free_port, wait_for


class Run:
    """``make run`` on a data folder and port of its own, without anything configured."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        names = (
            "DATABASE_URL",
            "SECRET_KEY",
            "ALLOWED_HOSTS",
            "HTTPS",
            "LOG_FORMAT",
            "MAKELEVEL",
            "DJANGO_SETTINGS_MODULE",
        )
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        self.environment = inherited | {"DATA_DIR": str(data_dir), "PORT": str(self.port)} | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "blitzrocket.devserver"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        wait_for(self.is_settled, "the greeting")

    def is_settled(self) -> bool:
        """It has greeted, or given up."""
        assert self.process is not None
        return "Stop with Ctrl-C" in self.output or self.process.poll() is not None

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def demo(self) -> dict[str, Any]:
        return dict(json.loads((self.data_dir / "demo.json").read_text()))

    @property
    def database(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.data_dir)

    def send(self, signal_number: int) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(30)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "blitzrocket.devserver", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def record(self, order_id: str) -> requests.Response:
        demo = self.demo
        return requests.post(
            f"{self.base_url}/api/v1/contests/{demo['contestId']}/purchases",
            json={"email": demo["entries"][0], "orderId": order_id, "amount": 49.99},
            headers={"x-api-key": demo["privateKey"]},
            timeout=30,
        )

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.database.cluster / "postmaster.pid").read_text().split()[0]))

    def master(self) -> psutil.Process:
        """Of gunicorn."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "gunicorn" in child.cmdline())

    def has_master(self) -> bool:
        try:
            return len(self.master().children()) > 0
        except (StopIteration, psutil.NoSuchProcess):
            return False

    def database_answers(self) -> bool:
        try:
            psycopg.connect(self.database.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def web_answers(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, as a clone is; pytest's own are private to their owner."""
    with tempfile.TemporaryDirectory(prefix="blitzrocket-serve-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    run = Run(folder / "data")
    yield run
    if run.process is not None and run.process.poll() is None:
        run.send(signal.SIGTERM)


def test_the_first_start_prints_urls_logins_and_a_call(run: Run) -> None:
    run.start()
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
    run.start()
    line = next(line for line in run.output.splitlines() if line.startswith("curl "))
    answer = json.loads(subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, check=True).stdout)
    assert answer["data"]["pointsAwarded"] == 50
    assert shlex.split(line)[0] == "curl"


def test_the_logins_open_the_admin(run: Run) -> None:
    run.start()
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


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_cleanly_and_keeps_its_data(run: Run, signal_number: int) -> None:
    run.start()
    demo, first = run.demo, run.record("1")
    assert run.send(signal_number) == 0
    assert not run.web_answers()
    assert not run.database_answers()
    assert not (run.database.cluster / "postmaster.pid").exists()
    run.start()
    assert run.demo == demo
    assert (first.status_code, run.record("1").status_code, run.record("2").status_code) == (201, 200, 201)


def test_it_starts_after_kill_9_of_everything_but_the_database(run: Run) -> None:
    run.start()
    demo, first = run.demo, run.record("1")
    run.send(signal.SIGKILL)
    wait_for(lambda: not run.web_answers(), "the web server to follow")
    assert run.database_answers()
    run.start()
    assert run.demo == demo
    assert (first.status_code, run.record("1").status_code) == (201, 200)


def test_the_web_server_restarts_after_kill_9_of_its_master(run: Run) -> None:
    run.start()
    first = run.record("1")
    master = run.master()
    with unfinished_call(run):  # one of its workers still has work for as long as it may
        master.kill()
        wait_for(lambda: run.has_master() and run.master().pid != master.pid, "another master")
        wait_for(run.web_answers, "the web server to come back")
        assert (first.status_code, run.record("1").status_code, run.record("2").status_code) == (201, 200, 201)
    assert "The web server ended, with -9; starting it again." in run.output
    assert run.send(signal.SIGTERM) == 0


def test_a_start_right_after_kill_9_of_all_masters_takes_the_port(run: Run) -> None:
    run.start()
    first, master = run.record("1"), run.master()
    assert run.process is not None
    with unfinished_call(run):
        run.send(signal.SIGKILL)
        master.kill()
        run.start()
        assert "BlitzRocket is running" in run.output
        assert (first.status_code, run.record("1").status_code) == (201, 200)


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
    run.start()
    first = run.record("1")
    run.postmaster().kill()
    wait_for(run.database_answers, "the database to come back")
    wait_for(lambda: run.record("2").status_code in (200, 201), "a purchase to be recorded again")
    assert (first.status_code, run.record("1").status_code, run.record("2").status_code) == (201, 200, 200)


def test_without_the_database_a_503_has_retry_after(run: Run) -> None:
    run.start()
    demo = run.demo
    assert run.process is not None
    run.process.send_signal(signal.SIGSTOP)  # so that it does not bring the database back
    try:
        run.postmaster().kill()
        wait_for(lambda: not run.database_answers(), "the database to be gone")
        for _ in range(3):
            answer = run.record("1")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert requests.get(f"{run.base_url}/readyz", timeout=30).status_code == 503
        assert requests.get(f"{run.base_url}/healthz", timeout=30).status_code == 200
    finally:
        run.process.send_signal(signal.SIGCONT)
    wait_for(lambda: run.record("1").status_code in (200, 201), "a purchase to be recorded again")
    assert run.demo == demo


def test_two_servers_run_side_by_side(run: Run, folder: Path) -> None:
    other = Run(folder / "other")
    run.start()
    other.start()
    try:
        assert (run.record("1").status_code, other.record("1").status_code) == (201, 201)
        assert run.demo["contestId"] != other.demo["contestId"]
    finally:
        assert other.send(signal.SIGTERM) == 0
    assert run.record("1").status_code == 200


def test_a_command_does_not_stop_the_servers_database(run: Run) -> None:
    run.start()
    run.record("1")
    checked = run.manage("check_ledger")
    assert checked.returncode == 0, checked.stderr
    assert run.record("1").status_code == 200


def test_a_used_port_is_reported(run: Run, folder: Path) -> None:
    run.start()
    other = Run(folder / "other", PORT=str(run.port))
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
    run.start()
    assert run.process is not None
    assert run.process.wait(30) != 0
    assert sentence in run.output.splitlines()[-1] or sentence in run.output
    assert "Traceback" not in run.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user, from a copy it can enter")
def test_the_copy_of_the_server_for_another_user_runs(folder: Path) -> None:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    package = Path(str(spec.origin)).parent
    copied = _copy_once(package, folder / "copy")
    assert _copy_once(package, folder / "copy") == copied
    for program in ("initdb", "postgres"):
        command = [str(copied / SERVER / "bin" / program), "--version"]
        ran = subprocess.run(command, user="nobody", capture_output=True, check=False)
        assert b"PostgreSQL" in ran.stdout, ran.stderr


def test_a_named_database_gets_no_demo_data(run: Run, folder: Path) -> None:
    """No embedded one is started beside it, and no demo data or logins are put into it."""
    run.start()
    with psycopg.connect(run.database.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    url = run.database.url.replace("/blitzrocket?", "/another?")
    other = Run(folder / "other", DATABASE_URL=url)
    other.start()
    try:
        assert requests.get(f"{other.base_url}/readyz", timeout=30).ok
        assert not (other.data_dir / "demo.json").exists()
        assert not (other.data_dir / "postgres").exists()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)
        result = other.manage("create_demo_data")
        assert set(json.loads(result.stdout)) == set(run.demo), result.stderr
        second_run = other.manage("create_demo_data")
        assert (second_run.returncode, second_run.stdout) == (1, "")
    finally:
        other.send(signal.SIGTERM)
