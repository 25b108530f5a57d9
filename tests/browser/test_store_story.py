"""An owner connects a store with the guided form, and sees its deliveries arrive on the open page."""

import json

import requests
from playwright.sync_api import ViewportSize, expect

from purchases.models import Purchase, StoreConnection
from tests.browser.axe import add_axe, findings
from tests.browser.conftest import Visit
from tests.purchases.stores.deliveries import base64_hmac, shopify_order
from tests.support import Server, Shop

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}
SECRET = "only-for-this-test-1"


def deliver(server: Server, body: dict[str, object], secret: str = SECRET) -> int:
    connection, raw = StoreConnection.objects.get(), json.dumps(body).encode()
    headers = {"X-Shopify-Topic": "orders/paid", "X-Shopify-Hmac-SHA256": base64_hmac(raw, secret)}
    url = f"{server.base_url}/api/webhooks/shopify/{connection.pk}"
    return requests.post(url, raw, headers=headers, timeout=60).status_code


def test_from_the_empty_tab_to_received(server: Server, shop: Shop, visit: Visit) -> None:
    page = visit.page
    add_axe(page)
    page.set_viewport_size(PHONE)
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/overview/")
    page.get_by_role("link", name="Stores", exact=True).click()
    expect(page.get_by_role("heading", name="Connect your store")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="Shopify").click()
    page.get_by_label("Name").fill("German shop")
    page.get_by_label("Total without shipping").check()
    page.get_by_role("button", name="Continue").click()

    news = page.locator("#store-news")
    expect(news).to_contain_text("Enter the signing secret")
    url = page.get_by_label("URL", exact=True).input_value()
    assert url == f"{server.base_url}/api/webhooks/shopify/{StoreConnection.objects.get().pk}"
    page.get_by_role("button", name="Copy URL").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    page.get_by_label("Signing secret").fill(SECRET)
    page.locator(".store-secret").get_by_role("button", name="Save").click()
    expect(news).to_contain_text("Waiting for the first delivery…")
    assert findings(page) == []

    assert deliver(server, shopify_order(), "another secret") == 401
    expect(news).to_contain_text("Invalid signature")
    assert deliver(server, shopify_order(1, test=True)) == 200
    expect(news).to_contain_text("Test delivery received: it earns no points")
    page.set_viewport_size(DESK)
    assert deliver(server, shopify_order(2)) == 200
    expect(news).to_contain_text("Received")
    expect(page.locator("#store-badge")).to_have_text("Active")
    assert findings(page) == []
    assert not visit.scrolls_sideways()
    assert Purchase.objects.get(contest=shop.contest).points_now == 70
    assert visit.faults == []

    page.reload()
    expect(news).to_contain_text("Received")
    expect(page.get_by_text("In your Shopify admin")).to_be_hidden()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Pause connection").click()
    expect(page.locator("#store-badge")).to_have_text("Paused")
