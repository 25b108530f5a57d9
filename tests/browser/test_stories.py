"""What an owner and a support agent do on the first day."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.support import Api, Server, Shop, hold, record


def test_an_owner_creates_a_contest_and_a_key_and_finds_the_first_order(
    visit: Visit, server: Server, shop: Shop
) -> None:
    page = visit.page
    visit.sign_in_by_form("owner")
    visit.open("/admin/contests/contest/add/")
    page.fill("[name=title]", "Double points")
    page.fill("[name=id]", "double1")
    page.select_option("[name=status]", "active")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 is live: 1 point per 1.00.")).to_be_visible()
    page.locator(".rule-sentence").first.click()
    page.fill("[name=rules-0-points_per_unit]", "2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 2 is live: 2 points per 1.00.")).to_be_visible()

    visit.open("/admin/contests/entry/add/")
    page.select_option("[name=contest]", "double1")
    page.fill("[name=email]", "grace@example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="grace@example.com").first).to_be_visible()

    visit.open("/admin/apikeys/apikey/add/")
    page.fill("[name=name]", "Web shop")
    page.get_by_role("button", name="Save", exact=True).click()
    key = page.input_value("#secret")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()

    order = {"email": "grace@example.com", "orderId": "#A-1", "amount": 49.99}
    response = Api(server.base_url).record(shop, order, key=key, contest_id="double1")
    assert response.json()["data"]["pointsAwarded"] == 100

    visit.open("/admin/purchases/purchase/")
    page.fill("#searchbar", "a-1")
    page.press("#searchbar", "Enter")
    page.get_by_role("link", name="#A-1").click()
    expect(page.get_by_label("Reply to customer")).to_have_value(re.compile("49.99 USD earned 100 points"))


def test_support_finds_the_order_adjusts_points_and_changes_no_rule(visit: Visit, shop: Shop) -> None:
    record(shop, order_id="#B-7")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/purchases/purchase/?q=%23b-7")
    page.get_by_role("link", name="#B-7", exact=True).click()
    expect(page.get_by_label("Reply to customer")).to_have_value(re.compile("earned 50 points"))
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    page.get_by_role("link", name="Ada", exact=True).click()
    page.get_by_role("button", name="Adjust points").click()
    page.fill("[name=points]", "-60")
    page.fill("[name=reason]", "Counted twice")
    settle(page)
    page.locator("#modal-content").get_by_role("button", name="Adjust").click()
    settle(page)
    expect(page.get_by_text("The entry has 50 points; remove at most 50.")).to_be_visible()
    page.fill("[name=points]", "-20")
    settle(page)
    page.locator("#modal-content").get_by_role("button", name="Adjust").click()
    expect(page.get_by_text("−20 points. The new balance is 30 points.")).to_be_visible()
    expect(page.get_by_text("Counted twice")).to_have_count(2)  # among the points, and in the activity

    visit.open(f"/admin/contests/contest/{shop.contest.pk}/rules/")
    expect(page.get_by_text("1 point per 1.00").first).to_be_visible()
    expect(page.locator("[name=rules-0-points_per_unit]")).to_have_count(0)
    expect(page.get_by_role("link", name="API keys")).to_have_count(0)


def test_an_owner_revokes_a_key_after_confirming(visit: Visit, server: Server, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/apikeys/apikey/")
    page.get_by_role("link", name="private key").click()
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_text("A revoked key can't be used again.")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Key revoked.")).to_be_visible()
    expect(page.get_by_role("link", name="Revoke")).to_have_count(0)
    assert Api(server.base_url).record(shop).status_code == 401


def open_dialog(visit: Visit, name: str) -> Locator:
    """Open the dialog of one of an order's actions."""
    visit.page.locator(".order-buttons").get_by_role("button", name=name).click()
    visit.page.locator("#dialog-form").wait_for()
    return visit.page.locator("#dialog")


def test_support_previews_a_refund_and_copies_the_reply(visit: Visit, shop: Shop) -> None:
    record(shop, "50.00", order_id="#C-1")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type(" c-1 ")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reply to customer")).to_have_value(re.compile("earned 50 points"))

    dialog = open_dialog(visit, "Refund")
    effect = page.locator("#effect")
    expect(effect).to_contain_text("50 → 0")
    page.fill("[name=amount]", "20")
    expect(effect).to_contain_text("50 → 30")
    page.fill("[name=amount]", "50.02")  # one cent more is rounding
    expect(effect).to_contain_text("Only 50.00 USD of this order is left to refund")
    page.fill("[name=amount]", "20")
    settle(page)
    dialog.get_by_role("button", name="Refund").click()
    settle(page)
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.fill("[name=reason]", "One piece came back")
    dialog.get_by_role("button", name="Refund").dblclick()
    visit.open("/admin/purchases/purchase/desk/?q=c-1")
    expect(page.get_by_text("“One piece came back”")).to_have_count(1)  # two clicks are one refund
    expect(page.get_by_text("balance 30")).to_be_visible()

    reply = page.get_by_label("Reply to customer")
    expect(reply).to_have_value(re.compile("20.00 USD was refunded, so 30 points are left"))
    page.get_by_role("button", name="Copy reply").click()
    expect(page.get_by_text("Copied.")).to_be_visible()


def test_support_attaches_a_held_order_to_the_suggested_entry_and_undoes_it(visit: Visit, shop: Shop) -> None:
    hold(shop, "aad@example.com", order_id="#D-1")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/")
    page.get_by_role("link", name="1 order with no matching entry").click()
    page.get_by_role("link", name="#D-1").click()
    expect(page.get_by_role("heading", name="Likely Ada")).to_be_visible()
    dialog = open_dialog(visit, "Attach")
    expect(page.get_by_label("ada@example.com · Ada")).to_be_checked()
    expect(page.locator("#effect")).to_contain_text("0 → 50")
    page.fill("[name=reason]", "Mistyped")
    dialog.get_by_role("button", name="Attach").click()
    expect(page.get_by_text("Order attached, with 50 points.")).to_be_visible()

    dialog = open_dialog(visit, "Undo attach")
    expect(page.locator("#effect")).to_contain_text("50 → 0")
    page.fill("[name=reason]", "Someone else's")
    dialog.get_by_role("button", name="Undo attach").click()
    expect(page.get_by_text("Attach undone.")).to_be_visible()


def test_support_searches_a_list_of_ids_and_voids_the_results(visit: Visit, shop: Shop) -> None:
    for number in (1, 2):
        record(shop, "10.00", order_id=f"#E-{number}")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/purchases/purchase/desk/")
    page.locator("#desk-list").fill("e-1\ne-2\ne-3")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("1 not received")).to_be_visible()
    expect(page.locator("#missing")).to_have_value("e-3")

    visit.open("/admin/purchases/purchase/?q=e-")
    for number in (1, 2):
        page.get_by_label(f"Select #E-{number}").check()
    page.get_by_role("button", name="Void", exact=True).click()
    expect(page.locator("#effect")).to_contain_text("20 → 0")
    page.fill("[name=reason]", "A test of the shop")
    page.get_by_role("button", name="Void").click()
    expect(page.get_by_text("Voided 2 orders.")).to_be_visible()
    expect(page.locator("#result_list td.column-state").get_by_text("Voided")).to_have_count(2)

    page.get_by_role("link", name="Undo").click()
    expect(page.locator("#effect")).to_contain_text("0 → 20")
    page.fill("[name=reason]", "Not a test")
    page.get_by_role("button", name="Restore 2 orders").click()
    expect(page.get_by_text("Restored 2 orders.")).to_be_visible()
