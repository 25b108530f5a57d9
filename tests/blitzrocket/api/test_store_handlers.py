"""The handlers of docs/store-handlers.md: what they answer a store, by what BlitzRocket answered them."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from purchases.models import Purchase, RejectedPurchase
from tests.support import ROOT, Server, Shop, free_port, wait_for

SECRET = "the store's secret"
PATH = "/webhooks/shopify/orders-paid"

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(heading: str) -> str:
    """The first block of code below a heading of docs/store-handlers.md."""
    _, _, text = (ROOT / "docs" / "store-handlers.md").read_text().partition(f"\n## {heading}\n")
    code_block = re.search(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert code_block, heading
    return code_block[1]


def require(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("REQUIRE_CLIENTS"):
        pytest.fail(f"REQUIRE_CLIENTS is set and {' and '.join(missing)} is missing")
    if not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip(f"{' and '.join(programs)} with packages are not part of the test requirements: make clients")


def flask(folder: Path, port: int) -> list[str]:
    (folder / "handler.py").write_text(code_of("Shopify, Flask"))
    return [sys.executable, "-m", "flask", "--app", "handler", "run", "--port", str(port)]


def express(folder: Path, port: int) -> list[str]:
    require("node", "npm")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "express@5"]
    subprocess.run(install, cwd=folder, check=True, timeout=300)
    (folder / "handler.mjs").write_text(code_of("Shopify, Express"))
    return ["node", "handler.mjs"]


def php(folder: Path, port: int) -> list[str]:
    require("php")
    if b"curl" not in subprocess.run(["php", "-m"], capture_output=True, check=True, timeout=30).stdout.split():
        pytest.fail("PHP's curl extension is missing")
    (folder / "handler.php").write_text(code_of("WooCommerce, PHP"))
    return ["php", "-S", f"127.0.0.1:{port}", "handler.php"]


Handler = Callable[[Path, int], list[str]]
HANDLERS: list[Handler] = [flask, express, php]


def environment_of(shop: Shop, base_url: str, port: int) -> dict[str, str]:
    return os.environ | {
        "BLITZROCKET_URL": base_url,
        "BLITZROCKET_CONTEST": shop.contest.pk,
        "BLITZROCKET_PRIVATE_KEY": shop.private_key,
        "SHOPIFY_SECRET": SECRET,
        "WOOCOMMERCE_SECRET": SECRET,
        "PORT": str(port),
    }


@contextmanager
def serving(handler: Handler, folder: Path, shop: Shop, base_url: str, **settings: str) -> Iterator[str]:
    """The address of a handler's webhook."""
    port = free_port()
    environment = environment_of(shop, base_url, port) | settings
    folder.mkdir(exist_ok=True)
    command = handler(folder, port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(port), "the handler")
        yield f"http://127.0.0.1:{port}{PATH}"
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    try:
        requests.get(f"http://127.0.0.1:{port}/", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def deliver(url: str, secret: str = SECRET, **fields: Any) -> int:
    """One delivery, in the form of both stores; the status that the store sees."""
    order = {"id": 5001, "status": "processing", "total_price": "49.99", "total": "49.99", "currency": "USD"}
    order |= {"email": "ada@example.com", "billing": {"email": fields.get("email", "ada@example.com")}} | fields
    body = json.dumps(order).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Hmac-SHA256": signature,
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Topic": "order.updated",
    }
    return requests.post(url, data=body, headers=headers, timeout=30).status_code


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_store_gets_the_outcome_of_its_order(server: Server, shop: Shop, tmp_path: Path, handler: Handler) -> None:
    with serving(handler, tmp_path, shop, server.base_url) as url:
        assert deliver(url) == 200  # recorded
        assert deliver(url) == 200  # recorded before
        assert deliver(url, id=5002, email="late@example.com") == 200  # on hold
        assert deliver(url, id=5003, total_price="0.00", total="0.00") == 200  # kept, and no retry mends it
        assert deliver(url, id=5004, secret="another") == 401
    assert [purchase.order_id for purchase in Purchase.objects.all()] == ["5001"]
    refused = {row.order_id: row.state for row in RejectedPurchase.objects.all()}
    assert refused == {"5002": "held", "5003": "rejected"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_rejected_order_fails_at_the_store(server: Server, shop: Shop, tmp_path: Path, handler: Handler) -> None:
    wrong: list[tuple[dict[str, str], int]] = [
        ({"BLITZROCKET_URL": f"http://127.0.0.1:{free_port()}"}, 503),  # nothing answers
        ({"BLITZROCKET_PRIVATE_KEY": "brk_priv_wrong"}, 500),  # invalid_api_key
        ({"BLITZROCKET_PRIVATE_KEY": shop.public_key}, 500),  # private_key_required
        ({"BLITZROCKET_CONTEST": "none"}, 500),  # contest_not_found
        ({"BLITZROCKET_URL": f"{server.base_url}/nowhere"}, 500),  # not_found
    ]
    for number, (settings, status) in enumerate(wrong):
        with serving(handler, tmp_path / str(number), shop, server.base_url, **settings) as url:
            assert deliver(url) == status, settings
    assert not Purchase.objects.exists()


# What may stand between a store's handler and BlitzRocket answers, and what the store is then told.
FOREIGN_ANSWERS = [
    ((200, "text/html", "<h1>Back soon</h1>"), 500),
    ((200, "application/json", '{"status": "ok"}'), 500),
    ((204, "text/plain", ""), 500),
    ((301, "text/html", "moved"), 500),
    ((302, "text/html", "log in first"), 500),
    ((400, "text/html", "The plain HTTP request was sent to HTTPS port"), 500),
    ((400, "application/json", '{"success": false, "code": "bad_request"}'), 500),  # a host that is not allowed
    ((404, "text/html", "no such page"), 500),
    ((413, "text/html", "too large"), 500),
    ((429, "application/json", '{"success": false, "code": "rate_limit_exceeded"}'), 503),
    ((502, "text/html", "bad gateway"), 503),
    ((503, "application/json", '{"success": false, "code": "database_unavailable"}'), 503),
]


class InBetween(ThreadingHTTPServer):
    """A server that is not BlitzRocket: answers POST by the list, then as its last, and GET as BlitzRocket's lists."""

    answers: list[tuple[int, str, str]]


class AnswerInBetween(BaseHTTPRequestHandler):
    server: InBetween

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answers = self.server.answers
        self.answer(*(answers.pop(0) if len(answers) > 1 else answers[0]))

    def do_GET(self) -> None:
        self.answer(200, "application/json", '{"success": true, "data": []}')

    def answer(self, status: int, content_type: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status in {301, 302}:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing in the test's output."""


@pytest.fixture
def in_between() -> Iterator[InBetween]:
    with InBetween(("127.0.0.1", 0), AnswerInBetween) as server:
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("handler", HANDLERS)
def test_only_a_response_of_blitzrocket_is_a_success(
    in_between: InBetween, shop: Shop, tmp_path: Path, handler: Handler
) -> None:
    statuses = {}
    with serving(handler, tmp_path, shop, f"http://127.0.0.1:{in_between.server_port}") as url:
        for answer, _ in FOREIGN_ANSWERS:
            in_between.answers = [answer]
            statuses[answer] = deliver(url)
        in_between.answers = [(200, "application/json", '{"success": tr')]
        assert deliver(url) in {500, 503}
    assert statuses == dict(FOREIGN_ANSWERS)


def test_the_handler_of_a_store_that_sends_once_retries_itself(
    in_between: InBetween, shop: Shop, tmp_path: Path
) -> None:
    failure = (503, "text/html", "away")
    with serving(php, tmp_path, shop, f"http://127.0.0.1:{in_between.server_port}") as url:
        in_between.answers = [failure, failure, (201, "application/json", '{"success": true, "data": {}}')]
        assert deliver(url) == 200
    assert len(in_between.answers) == 1


@pytest.mark.parametrize("handler", [flask, express])
def test_a_handler_without_a_secret_does_not_start(
    server: Server, shop: Shop, tmp_path: Path, handler: Handler
) -> None:
    """With an empty one, anybody could sign."""
    environment = environment_of(shop, server.base_url, free_port()) | {"SHOPIFY_SECRET": ""}
    command = handler(tmp_path, int(environment["PORT"]))
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert b"SHOPIFY_SECRET" in ended.stderr


def test_a_handler_without_a_secret_refuses_everything(server: Server, shop: Shop, tmp_path: Path) -> None:
    with serving(php, tmp_path, shop, server.base_url, WOOCOMMERCE_SECRET="") as url:
        assert deliver(url, secret="") == 500
    assert not Purchase.objects.exists()


@pytest.fixture
def retry_loop() -> tuple[Callable[..., requests.Response], list[float]]:
    """``send`` of the page, and the pauses that it would have made."""
    names: dict[str, Any] = {}
    exec(code_of("Retrying from your own code"), names)  # noqa: S102  (our own documentation)
    pauses: list[float] = []
    names["time"] = type("Clock", (), {"sleep": staticmethod(pauses.append)})
    return names["send"], pauses


def test_the_retry_loop_goes_on_until_it_is_recorded(
    server: Server, shop: Shop, retry_loop: tuple[Callable[..., requests.Response], list[float]]
) -> None:
    send, pauses = retry_loop
    url = f"{server.base_url}/api/v1/contests/{shop.contest.pk}/purchases"
    assert send(url, shop.private_key, shop.order()).status_code == 201
    with pytest.raises(requests.ConnectionError):
        send(f"http://127.0.0.1:{free_port()}/", shop.private_key, shop.order(), tries=4)
    assert len(pauses) == 3
    assert pauses == sorted(pauses)


def test_the_retry_loop_raises_the_last_failure(
    in_between: InBetween, shop: Shop, retry_loop: tuple[Callable[..., requests.Response], list[float]]
) -> None:
    send, pauses = retry_loop
    in_between.answers = [(503, "text/html", "away")]
    with pytest.raises(requests.HTTPError, match="503"):
        send(f"http://127.0.0.1:{in_between.server_port}/", shop.private_key, shop.order(), tries=70)
    assert max(pauses) <= 90
    assert sum(pauses) > 60 * 60


@pytest.mark.parametrize(
    ("retry_after", "least"),
    [("7", 7), ("3600", 60), ("Wed, 21 Oct 2026 07:28:00 GMT", 4), ("-5", 4), ("", 4), ("1.5", 4)],
)
def test_the_retry_loop_waits_as_retry_after_says(retry_after: str, least: float) -> None:
    names: dict[str, Any] = {}
    exec(code_of("Retrying from your own code"), names)  # noqa: S102  (our own documentation)
    assert least <= names["seconds_to_wait"](2, retry_after) <= least * 1.5
