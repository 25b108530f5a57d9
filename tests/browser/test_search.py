"""The search box of the header: a combobox for the keyboard and the mouse, and a plain form without scripts."""

import re

from playwright.sync_api import Browser, expect

from contests.services import create_entry
from tests.browser.axe import add_axe, findings
from tests.browser.conftest import Visit
from tests.support import Shop, record


def test_suggestions_by_keyboard(visit: Visit, shop: Shop) -> None:
    for number in (1, 2):
        record(shop, "10.00", order_id=f"#F-{number}")
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    add_axe(page)
    visit.sign_in("support")
    visit.open("/admin/")
    box, options = page.get_by_role("combobox", name="Search"), page.get_by_role("option")
    page.keyboard.press("Control+k")
    page.keyboard.type("f-")
    expect(options).to_have_count(3)
    expect(page.get_by_role("group", name="Orders")).to_contain_text("ada@example.com")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert findings(page) == []
    page.keyboard.press("ArrowUp")  # the last one
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", re.compile("1$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/purchases/purchase/purchase_*/change/")
    expect(page.get_by_label("Reply to customer")).to_have_value(re.compile("Order #F-1 of 10.00 USD"))


def test_a_name_opens_the_entry_and_its_orders(visit: Visit, shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com", name="Grace Hopper")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/")
    page.keyboard.press("/")
    page.keyboard.type("grace hop")
    page.get_by_role("option", name="Grace Hopper").click()
    expect(page.get_by_role("heading", name="Grace Hopper")).to_be_visible()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def test_a_pasted_list_is_answered_by_one_key(visit: Visit, shop: Shop) -> None:
    record(shop, "10.00", order_id="#F-1")
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.sign_in("support")
    visit.open("/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type("f-2, f-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy all replies")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r"We haven't received order f-2 yet\..*\n\nOrder #F-1 of 10\.00 USD", copied)


def test_without_scripts_it_is_a_form(visit: Visit, shop: Shop, browser: Browser) -> None:
    record(shop, "10.00", order_id="#F-1")
    visit.sign_in("support")
    with browser.new_context(java_script_enabled=False) as context:
        context.add_cookies(visit.page.context.cookies())  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{visit.base_url}/admin/")
        page.get_by_label("Search orders, entries and contests").fill("f-1")
        page.get_by_label("Search orders, entries and contests").press("Enter")
        page.wait_for_url("**/purchases/purchase/purchase_*/change/")
