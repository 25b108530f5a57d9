"""A call leaves nothing behind that only Python's search for garbage finds: that stops all calls of the process."""

import gc
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request

from blitzrocket.api.viewsets import ApiViewSet
from blitzrocket.wsgi_handler import Utf8Handler
from tests.support import Shop, record

Send = Callable[..., int]  # answers a request, with its status


@pytest.fixture
def send() -> Send:
    handler = Utf8Handler()
    handler.load_middleware()

    def send(method: str, path: str, body: Any = None, **headers: Any) -> int:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = RequestFactory().generic(method, path, data, "application/json", headers=headers)
        return handler.get_response(request).status_code

    return send


def garbage_of(call: Callable[[], int], status: int) -> list[object]:
    """What the second of two calls leaves behind: the first one also loads what stays."""
    assert call() == status
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        assert call() == status
        gc.collect()
        return [*gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


# Below a contest's purchases: method, address, body and status.
RECORD_CALLS: dict[str, tuple[str, Callable[[Shop], Any], int]] = {
    "new": ("", lambda shop: shop.order(), 201),
    "duplicate": ("", lambda shop: shop.order(orderId="known"), 200),
    "held": ("", lambda shop: shop.order(email="nobody@example.com"), 404),
    "explained": ("?explain=true", lambda shop: shop.order(), 201),
}
OTHER_CALLS: dict[str, tuple[str, str, Callable[[Shop], Any], int]] = {
    "invalid": ("POST", "", lambda shop: shop.order(amount="much"), 400),
    "not JSON": ("POST", "", lambda _: b"{", 400),
    "preview": ("POST", "/preview", lambda shop: shop.order(), 200),
    "unknown purchase": ("GET", "/unknown", lambda _: None, 404),
    "wrong method": ("PUT", "", lambda _: None, 405),
}


def purchases_of(shop: Shop) -> str:
    return f"/api/v1/contests/{shop.contest.pk}/purchases"


@pytest.mark.parametrize("name", RECORD_CALLS)
def test_a_record_call_leaves_nothing(name: str, shop: Shop, send: Send) -> None:
    record(shop, order_id="known")
    query, body, status = RECORD_CALLS[name]
    url, key = f"{purchases_of(shop)}{query}", {"x-api-key": shop.private_key}
    assert garbage_of(lambda: send("POST", url, body(shop), **key), status) == []


@pytest.mark.parametrize("key", ["", "unknown"])
def test_nor_does_one_with_a_wrong_key(key: str, shop: Shop, send: Send) -> None:
    assert garbage_of(lambda: send("POST", purchases_of(shop), shop.order(), **{"x-api-key": key}), 401) == []


@pytest.mark.parametrize("name", OTHER_CALLS)
def test_others_leave_no_request_and_no_response(name: str, shop: Shop, send: Send) -> None:
    record(shop, order_id="known")
    method, path, body, status = OTHER_CALLS[name]
    url, key = f"{purchases_of(shop)}{path}", {"x-api-key": shop.private_key}
    garbage = garbage_of(lambda: send(method, url, body(shop), **key), status)
    assert not [each for each in garbage if isinstance(each, ApiViewSet | Request | HttpRequest | HttpResponse)]
