"""A form that several clicks send is sent once, and its message stays; see `blitzrocket/static/blitzrocket/once.js`."""

from django.contrib.admin.utils import quote
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from blitzrocket.accounts.models import Membership, User
from contests.models import Contest
from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop, invite

AFTER_THE_ANSWER = """
    addEventListener("htmx:afterRequest", () => document.querySelector("#dialog [type=submit]").click(), { once: true })
"""


ON_THE_WAY = "setTimeout(() => button.click(), 10)"
WITH_THE_ANSWER = "addEventListener('htmx:beforeOnLoad', () => button.click(), { once: true })"


def click_often(button: Locator, last: str) -> None:
    """Before the page can do anything else, and a last time."""
    button.evaluate(f"button => {{ button.click(); button.click(); {last}; }}")


def click_second(page: Page, button: Locator) -> None:
    """The second click of a double click, which comes when it comes."""
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    settle(page)


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
    click_often(retry, ON_THE_WAY)
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
    click_often(adjust, WITH_THE_ANSWER)
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    assert len(visit.posted) == 1
    page.fill("[name=points]", "5")
    page.fill("[name=reason]", "For the trouble")
    settle(page)
    previews = len(visit.posted)
    click_often(adjust, WITH_THE_ANSWER)
    expect(page.get_by_text("+5 points.")).to_be_visible()
    assert len(visit.posted) == previews + 1


def test_a_double_click_sends_a_dialog_with_an_error_once(visit: Visit, shop: Shop) -> None:
    """Also where its second click comes after the answer to the first."""
    page = visit.page
    visit.sign_in("support")
    visit.open(reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)]))
    page.get_by_role("button", name="Adjust points").click()
    adjust = page.locator("#modal-content").get_by_role("button", name="Adjust")
    adjust.click()
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    click_second(page, adjust)
    assert len(visit.posted) == 1
    adjust.click()
    settle(page)
    assert len(visit.posted) == 2


def test_a_double_click_does_not_overwrite_what_the_next_page_warns_of(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open(reverse("admin:contests_contest_change", args=[quote(shop.contest.pk)]))
    page.fill("[name=title]", "Mine")
    Contest.objects.update(title="Someone else's")
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.get_by_text("save again to overwrite")).to_be_visible()
    click_second(page, save)
    assert Contest.objects.get().title == "Someone else's"
    save.click()
    expect(page.get_by_text("save again to overwrite")).to_be_hidden()
    assert Contest.objects.get().title == "Mine"


def test_a_page_of_the_admin(visit: Visit, shop: Shop) -> None:
    make_delivery(shop)
    visit.sign_in("support")
    address = reverse("admin:purchases_storedelivery_retry_all")
    visit.open(address)
    click_often(visit.page.get_by_role("button", name="Retry deliveries"), ON_THE_WAY)
    expect(visit.page.get_by_text("Retried 1 delivery: 1 done.")).to_be_visible()
    assert visit.posted == [address]


def test_a_page_outside_the_admin(visit: Visit, shop: Shop) -> None:
    guest = User.objects.create_user("grace", is_staff=True, email="new@example.com")
    invitation = f"/invitation/?token={invite(shop.team)[1]}"
    visit.sign_in("grace")
    visit.open(invitation)
    click_often(visit.page.get_by_role("button", name="Join team"), ON_THE_WAY)
    expect(visit.page.get_by_text("You joined")).to_be_visible()
    assert len(visit.posted) == 1
    assert Membership.objects.filter(user=guest).count() == 1
