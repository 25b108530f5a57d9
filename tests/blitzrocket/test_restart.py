"""A restart as in an upgrade: systemd holds the socket (docs/deploy.md), and no call is refused."""

import os
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import requests

from blitzrocket.web_server import COMMANDS
from tests.programs import forking_programs
from tests.support import test_database_url

SYSTEMDS_SOCKET = 3
# What systemd does: the socket is file 3, and two variables tell this process so.
START = f"""
import django, os, runpy, socket, sys
giver = socket.socket(socket.AF_UNIX)
giver.connect(sys.argv[1])
_, files, _, _ = socket.recv_fds(giver, 1, 1)
giver.close()
os.dup2(files[0], {SYSTEMDS_SOCKET})
os.close(files[0])
os.environ |= {{"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}}
django.setup()
sys.argv = ["manage.py", "run_web"]
runpy.run_path("manage.py", run_name="__main__")
"""


@contextmanager
def web_server(name: str, listener: socket.socket, log: Path) -> Iterator[None]:
    environment = os.environ | {"DATABASE_URL": test_database_url(), "WEB_CONCURRENCY": "1", "SERVER": name}
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as giver:
        giver.bind(f"{folder}/socket")
        giver.listen()
        process = forking_programs().start(["-c", START, f"{folder}/socket"], environment, log)
        taker, _address = giver.accept()
        with taker:
            socket.send_fds(taker, [b"x"], [listener.fileno()])
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("name", COMMANDS)
def test_calls_wait_while_the_server_restarts(transactional_db: None, tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(4) as callers:
        url, log, is_over = f"http://127.0.0.1:{listener.getsockname()[1]}/readyz", tmp_path / "log", Event()

        def call() -> list[int]:
            statuses = []
            while not is_over.is_set():
                try:
                    statuses.append(requests.get(url, timeout=60).status_code)
                except requests.ConnectionError:
                    if name != "granian":  # it closes connections whose request it has not read yet
                        raise
            return statuses

        with web_server(name, listener, log):
            assert requests.get(url, timeout=60).status_code == 200  # it waits for the start, too
            answers = [callers.submit(call) for _ in range(4)]
        with web_server(name, listener, log):
            assert requests.get(url, timeout=60).status_code == 200
            is_over.set()
            statuses = {status for answer in answers for status in answer.result(60)}
    assert statuses == {200}
    assert log.read_text().count("Listening at") == 2
