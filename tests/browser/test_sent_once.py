"""A form that several clicks send is sent once, and its message stays; see `blitzrocket/static/blitzrocket/once.js`."""

from django.contrib.admin.utils import quote
from django.urls import reverse
from playwright.sync_api import Locator, expect

from blitzrocket.accounts.models import Membership, User
from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop, invite

AFTER_THE_ANSWER = """
    addEventListener("htmx:afterRequest", () => document.querySelector("#dialog [type=submit]").click(), { once: true })
"""


def click_often(button: Locator) -> None:
    """Before the page can do anything else, and on the way to the server."""
    button.evaluate("button => { button.click(); button.click(); setTimeout(() => button.click(), 10); }")


def test_a_dialog(visit: Visit, shop: Shop) -> None:
    """Also by a click after its answer, before the next page comes."""
    page = visit.page
    delivery = make_delivery(shop)
    visit.sign_in("support")
    visit.open(reverse("admin:purchases_storedelivery_change", args=[quote(delivery.pk)]))
    page.get_by_role("button", name="Retry").click()
    retry = page.get_by_role("button", name="Retry delivery")
    retry.wait_for()
    page.evaluate(AFTER_THE_ANSWER)
    click_often(retry)
    expect(page.get_by_text("Retried. Purchase recorded")).to_be_visible()
    settle(page)
    expect(page.get_by_text("Retried. Purchase recorded")).to_be_visible()
    assert len(visit.posted) == 1


def test_a_dialog_with_an_error_is_sent_again(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    visit.open(reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)]))
    page.get_by_role("button", name="Adjust points").click()
    adjust = page.locator("#modal-content").get_by_role("button", name="Adjust")
    click_often(adjust)
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    assert len(visit.posted) == 1
    page.fill("[name=points]", "5")
    page.fill("[name=reason]", "For the trouble")
    settle(page)
    previews = len(visit.posted)
    click_often(adjust)
    expect(page.get_by_text("+5 points.")).to_be_visible()
    assert len(visit.posted) == previews + 1


def test_a_page_of_the_admin(visit: Visit, shop: Shop) -> None:
    make_delivery(shop)
    visit.sign_in("support")
    address = reverse("admin:purchases_storedelivery_retry_all")
    visit.open(address)
    click_often(visit.page.get_by_role("button", name="Retry deliveries"))
    expect(visit.page.get_by_text("Retried 1 delivery: 1 done.")).to_be_visible()
    assert visit.posted == [address]


def test_a_page_outside_the_admin(visit: Visit, shop: Shop) -> None:
    guest = User.objects.create_user("grace", is_staff=True, email="new@example.com")
    invitation = f"/invitation/?token={invite(shop.team)[1]}"
    visit.sign_in("grace")
    visit.open(invitation)
    click_often(visit.page.get_by_role("button", name="Join team"))
    expect(visit.page.get_by_text("You joined")).to_be_visible()
    assert len(visit.posted) == 1
    assert Membership.objects.filter(user=guest).count() == 1
