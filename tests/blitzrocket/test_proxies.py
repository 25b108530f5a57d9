"""nginx and Caddy before the web server, with the settings of docs/deploy.md, where they are installed."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.nginx import nginx_command, program, running_proxy, settings_in
from tests.support import Api, Server, Shop, free_port, make_shop, running, test_database_url, wait_for

SLOW_CLIENTS = 40


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {"WEB_CONCURRENCY": "1", "THREADS": "2", "TRUST_PROXY": "1", "LOG_FORMAT": "json", "HTTPS": "false"}
    with running(Server(test_database_url(), tmp_path_factory.mktemp("web") / "log", **environment)) as server:
        yield server


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of the proxy."""
    name = request.param
    path = program(name)
    port = free_port()
    settings = settings_in("deploy.md", name).replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    if name == "nginx":
        command = nginx_command(settings.replace("listen 443 ssl", f"listen 127.0.0.1:{port}"), tmp_path)
    else:
        settings = settings.replace("points.example.com", f"http://127.0.0.1:{port}").replace("{", "{\nadmin off\n", 1)
        (tmp_path / "settings").write_text(settings)
        command = [path, "run", "--adapter", "caddyfile", "--config", str(tmp_path / "settings")]
    with running_proxy(command, tmp_path):
        wait_for(lambda: _answers(port), "the proxy to answer")
        yield f"http://127.0.0.1:{port}"


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_proxy_passes_calls_and_keeps_slow_clients(proxy: str, server: Server, transactional_db: None) -> None:
    shop: Shop = make_shop()
    api = Api(proxy)
    headers = {"X-Forwarded-For": "198.51.100.1", "X-Request-Id": "through-the-proxy"}
    assert api.record(shop, headers=headers).status_code == 201
    wait_for(lambda: "through-the-proxy" in server.log.read_text(), "the line")
    line = next(line for line in server.log.read_text().splitlines() if "through-the-proxy" in line)
    assert json.loads(line)["address"] == "127.0.0.1"  # not what the client says
    head = f"POST /api/v1/contests/{shop.contest.pk}/purchases HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
    port = int(proxy.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(head.encode() + b"999\r\n\r\n{")
        assert [api.record(shop).status_code for _ in range(5)] == [201] * 5
