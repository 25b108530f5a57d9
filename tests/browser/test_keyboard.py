"""Without a mouse: the frame of every page, and an owner's way from an empty contest to checked rules."""

from django.contrib.admin.utils import quote
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import add_axe, findings
from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.support import Shop, record

PHONE = {"width": 390, "height": 844}
MAX_TABS = 60


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{MAX_TABS} times Tab do not lead to {target}")


def test_menus_of_a_phone(visit: Visit, shop: Shop) -> None:
    """Each opens with Enter, has the focus, and gives it back with Escape."""
    page = visit.page
    add_axe(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    visit.sign_in("owner")
    visit.open("/admin/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    open_menu, close_menu = (page.get_by_role("button", name=f"{verb} menu") for verb in ("Open", "Close"))
    tab_to(page, open_menu)
    page.keyboard.press("Enter")
    expect(close_menu).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Account: owner"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Dark"))
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class("dark")
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Account: owner")).to_be_focused()
    page.keyboard.press("Escape")
    expect(open_menu).to_be_focused()
    expect(close_menu).to_be_hidden()


def test_skipping_to_the_content(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/contests/entry/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_dialog_is_one_to_everyone(visit: Visit, shop: Shop) -> None:
    """It has a name, takes the focus, and the page behind it is out of reach; also where its address is opened."""
    order = record(shop)
    page = visit.page
    add_axe(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    visit.sign_in("support")
    address = f"/admin/purchases/purchase/{quote(order.purchase_id)}"
    visit.open(f"{address}/change/")
    void = page.get_by_role("button", name="Void", exact=True)
    tab_to(page, void)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Void this order")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    assert findings(page) == []
    tab_to(page, dialog.get_by_role("button", name="Cancel"))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(void).to_be_focused()
    visit.open(f"{address}/void/")
    expect(page.get_by_role("heading", name="Void this order", level=1)).to_be_visible()
    assert findings(page) == []


def test_an_owner_sets_and_tests_rules(visit: Visit, shop: Shop, worker: None) -> None:
    """Double points this weekend, EUR only, at most 500 for one entry, tested on past orders and saved."""
    record(shop, "49.99", currency="EUR")
    page = visit.page
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/rules/")
    for preset in ("Double points this weekend", "Only EUR", "Maximum per entry"):
        button = page.locator(".rule-preset").filter(has_text=preset)
        tab_to(page, button)
        page.keyboard.press("Enter")
        settle(page)  # the preview, which a second one would end
        expect(page.locator(".rule-preset-done")).to_contain_text(preset)
        page.keyboard.press("Shift+Tab")
    tab_to(page, page.get_by_role("button", name="Test rules"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Purchases tested")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. Version 2 is live")).to_be_visible()
