"""An owner's double points: previewed, backtested, saved, read in the history, recalculated and undone."""

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from contests.models import PointRule
from purchases.models import Purchase
from tests.browser.conftest import Visit
from tests.browser.settling import settle
from tests.support import Api, Server, Shop, record


def expect_example(page: Page, paid: str, points: str) -> None:
    """Soon the page says that such a purchase earns so many."""
    row = page.locator(".examples > div", has=page.locator("dt", has_text=re.compile(rf"^{re.escape(paid)}$")))
    expect(row.first.locator("strong")).to_have_text(points, use_inner_text=True)


def set_moment(page: Page, name: str, moment: datetime) -> None:
    page.fill(f"[name={name}_0]", f"{moment:%Y-%m-%d}")
    page.fill(f"[name={name}_1]", f"{moment:%H:%M:%S}")


def open_contest(visit: Visit) -> None:
    visit.open("/admin/contests/contest/")
    visit.page.get_by_role("link", name="Summer giveaway").click()
    open_tab(visit.page, "Rules")
    settle(visit.page)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages of the contest").get_by_role("link", name=name).click()


def choose_action(page: Page, name: str) -> None:
    """Choose from the menu in the header of a contest."""
    page.locator("summary", has_text="Actions").click()
    page.locator(".contest-menu").get_by_role("link", name=name).click()


def test_an_owner_backtests_saves_recalculates_and_undoes_double_points(
    visit: Visit, server: Server, shop: Shop, worker: None
) -> None:
    record(shop, "30.00", order_id="before")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(days=3), today + timedelta(days=4)
    visit.sign_in("owner")
    open_contest(visit)
    type_a_second_rule(visit.page, start, end)
    try_and_save(visit.page)
    for order_id, at, points in (
        ("inside", timezone.now() - timedelta(hours=1), 20),
        ("outside", start - timedelta(minutes=1), 10),
    ):
        body = shop.order(orderId=order_id, amount=10, purchasedAt=at.isoformat())
        assert Api(server.base_url).record(shop, body).json()["data"]["pointsAwarded"] == points
    read_the_history(visit)
    recalculate(visit)
    undo_recalculation_of(visit)


def type_a_second_rule(page: Page, start: datetime, end: datetime) -> None:
    """By duplicating the first; the examples follow what is typed, and nothing is saved."""
    expect_example(page, "49.99 USD", "50 points")
    page.get_by_role("button", name="Duplicate").first.click()
    settle(page)
    expect_example(page, "49.99 USD", "100 points")
    set_moment(page, "rules-1-valid_from", start)
    set_moment(page, "rules-1-valid_until", end)
    page.fill("[name=rules-1-currency]", "usd")
    page.fill("[name=example-amount]", "12.40")
    settle(page)
    expect(page.locator("[data-rule=rules-1] [data-sentence]")).to_contain_text("1 point per 1.00 USD, ")
    expect_example(page, "12.40 USD", "25 points")
    page.fill("[name=example-at]", f"{end:%Y-%m-%dT%H:%M}")
    settle(page)
    expect_example(page, "12.40 USD", "12 points")
    page.fill("[name=rules-1-points_per_unit]", "-1")
    settle(page)
    expect(page.locator("#examples")).to_contain_text("Rule 2: Points per 1.00")
    page.fill("[name=rules-1-points_per_unit]", "1")
    settle(page)
    assert PointRule.objects.count() == 1


def try_and_save(page: Page) -> None:
    page.get_by_role("button", name="Test rules", exact=True).click()
    expect(page.locator(".backtest-sentence")).to_contain_text("60 instead of 30 points")
    assert Purchase.objects.get().points_now == 30
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 2 is live")).to_be_visible()


def read_the_history(visit: Visit) -> None:
    open_contest(visit)
    open_tab(visit.page, "History")
    expect(visit.page.locator(".rule-changes").first).to_contain_text("1 point per 1.00 USD, ")
    expect(visit.page.get_by_text("applied to 2 purchases")).to_be_visible()
    expect(visit.page.get_by_text(re.compile("applied to 1 purchase$"))).to_be_visible()


def recalculate(visit: Visit) -> None:
    page = visit.page
    open_contest(visit)
    choose_action(page, "Recalculate points")
    page.select_option("[name=days]", "0")
    page.get_by_role("button", name="Preview").click()
    page.locator("#confirm [name=reason]").fill("Double points for everybody")
    expect(page.locator(".backtest-sentence")).to_contain_text("90 instead of 60 points")
    page.get_by_role("button", name="Recalculate points").dblclick()
    expect(page.get_by_text("1 of 3 orders changed, +30 points")).to_be_visible()
    visit.open("/admin/purchases/purchase/?q=before")
    page.get_by_role("link", name="before", exact=True).click()
    expect(page.get_by_text("Recalculated with rules version 2")).to_be_visible()
    expect(page.get_by_label("Reply to customer")).to_have_value(re.compile("earned 60 points"))


def undo_recalculation_of(visit: Visit) -> None:
    page = visit.page
    open_contest(visit)
    open_tab(page, "History")
    page.get_by_role("link", name="Recalculations").click()
    page.get_by_role("link", name="Undo", exact=True).click()
    page.fill("[name=reason]", "Not what was announced")
    page.get_by_role("button", name="Undo recalculation").click()
    expect(page.get_by_text("Undone", exact=True)).to_be_visible()
    assert Purchase.objects.get(order_id="before").points_now == 30


def test_an_earlier_rule_set_is_restored_as_a_draft(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    open_contest(visit)
    page.locator(".rule-sentence").first.click()
    page.fill("[name=rules-0-points_per_unit]", "5")
    page.get_by_role("button", name="Save", exact=True).click()
    open_contest(visit)
    open_tab(page, "History")
    page.get_by_role("link", name="Restore as draft").click()
    expect(page.get_by_text("Nothing changes until you save.")).to_be_visible()
    settle(page)
    expect_example(page, "100.00 USD", "100 points")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 3 is live: 1 point per 1.00.")).to_be_visible()


def test_removing_a_new_rule_keeps_the_values_of_the_next(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    open_contest(visit)
    for points in ("7", "8"):
        page.get_by_role("link", name="Add rule").click()
        page.locator("[name$=points_per_unit]").nth(-2).fill(points)
    page.locator(".delete-template").nth(0).click()
    settle(page)
    expect(page.locator("[name=rules-1-points_per_unit]")).to_have_value("8")
    expect_example(page, "100.00 USD", "900 points")
    page.locator("[data-rule=rules-0] input[type=checkbox]").first.uncheck()
    settle(page)
    expect_example(page, "100.00 USD", "800 points")


def test_support_reads_rules_and_changes_none(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("support")
    open_contest(visit)
    page.locator(".rule-sentence").first.click()
    expect(page.get_by_text("Per 1.00 in the purchase's currency.").first).to_be_visible()
    expect(page.locator("[data-duplicate-rule]")).to_have_count(0)
    expect(page.locator("#examples")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
