"""The handlers of docs/stores.md: what they answer a store, by what BlitzRocket answered them."""

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
from pathlib import Path
from typing import Any

import pytest
import requests

from purchases.models import Purchase, RejectedPurchase
from tests.support import ROOT, Server, Shop, free_port, wait_for

SECRET = "the store's secret"
PATH = "/webhooks/shopify/orders-paid"

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(heading: str) -> str:
    """The first block of code below a heading of docs/stores.md."""
    _, _, text = (ROOT / "docs" / "stores.md").read_text().partition(f"\n## {heading}\n")
    found = re.search(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def require(program: str) -> str:
    path = shutil.which(program)
    if path is None and os.environ.get("REQUIRE_CLIENTS"):
        pytest.fail(f"REQUIRE_CLIENTS is set and {program} is missing")
    if path is None or not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip(f"{program} and its packages are not part of the test requirements: make clients")
    return path


def flask(folder: Path, port: int) -> list[str]:
    (folder / "handler.py").write_text(code_of("Shopify, Flask"))
    return [sys.executable, "-m", "flask", "--app", "handler", "run", "--port", str(port)]


def express(folder: Path, port: int) -> list[str]:
    node = require("node")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "express@5"], cwd=folder, check=True)
    (folder / "handler.mjs").write_text(code_of("Shopify, Express"))
    return [node, "handler.mjs"]


def php(folder: Path, port: int) -> list[str]:
    program = require("php")
    (folder / "handler.php").write_text(code_of("WooCommerce, PHP"))
    return [program, "-S", f"127.0.0.1:{port}", "handler.php"]


Handler = Callable[[Path, int], list[str]]
HANDLERS: list[Handler] = [flask, express, php]


@contextmanager
def serving(handler: Handler, folder: Path, shop: Shop, base_url: str, key: str = "") -> Iterator[str]:
    port = free_port()
    environment = os.environ | {
        "BLITZROCKET_URL": base_url,
        "BLITZROCKET_CONTEST": shop.contest.pk,
        "BLITZROCKET_PRIVATE_KEY": key or shop.private_key,
        "SHOPIFY_SECRET": SECRET,
        "WOOCOMMERCE_SECRET": SECRET,
        "PORT": str(port),
    }
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
def test_what_became_of_an_order_is_what_the_store_is_told(
    server: Server, shop: Shop, tmp_path: Path, handler: Handler
) -> None:
    with serving(handler, tmp_path, shop, server.base_url) as url:
        assert deliver(url) == 200  # recorded
        assert deliver(url) == 200  # recorded before
        assert deliver(url, id=5002, email="late@example.com") == 200  # on hold
        assert deliver(url, id=5003, total_price="0.00", total="0.00") == 200  # kept, and no retry mends it
        assert deliver(url, id=5004, secret="another") == 401
    assert [purchase.order_id for purchase in Purchase.objects.all()] == ["5001"]
    refused = {row.order_id: row.state for row in RejectedPurchase.objects.all()}
    assert refused == {"5002": "held", "5003": "refused"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_what_was_not_taken_is_sent_again(server: Server, shop: Shop, tmp_path: Path, handler: Handler) -> None:
    (tmp_path / "away").mkdir()
    with serving(handler, tmp_path / "away", shop, f"http://127.0.0.1:{free_port()}") as url:
        assert deliver(url) == 503
    (tmp_path / "key").mkdir()
    with serving(handler, tmp_path / "key", shop, server.base_url, key="brk_priv_wrong") as url:
        assert deliver(url) == 500
    assert not Purchase.objects.exists()


def test_the_retry_loop_goes_on_until_it_is_recorded(server: Server, shop: Shop) -> None:
    names: dict[str, Any] = {}
    exec(code_of("Retrying from your own code"), names)  # noqa: S102  (our own documentation)
    pauses: list[float] = []
    names["time"] = type("Clock", (), {"sleep": staticmethod(pauses.append)})
    url = f"{server.base_url}/api/v1/contests/{shop.contest.pk}/purchases"
    assert names["send"](url, shop.private_key, shop.order()).status_code == 201
    with pytest.raises(requests.ConnectionError):
        names["send"](f"http://127.0.0.1:{free_port()}/", shop.private_key, shop.order(), tries=4)
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
