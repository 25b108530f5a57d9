"""From an empty contest to a checked backtest: double points this weekend, EUR only, at most 500 points per entry.

Each next control is in view without scrolling, on a phone as on a desk, and within reach of the keyboard.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from contests.models import PointRule, RuleSet
from tests.browser.conftest import DESK, PATIENCE, Visit
from tests.profiles import IS_LONG
from tests.support import Shop, record

MAX_INTERACTIONS = 12
MAX_TABS = 90
SIZES = {390: 844, 820: 1180, 1440: 900}
THEMES = ("light", "dark")
IN_VIEW = """
    (element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        return Boolean(hit) && (element.contains(hit) || hit.contains(element));
    }
"""
FOCUSED = "document.activeElement.innerText.trim().split('\\n')[0]"


@dataclass
class Mouse:
    """Clicks what is in view, and counts."""

    page: Page
    interactions: int = 0

    def use(self, name: str) -> None:
        control = self.page.locator("a:visible, button:visible").filter(has_text=re.compile(rf"^\s*{name}")).last
        control.wait_for()
        self.expect_in_view(control)
        control.click()
        self.interactions += 1

    def expect_in_view(self, control: Locator) -> None:
        for _ in range(PATIENCE // 50):
            if control.evaluate(IN_VIEW):
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"not in view without scrolling: {control}")


@dataclass
class Keyboard(Mouse):
    """Reaches each control with Tab, and presses Enter."""

    def use(self, name: str) -> None:
        for _ in range(MAX_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED).startswith(name):
                self.expect_in_view(self.page.locator(":focus"))
                self.page.keyboard.press("Enter")
                self.interactions += 1
                return
        pytest.fail(f"cannot be reached with Tab: {name}")


def hands(page: Page) -> Iterator[Mouse]:
    """A mouse in every size and theme, in a short run in a theme for each size; then a keyboard."""
    for number, (width, height) in enumerate(SIZES.items()):
        for theme in THEMES if IS_LONG else THEMES[number % 2 :][:1]:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            yield Mouse(page)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    yield Keyboard(page)


def test_an_owner_builds_and_tests_rules_without_scrolling(visit: Visit, shop: Shop, worker: None) -> None:
    for amount, currency in (("900", "EUR"), ("50", "EUR"), ("100", "USD")):
        record(shop, amount, currency=currency)
    visit.sign_in("owner")
    for hand in hands(visit.page):
        build_and_test(visit, hand)
        assert hand.interactions <= MAX_INTERACTIONS
    assert (PointRule.objects.count(), RuleSet.objects.count()) == (1, 1)


def build_and_test(visit: Visit, hand: Mouse) -> None:
    page = visit.page
    visit.open("/admin/contests/contest/")
    hand.use("Summer giveaway")
    page.wait_for_url("**/overview/")
    hand.use("Rules")
    page.wait_for_url("**/rules/")
    expect(page.locator("#examples")).to_contain_text("points")
    hand.use("Double points this weekend")
    hand.use("Only EUR")
    sentences = page.locator(".form-group:not(.empty-form) [data-sentence]")
    expect(sentences).to_have_text(
        [re.compile("^1 point per 1.00 EUR$"), re.compile(r"^1 point per 1.00 EUR, .* 20\d\d$")]
    )
    expect(page.locator(".rule-gaps:visible")).to_contain_text("1 of the last 3 orders would match no rule: in USD.")
    hand.use("Maximum per entry")
    expect(page.locator("[name=cap_per_entry]")).to_have_value("500")
    hand.use("Test rules")
    result = page.locator(".backtest-sentence")
    expect(result).to_contain_text("500 instead of 1,050 points")
    hand.expect_in_view(result)


def test_presets_are_undone_and_a_rule_is_added_for_a_currency(visit: Visit, shop: Shop) -> None:
    record(shop, currency="EUR")
    record(shop, currency="USD")
    page = visit.page
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/rules/")
    rows = page.locator(".form-group:not(.empty-form) [data-sentence]")
    page.get_by_role("button", name="Welcome bonus").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Only").click()
    expect(page.locator("[name=rules-0-currency]")).not_to_have_value("")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("[name=rules-0-currency]")).to_have_value("")
    page.get_by_role("button", name="Only").click()
    page.locator(".rule-gaps-beside").get_by_role("button", name="Add a rule for").click()
    expect(rows).to_have_text([re.compile("^1 point per 1.00 [A-Z]{3}$")] * 2)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 2 is live")).to_be_visible()
    assert sorted(PointRule.objects.values_list("currency", flat=True)) == ["EUR", "USD"]


def test_after_a_failed_save_the_page_stands_at_the_error(visit: Visit, shop: Shop) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open(f"/admin/contests/contest/{shop.contest.pk}/rules/")
    page.locator(".rule-sentence").first.click()
    page.fill("[name=rules-0-currency]", "ABC")
    page.locator(".rule-sentence").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    field = page.locator("[name=rules-0-currency]")
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
    field.fill("EUR")
    page.fill("[name=rules-0-amount_to]", "10")
    page.fill("[name=rules-0-amount_from]", "20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(":focus")).to_contain_text("“Amount to” must be at least “amount from”.")
