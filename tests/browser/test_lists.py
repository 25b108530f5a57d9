"""Lists in the browser: rows that fit, filters and selection by keyboard, and the way back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support import Shop, hold, record

PURCHASES = "/admin/purchases/purchase/"
REJECTED = "/admin/purchases/rejectedpurchase/"
# A row's height in pixels: two lines on a phone, one in a table.
WIDTHS = [(390, 72), (820, 56), (1440, 56)]


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_rows_are_low_and_nothing_is_cut(visit: Visit, shop: Shop, width: int, height: int) -> None:
    for number in range(3):
        record(shop, "123456.00", order_id=f"#{number}-{'an-order-id-without-end' * 3}")
    hold(shop, f"{'a.person.with.many.names'}@{'subdomain' * 4}.example.com")
    visit.sign_in("owner")
    visit.page.set_viewport_size({"width": width, "height": 844})
    for path in (PURCHASES, REJECTED, "/admin/contests/entry/"):
        visit.open(path)
        assert not visit.scrolls_sideways(), path
        rows = visit.page.locator("#result_list tbody tr").all()
        assert rows
        tall = 3 * height if width > 390 and path != "/admin/contests/entry/" else height  # long ids break in a table
        for row in rows:
            box = row.bounding_box()
            assert box is not None
            assert box["height"] <= tall, (path, box)


def test_a_list_is_filtered_and_sorted_by_keyboard_and_survives_the_way_back(visit: Visit, shop: Shop) -> None:
    for number in range(3):
        record(shop, order_id=f"#{number}")
    page = visit.page
    visit.sign_in("support")
    visit.open(PURCHASES)
    page.locator(".list-filters summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Status").select_option("voided")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page).to_have_url(re.compile(r"\?status__exact=voided&sort=-created_at$"))
    expect(page.get_by_role("heading", name="No purchases found")).to_be_visible()
    page.get_by_role("link", name="Status: Voided").press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(3)
    page.get_by_role("columnheader", name="Recorded at").get_by_role("link").press("Enter")
    expect(page.locator("#result_list tbody th").first).to_have_text("#0")
    address = page.url
    page.locator("#result_list tbody th a").first.click()
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator("#result_list tbody th").first).to_have_text("#0")


def test_a_range_of_rows_is_selected(visit: Visit, shop: Shop) -> None:
    for number in range(5):
        record(shop, order_id=f"#{number}")
    page = visit.page
    visit.sign_in("support")
    visit.open(PURCHASES)
    expect(page.get_by_role("button", name="Void")).to_be_hidden()
    page.get_by_label("Select #4").check()
    page.get_by_label("Select #2").click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_label("Select all rows of this page").check()
    expect(page.get_by_text("5 selected")).to_be_visible()
    page.get_by_role("button", name="Void").click()
    expect(page.get_by_role("button", name="Void 5 orders")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(5)
