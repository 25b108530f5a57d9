"""A restart as in an upgrade: systemd holds the socket (docs/deploy.md), and no call is refused."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import requests

from blitzrocket.web_server import COMMANDS
from tests.support import ROOT, test_database_url

SYSTEMDS_SOCKET = 3
# What systemd does: the socket is file 3, and two variables tell this process so.
START = f"""
import os, sys
os.dup2(int(sys.argv[1]), {SYSTEMDS_SOCKET})
os.environ |= {{"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}}
os.execv(sys.executable, [sys.executable, "manage.py", "run_web"])
"""


@contextmanager
def web_server(name: str, listener: socket.socket, log: Path) -> Iterator[None]:
    environment = os.environ | {"DATABASE_URL": test_database_url(), "WEB_CONCURRENCY": "1", "SERVER": name}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(listener.fileno())],
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=output,
        )
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
