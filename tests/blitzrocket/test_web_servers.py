"""Both web servers: what they make of requests, and how they stop, restart and report a wrong setting."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests
from django.urls import reverse

from blitzrocket.granian_server.slow_connections import Counts, Progress, Watch
from blitzrocket.web_server import COMMANDS, OPEN_FILES
from tests.programs import Programs
from tests.support import ROOT, Api, Server, Shop, make_shop, running, signed_in, test_database_url, wait_for

HOST = "Host: 127.0.0.1\r\n"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def exchange(server: Server, request: str | bytes, *, ends: bool = False) -> str:
    """What the server answers until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request if isinstance(request, bytes) else request.encode())
        if ends:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer.decode()


def order_request(shop: Shop, content: str, length: int | None = None, headers: str = "") -> str:
    length = len(content) if length is None else length
    return (
        f"POST /api/v1/contests/{shop.contest.pk}/purchases HTTP/1.1\r\n{HOST}x-api-key: {shop.private_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{content}"
    )


def statuses(answer: str) -> list[int]:
    return [int(status) for status in re.findall(r"HTTP/1\.[01] ([0-9]{3}) ", answer)]


def test_versions_of_http(each_server: Server, transactional_db: None) -> None:
    answer = exchange(each_server, f"GET /healthz HTTP/1.0\r\n{HOST}\r\n")
    assert answer.startswith("HTTP/1.0 200 OK\r\n")
    head = answer.lower()
    assert "\r\ndate: " in head
    assert "\r\nserver: g" in head
    assert "transfer-encoding" not in head
    assert not exchange(each_server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").startswith("HTTP/2")


def test_requests_that_do_not_wait_for_the_answer(each_server: Server, shop: Shop) -> None:
    orders = [order_request(shop, json.dumps(shop.order())) for _ in range(3)]
    answer = exchange(each_server, "".join(orders) + f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
    assert statuses(answer) == [201, 201, 201, 200]


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/blitzrocket/icon.svg", "/api/v1/contests/{}"])
def test_head_has_no_body(each_server: Server, shop: Shop, path: str) -> None:
    headers = f"{HOST}x-api-key: {shop.private_key}\r\nConnection: close\r\n\r\n"
    answer = exchange(each_server, f"HEAD {path.format(shop.contest.pk)} HTTP/1.1\r\n{headers}")
    assert statuses(answer) == [200]
    assert answer.partition("\r\n\r\n")[2] == ""


def test_a_preflight_has_no_body(each_server: Server, shop: Shop) -> None:
    url = f"{each_server.base_url}/api/v1/contests/{shop.contest.pk}/purchases"
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = requests.options(url, headers=headers, timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/contests/%C3%A9", 401),
        ("/api/v1/contests/a%2Fb", 404),
        ("/api/v1/contests/%ff?x=%ff", 401),
        ("/api/v1/contests/%zz", 401),
        ("//healthz", 404),
        ("/healthz//", 404),
        ("/%00", 404),
        ("/../healthz", 404),
        ("/healthz?a=b", 200),
        ("http://127.0.0.1/healthz", 200),
        ("*", 404),
        ("/a b", 400),
    ],
)
def test_unusual_paths(each_server: Server, transactional_db: None, path: str, status: int) -> None:
    method = "OPTIONS" if path == "*" else "GET"
    answer = exchange(each_server, f"{method} {path} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
    assert statuses(answer) == [status]


def test_a_path_is_utf_8(each_server: Server, shop: Shop) -> None:
    url = f"{each_server.base_url}/api/v1/contests/{shop.contest.pk}/purchases/%C3%A9%E2%82%AC"
    answer = requests.get(url, headers={"x-api-key": shop.private_key, "X-Request-Id": "utf-8"}, timeout=10)
    assert answer.status_code == 404
    wait_for(lambda: "utf-8" in each_server.log.read_text(), "the line")
    assert "/purchases/%C3%A9%E2%82%AC" in each_server.log.read_text()


def test_a_body_that_ends_too_early_records_nothing(each_server: Server, shop: Shop) -> None:
    """Even where what has come is valid JSON."""
    answer = exchange(each_server, order_request(shop, json.dumps(shop.order()), length=1000), ends=True)
    assert statuses(answer) in ([400], [])
    assert not shop.contest.purchases.exists()


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: x\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ],
)
def test_an_unclear_length_closes_the_connection(each_server: Server, transactional_db: None, lengths: str) -> None:
    answer = exchange(each_server, f"POST /api/v1/none HTTP/1.1\r\n{HOST}{lengths}\r\nabcde")
    assert statuses(answer) in ([400], [501])


@pytest.fixture(scope="module", params=COMMANDS)
def own_server(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One with a single process and few threads, behind two proxies; a test may kill some of it."""
    environment = {"SERVER": request.param, "WEB_CONCURRENCY": "1", "THREADS": "2", "TRUST_PROXY": "2"}
    environment |= {"LOG_FORMAT": "json", "HTTPS": "false"}
    log = tmp_path_factory.mktemp("own") / "log"
    with running(Server(test_database_url(), log, **environment)) as server:
        yield server


@contextmanager
def unfinished_order(server: Server, shop: Shop) -> Iterator[socket.socket]:
    """A connection with an order whose last byte is missing."""
    content = json.dumps(shop.order())
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(order_request(shop, content)[:-1].encode())
        wait_for(lambda: Api(server.base_url).record(shop).ok, "a call after it")
        yield connection


def finish(connection: socket.socket) -> list[int]:
    connection.sendall(b"}")
    return statuses(connection.recv(65536).decode())


def test_the_address_of_the_client(own_server: Server, transactional_db: None) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.1", "X-Request-Id": "forwarded"}
    requests.get(f"{own_server.base_url}/healthz", headers=headers, timeout=10)
    wait_for(lambda: "forwarded" in own_server.log.read_text(), "the line")
    line = next(line for line in own_server.log.read_text().splitlines() if "forwarded" in line)
    assert json.loads(line)["address"] == "203.0.113.7"


def test_more_exports_than_threads(own_server: Server, shop: Shop) -> None:
    """Each gives back its thread and its connection, also where the client leaves before the end."""
    cookies = {"sessionid": signed_in(shop, "owner").cookies["sessionid"].value}
    for number in range(6):
        url = f"{own_server.base_url}{reverse('admin:purchases_purchase_export')}"
        with requests.get(url, cookies=cookies, timeout=10, stream=number % 2 == 0) as answer:
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert Api(own_server.base_url).record(shop).status_code == 201


def test_a_stop_answers_accepted_calls(own_server: Server, shop: Shop) -> None:
    process = own_server.process
    assert process is not None
    with unfinished_order(own_server, shop) as connection:
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: not own_server.is_ready(), "the port to be closed")
        assert process.poll() is None
        assert finish(connection) == [201]
    assert process.wait(15) == 0
    own_server.start()


def test_a_killed_worker_is_replaced(own_server: Server, shop: Shop) -> None:
    worker = own_server.workers()[0]
    worker.kill()
    wait_for(lambda: own_server.workers() and worker not in own_server.workers(), "another worker")
    wait_for(own_server.is_ready, "its answer")
    assert Api(own_server.base_url).record(shop).status_code == 201


def test_a_renewed_worker_finishes_its_calls(own_server: Server, shop: Shop) -> None:
    with unfinished_order(own_server, shop) as connection:
        before = own_server.workers()
        assert own_server.process is not None
        own_server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: set(own_server.workers()) - set(before), "a new worker")
        assert finish(connection) == [201]
    wait_for(lambda: not set(own_server.workers()) & set(before), "the old worker to end")
    wait_for(own_server.is_ready, "the new worker to answer")


def test_workers_of_a_killed_server_leave_the_port(own_server: Server, shop: Shop) -> None:
    assert own_server.process is not None
    workers = own_server.workers()
    with unfinished_order(own_server, shop) as connection:
        own_server.process.kill()
        own_server.process.wait()
        wait_for(lambda: not own_server.is_ready(), "the port to be closed")
        own_server.start()
        assert Api(own_server.base_url).record(shop).status_code == 201
        assert finish(connection) == [201]
    psutil.wait_procs(workers, timeout=20)
    assert not any(worker.is_running() for worker in workers)


def start_again(server: Server, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "run_web"]
    return subprocess.run(
        command, cwd=ROOT, env=server.environment | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.long  # six seconds of trying
@pytest.mark.parametrize("own_server", ["granian"], indirect=True)
def test_a_used_port_stops_the_start(own_server: Server, transactional_db: None) -> None:
    """Sockets that granian opens would join those of the other."""
    refused = start_again(own_server)
    assert refused.returncode == 1
    assert "in use" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SERVER": "apache"}, "SERVER is 'apache': write one of gunicorn, granian."),
        ({"BIND": "127.0.0.1:x"}, "The web server cannot listen on '127.0.0.1:x': write BIND=address:port"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    programs: Programs, db: None, environment: dict[str, str], sentence: str
) -> None:
    server = Server(test_database_url(), Path(os.devnull))
    refused = programs.run(["manage.py", "run_web"], server.environment | environment)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_quiet_connections_are_closed() -> None:
    """A connection with a byte in time stays."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
        accepted = [listener.accept()[0] for _ in clients]
        time.sleep(0.5)
        clients[1].sendall(b"x")
        accepted[1].recv(1)
        before = psutil.Process().num_fds()
        Watch(0.3).check(time.monotonic())
        assert psutil.Process().num_fds() == before
        assert clients[0].recv(1) == b""
        accepted[1].sendall(b"y")
        assert clients[1].recv(1) == b"y"
        for each in (*clients, *accepted):
            each.close()


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("counts", "seconds"),  # bytes taken, received and waiting at each look, a minute after the one before
    [
        ([(0, 0, 0), (0, 0, 0), (0, 0, 0)], None),  # sends nothing: granian's own time, or quiet
        ([(0, 500, 0), (0, 500, 0), (0, 500, 0)], None),  # waits for its answer
        ([(0, 500, 0), (900, 501, 0), (1800, 502, 0), (2700, 503, 0)], None),  # sends calls
        ([(0, 0, 0), (0, 500, 0), (0, 501, 0)], 120),  # sends a byte now and then
        ([(900, 0, 0), (900, 0, 0), (900, 500, 0), (900, 501, 0)], 180),  # the same after an answer
        ([(0, 0, 0), (0, MIB, 0), (0, 2 * MIB, 0), (0, 3 * MIB, 0)], None),  # sends a file
        ([(0, 500, 0), (100, 500, MIB), (200, 500, MIB)], 120),  # takes a little now and then
        ([(0, 500, 0), (100, 500, 9 * MIB), (MIB, 500, 8 * MIB), (2 * MIB, 500, 7 * MIB)], None),  # takes it well
    ],
)
def test_who_is_too_slow_for_granian(counts: list[tuple[int, int, int]], seconds: int | None) -> None:
    looks = [Counts(*each, quiet=0) for each in counts]
    progress = Progress(looks[0], 0)
    slow = [60 * number for number, look in enumerate(looks) if progress.is_too_slow(look, 60 * number)]
    assert slow == ([seconds] if seconds else [])


def test_slow_connections_are_closed() -> None:
    """By what Linux counts: one sends a byte now and then, one does not read, one has nothing to do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender, reader, idle = (socket.create_connection(listener.getsockname(), timeout=5) for _ in range(3))
        accepted = [listener.accept()[0] for _ in range(3)]
        accepted[1].settimeout(0)
        watch = Watch()
        watch.check(0)
        for now in (10, 60):
            sender.sendall(b"x")
            accepted[0].recv(1)
            with suppress(BlockingIOError):
                while True:
                    accepted[1].send(b"x" * 65536)
            watch.check(now)
        assert sender.recv(1) == b""
        while reader.recv(MIB):
            pass
        idle.sendall(b"x")
        assert accepted[2].recv(1) == b"x"
        for each in (sender, reader, idle, *accepted):
            each.close()


def test_the_limit_of_open_files_is_raised() -> None:
    """So that a connection more is not the end of a process."""
    code = (
        "import blitzrocket.web_server as w, resource as r; w.allow_open_files(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    command = ["sh", "-c", f'ulimit -S -n 256; "{sys.executable}" -c "{code}"']
    soft, hard = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert int(soft) == min(OPEN_FILES, int(hard))


def test_what_is_loaded_is_not_searched_for_garbage(programs: Programs, db: None) -> None:
    server = Server(test_database_url(), Path(os.devnull))
    code = (
        "import gc; from django.conf import settings; import blitzrocket.wsgi; "
        "loaded = gc.get_freeze_count(); print(loaded > 100_000, len(gc.get_objects()) < loaded / 10)"
    )
    answer = programs.run(["-c", code], server.environment | {"DJANGO_SETTINGS_MODULE": "blitzrocket.settings"})
    assert answer.stdout.split() == ["True", "True"], answer.stderr
