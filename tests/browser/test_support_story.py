"""A support agent pastes an order id and copies the reply: in three steps, at any width, and by keyboard alone."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from blitzrocket.emails import Email
from contests.services import create_entry
from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.profiles import IS_LONG
from tests.support import Shop, hold, record

WIDTHS = (390, 820, 1440)
THEMES = {"light": (390, 1440), "dark": (820,)}  # with the widths of a short run
HEIGHT = 900
MAX_STEPS = 3
REPLY = "Order #aB-1 of 60.00 USD earned 60 points"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


@pytest.fixture
def agent(visit: Visit, shop: Shop) -> Visit:
    """Support, whose order was received again with other values."""
    record(shop, "60.00", order_id="#aB-1")
    record(shop, "80.00", order_id="#aB-1", email=Email.parse("grace@example.com"))
    visit.page.context.grant_permissions(CLIPBOARD, origin=visit.base_url)
    visit.sign_in("support")
    return visit


def search_by_mouse(page: Page) -> list[Callable[[], None]]:
    search = page.get_by_role("search").get_by_role("combobox")
    return [
        lambda: (search.click(), paste(page, " ab-1 "))[0],  # type: ignore[func-returns-value]
        lambda: page.keyboard.press("Enter"),
        lambda: page.get_by_role("button", name="Copy reply").click(),
    ]


def search_by_keyboard(page: Page) -> list[Callable[[], None]]:
    def paste_id() -> None:
        page.keyboard.press("Control+k")
        paste(page, " ab-1 ")

    def copy_reply() -> None:
        expect(page.get_by_role("button", name="Copy reply")).to_be_focused()
        page.keyboard.press("Enter")

    return [paste_id, lambda: page.keyboard.press("Enter"), copy_reply]


@pytest.mark.parametrize("way", [search_by_mouse, search_by_keyboard])
@pytest.mark.parametrize("theme", THEMES)
def test_from_a_pasted_order_id_to_a_copied_reply(
    agent: Visit, theme: str, way: Callable[[Page], list[Callable[[], None]]]
) -> None:
    page = agent.page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for width in WIDTHS if IS_LONG else THEMES[theme]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        agent.open("/admin/")
        steps = way(page)
        assert len(steps) <= MAX_STEPS
        for step in steps:
            step()
        expect(page.locator("#reply-copied")).to_have_text("Copied.")
        assert copied(page).startswith(REPLY)
        for text in ("Received again with other values", "80.00 USD", "Recorded order"):
            expect(page.get_by_text(text, exact=True)).to_be_visible()
        assert not agent.scrolls_sideways()


def test_the_order_id_is_copied_as_it_is(agent: Visit) -> None:
    page = agent.page
    agent.open("/admin/purchases/purchase/desk/?q=ab-1")
    page.get_by_role("button", name="Copy order ID").click()
    expect(page.locator("#order-id-copied")).to_have_text("Copied.")
    assert copied(page) == "#aB-1"


def test_columns_follow_the_width(agent: Visit) -> None:
    """The reply stands beside the timeline at a desk, and before it on a phone."""
    page = agent.page
    agent.open("/admin/purchases/purchase/desk/?q=ab-1")
    for width, is_beside in ((1440, True), (820, False), (390, False)):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        reply, timeline = (page.locator(each).bounding_box() for each in (".order-reply", ".order-timeline"))
        assert reply
        assert timeline
        assert (reply["x"] > timeline["x"] + timeline["width"]) == is_beside, width
        assert (reply["y"] < timeline["y"]) or is_beside, width


def test_an_action_by_keyboard(agent: Visit, shop: Shop) -> None:
    """The dialog has the focus until Escape gives it back to its button; with a reason, Enter attaches the order."""
    create_entry(shop.contest, "maria.gonzalez@example.com", name="María González")
    hold(shop, "maria.gonzales@example.com", order_id="#H-1", amount=Decimal(60))
    page = agent.page
    agent.open("/admin/purchases/purchase/desk/?q=h-1")
    expect(page.get_by_role("heading", name="Likely María González")).to_be_visible()
    attach = page.locator(".order-buttons").get_by_role("button", name="Attach")
    attach.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Attach this order")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("maria.gonzalez@example.com")).to_be_focused()
    for _ in range(12):  # once around
        page.keyboard.press("Tab")
        outside = "document.activeElement !== document.body && !document.activeElement.closest('[role=dialog]')"
        assert not page.evaluate(outside)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(attach).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog.get_by_label("maria.gonzalez@example.com")).to_be_focused()
    settle(page)  # htmx focuses the field once more, 20 ms after it came
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Mistyped")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Order attached, with 60 points.")).to_be_visible()


def test_the_button_of_a_refund_says_how_much(agent: Visit) -> None:
    page = agent.page
    agent.open("/admin/purchases/purchase/desk/?q=ab-1")
    page.locator(".order-buttons").get_by_role("button", name="Refund").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Refund 60.00 USD")).to_be_visible()
    page.fill("[name=amount]", "20")
    expect(dialog.get_by_role("button", name="Refund 20.00 USD")).to_be_visible()
