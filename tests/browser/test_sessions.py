"""Sessions that end, pages in two tabs, invitations and time zones, as their users meet them."""

import re

import pytest
from django.contrib.admin.utils import quote
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from blitzrocket.accounts.models import Membership, Session, User
from contests.models import Contest, Entry
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.settling import settle
from tests.support import Shop, wait_for_blocked


def sign_in_here(page: Page, username: str) -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def test_a_dialog_of_an_ended_session_leads_to_sign_in_and_back(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    entry = reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)])
    visit.open(entry)
    page.get_by_role("button", name="Adjust points").first.click()
    page.locator("#dialog-form [name=points]").fill("5")
    expect(page.locator("#effect")).to_contain_text("(+5)")
    page.locator("#dialog-form [name=reason]").fill("For the trouble")
    settle(page)  # a preview that is still asked for would lead to the login by itself
    Session.objects.all().delete()
    page.get_by_role("button", name="Adjust").last.click()
    page.wait_for_url("**/admin/login/**")
    expect(page.get_by_text("What you entered last was not saved.")).to_be_visible()
    sign_in_here(page, "support")
    page.wait_for_url(f"**{entry}")
    assert Entry.objects.get(pk=shop.entry.pk).points == 0


def test_opening_a_dialog_after_the_session_has_ended(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    entry = reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)])
    visit.open(entry)
    settle(page)
    Session.objects.all().delete()
    page.get_by_role("button", name="Adjust points").first.click()
    page.wait_for_url("**/admin/login/**")
    sign_in_here(page, "support")
    page.wait_for_url(f"**{entry}")


def test_a_dialog_shows_an_error_if_the_database_does_not_answer(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    visit.open(reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)]))
    page.get_by_role("button", name="Adjust points").first.click()
    page.locator("#dialog-form [name=points]").fill("5")
    expect(page.locator("#effect")).to_contain_text("(+5)")
    page.locator("#dialog-form [name=reason]").fill("For the trouble")
    settle(page)
    with transaction.atomic():  # the server waits for this row until its time is over
        Entry.objects.select_for_update().get(pk=shop.entry.pk)
        page.get_by_role("button", name="Adjust").last.click()
        message = page.get_by_role("alert").filter(has_text="Check whether it was saved before you try again.")
        wait_for_blocked()
        expect(message).to_be_visible()
    assert all("503" in fault for fault in visit.faults)
    visit.faults.clear()
    page.get_by_role("button", name="Adjust").last.click()  # what was typed is still there
    page.wait_for_url("**/change/")
    expect(page.locator("#dialog-form")).to_be_hidden()
    assert Entry.objects.get(pk=shop.entry.pk).points == 5


@pytest.mark.parametrize("field", ["email", "name"])
def test_long_texts_fit_a_phone_and_an_entry_s_page_has_them_whole(visit: Visit, shop: Shop, field: str) -> None:
    text = f"{'a.long.text.' * 10}@example.com" if field == "email" else "A name of several words " * 8
    Entry.objects.filter(pk=shop.entry.pk).update(**{field: text})
    visit.sign_in("support")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.open("/admin/contests/entry/")
    assert not visit.scrolls_sideways()
    visit.page.locator("#result_list tbody a").first.click()
    shown = visit.page.locator("main").get_by_text(text.strip()).first
    expect(shown).to_be_visible()
    assert shown.evaluate("element => element.scrollWidth <= element.clientWidth || element.clientWidth === 0")
    assert not visit.scrolls_sideways()


def test_the_live_examples_of_an_ended_session(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    contest = reverse("admin:contests_contest_rules", args=[quote(shop.contest.pk)])
    visit.open(contest)
    expect(page.locator("#examples data").first).to_be_visible()
    settle(page)
    Session.objects.all().delete()
    page.once("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave what was typed
    page.locator("#own-example [name=example-amount]").fill("70")
    page.wait_for_url("**/admin/login/**")
    sign_in_here(page, "owner")
    page.wait_for_url(f"**{contest}")


def test_a_failed_call_shows_a_message_instead_of_an_empty_dialog(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    visit.open(reverse("admin:contests_entry_change", args=[quote(shop.entry.pk)]))
    settle(page)
    Membership.objects.filter(user__username="support").delete()
    page.get_by_role("button", name="Adjust points").first.click()
    expect(page.locator("#modal-content")).to_have_text("You don't have access to this. Reload the page and try again.")
    assert [fault for fault in visit.faults if "403" not in fault] == []
    visit.faults.clear()


def test_signing_in_in_two_tabs(visit: Visit, shop: Shop) -> None:
    other_visit = Visit(visit.page.context.new_page(), visit.base_url)
    first, second = visit.page, other_visit.page
    url = "/admin/login/?next=/admin/contests/contest/"
    visit.open(url)
    other_visit.open(url)
    sign_in_here(first, "owner")
    first.wait_for_url("**/admin/contests/contest/")
    sign_in_here(second, "owner")
    expect(second.get_by_role("heading", name="Already signed in")).to_be_visible()
    second.get_by_role("link", name="Continue").click()
    second.wait_for_url("**/admin/contests/contest/")
    settle(second)


def test_a_new_user_joins_by_an_invitation(visit: Visit, shop: Shop, browser: Browser) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/admin/accounts/membership/")
    page.get_by_role("link", name="Invite a team member").click()
    page.fill("[name=email]", "grace@example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.locator("#secret").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()

    guest_context = browser.new_context(viewport={"width": 390, "height": 900})
    guest = Visit(guest_context.new_page(), visit.base_url)
    guest.page.goto(link)
    guest.page.get_by_label("User name").fill("grace")
    guest.page.get_by_label("Password", exact=True).fill("abc")
    guest.page.get_by_label("Password confirmation").fill("abc")
    guest.page.get_by_role("button", name="Create login and join").click()
    expect(guest.page.get_by_text("This password is too short.")).to_be_visible()
    guest.page.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.page.get_by_label("Password confirmation").fill(PASSWORD)
    guest.page.get_by_role("button", name="Create login and join").click()
    guest.page.wait_for_url("**/admin/")
    expect(guest.page.get_by_text("You joined")).to_be_visible()
    assert not guest.scrolls_sideways()
    settle(guest.page)
    guest_context.close()
    assert guest.faults == []
    assert Membership.objects.get(user__username="grace").role == "support"
    visit.open("/admin/accounts/invitation/")
    expect(page.locator("#result_list")).to_contain_text("Accepted")


def test_an_existing_user_joins_after_signing_in(visit: Visit, shop: Shop) -> None:
    page = visit.page
    User.objects.create_user("grace", password=PASSWORD, is_staff=True)
    visit.sign_in("owner")
    visit.open("/admin/accounts/invitation/add/")
    page.fill("[name=email]", "grace@example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.locator("#secret").input_value()
    settle(page)
    page.context.clear_cookies()
    page.goto(link)
    page.get_by_role("link", name="Sign in").click()
    sign_in_here(page, "grace")
    page.get_by_role("button", name="Join team").click()
    expect(page.get_by_text("You joined")).to_be_visible()


def test_dates_of_a_contest_are_in_its_zone_whatever_the_readers(visit: Visit, shop: Shop, browser: Browser) -> None:
    Contest.objects.update(time_zone="Etc/GMT-2")
    context = browser.new_context(timezone_id="Etc/GMT+3", viewport={"width": 1440, "height": 900})
    other_visit = Visit(context.new_page(), visit.base_url)
    other_visit.sign_in_by_form("owner")
    page = other_visit.page
    expect(page.get_by_text("Times in Etc/GMT+3")).to_be_visible()  # on the first page already
    User.objects.update(time_zone="Asia/Tokyo")
    contest = reverse("admin:contests_contest_change", args=[quote(shop.contest.pk)])
    other_visit.open(contest)
    expect(page.get_by_text("Times in Asia/Tokyo")).to_be_visible()
    expect(page.get_by_text("Etc/GMT-2").first).to_be_visible()
    expect(page.get_by_text("server time").filter(visible=True)).to_have_count(0)
    page.fill("[name=starts_at_0]", "2026-11-01")
    page.fill("[name=starts_at_1]", "09:00:00")
    for title in ("One", "Two", "Three"):
        page.fill("[name=title]", title)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page).to_have_title(re.compile(rf"\b{title}\b"))
        saved = Contest.objects.get()
        assert (saved.title, f"{saved.starts_at:%Y-%m-%d %H:%M}") == (title, "2026-11-01 07:00")
    settle(page)
    context.close()
    assert other_visit.faults == []
