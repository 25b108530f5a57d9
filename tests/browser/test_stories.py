"""What an owner and a support agent do on the first day."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support import Api, Server, Shop, record


def test_an_owner_makes_a_contest_and_a_key_records_and_finds_the_order(
    visit: Visit, server: Server, shop: Shop
) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/contests/contest/add/")
    page.fill("[name=title]", "Double points")
    page.fill("[name=id]", "double1")
    page.select_option("[name=status]", "active")
    page.get_by_role("link", name=re.compile("Add another")).click()
    page.fill("[name=rules-0-points_per_unit]", "2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Rules no. 1 are in force: 2 points per 1.00.")).to_be_visible()

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
    answer = Api(server.base_url).record(shop, order, key=key, contest_id="double1")
    assert answer.json()["data"]["pointsAwarded"] == 100

    visit.open("/admin/purchases/purchase/")
    page.fill("input[name=q]", "a-1")
    page.press("input[name=q]", "Enter")
    page.get_by_role("link", name="#A-1").click()
    expect(page.get_by_text("Order #A-1 of 49.99 USD earned 100 points")).to_be_visible()


def test_support_finds_the_order_adjusts_points_and_changes_no_rule(visit: Visit, shop: Shop) -> None:
    record(shop, order_id="#B-7")
    page = visit.page
    visit.sign_in("support")
    visit.open("/admin/purchases/purchase/?q=%23b-7")
    page.get_by_role("link", name="#B-7").click()
    expect(page.get_by_text("earned 50 points")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    page.get_by_role("link", name="ada@example.com").first.click()
    page.get_by_role("link", name="Adjust points").click()
    page.fill("[name=points]", "-60")
    page.fill("[name=reason]", "Counted twice")
    page.get_by_role("button", name="Adjust").click()
    expect(page.get_by_text("The entry has 50 points; take at most those.")).to_be_visible()
    page.fill("[name=points]", "-20")
    page.get_by_role("button", name="Adjust").click()
    expect(page.get_by_text("-20 points. The entry has 30 now.")).to_be_visible()
    expect(page.get_by_text("Counted twice")).to_be_visible()

    visit.open(f"/admin/contests/contest/{shop.contest.pk}/change/")
    expect(page.get_by_text("1 point per 1.00").first).to_be_visible()
    expect(page.locator("[name=rules-0-points_per_unit]")).to_have_count(0)
    expect(page.get_by_role("link", name="API keys")).to_have_count(0)


def test_an_owner_revokes_a_key_after_being_asked(visit: Visit, server: Server, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/apikeys/apikey/")
    page.get_by_role("link", name="private key").click()
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_text("A revoked key cannot be used again.")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    expect(page.get_by_role("link", name="Revoke")).to_have_count(0)
    assert Api(server.base_url).record(shop).status_code == 401
