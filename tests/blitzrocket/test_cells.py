"""nginx leads each host name to its cell, with the settings of docs/scaling.md."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from tests.nginx import nginx_command, running_proxy, settings_in
from tests.support import free_port, wait_for


def serve(name: str, stack: ExitStack) -> int:
    """The port of a server that answers with its name and with what it was told of the client."""

    class Cell(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            forwarded_headers = [self.headers[header] for header in ("Host", "X-Forwarded-Proto", "X-Forwarded-For")]
            body = " ".join([name, *forwarded_headers]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Cell))
    stack.callback(server.shutdown)
    Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of the proxy before two cells, of which the first has two web servers, one of them stopped."""
    with ExitStack() as stack:
        port = free_port()
        settings = settings_in("scaling.md", "nginx")
        changes = {
            "10.0.1.10:8000": f"127.0.0.1:{serve('A', stack)}",
            "10.0.1.11:8000": f"127.0.0.1:{free_port()}",
            "10.0.2.10:8000": f"127.0.0.1:{serve('B', stack)}",
            "listen 443 ssl": f"listen 127.0.0.1:{port}",
        }
        for old, new in changes.items():
            assert old in settings
            settings = settings.replace(old, new)
        stack.enter_context(running_proxy(nginx_command(settings, tmp_path), tmp_path))
        wait_for(lambda: answers(port), "nginx to answer", 30)
        yield port


def answers(port: int) -> bool:
    try:
        ask(port, "a.points.example.com")
    except requests.ConnectionError:
        return False
    return True


def ask(port: int, host: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{port}/", headers={"Host": host}, timeout=10)


def test_each_host_name_leads_to_its_cell(proxy: int) -> None:
    cells = {"a.points.example.com": "A", "b.points.example.com": "B", "shop.example.net": "B"}
    for _ in range(4):  # also past the web server that is stopped
        for host, cell in cells.items():
            assert ask(proxy, host).text == f"{cell} {host} http 127.0.0.1"


def test_another_host_name_leads_nowhere(proxy: int) -> None:
    for host in ("points.example.com", "c.points.example.com", "127.0.0.1"):
        assert ask(proxy, host).status_code == 421
