"""Orders that no rule matches, on the page with the rules: before saving, after it, and one click that adds a rule."""

import html
import json
import re
from decimal import Decimal
from typing import Any

from django.test import Client

from contests.models import Contest, PointRule
from purchases.models import Purchase
from tests.contests.rules_form import examples, form, url
from tests.support import Shop, hold, make_shop, record, set_rules, signed_in


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def json_in(page: str, element: str) -> Any:
    match = re.search(rf'<script id="{element}" type="application/json">(.*?)</script>', page)
    assert match
    return json.loads(match[1])


class TestBeforeSaving:
    def test_a_currency_that_no_rule_is_for_is_named_with_a_rule_to_add(self, shop: Shop) -> None:
        record(shop, currency="EUR")
        record(shop, currency="USD")
        page = examples(signed_in(shop, "owner"), shop, {"currency": "USD", "points_per_unit": "2"})
        gaps = page[page.index("rule-gaps") :]
        assert "Orders arrive in EUR, but no rule is for EUR, so they would earn nothing." in text_of(gaps)
        assert "1 of the last 2 orders would match no rule: in EUR." in text_of(gaps)
        match = re.search(r'data-add-rule="(.*?)">', gaps, re.S)
        assert match
        added = json.loads(match[1])
        assert (added["sentence"], added["add"]["currency"]) == ("2 points per 1.00 EUR", "EUR")

    def test_amounts_and_dates_are_counted(self, shop: Shop) -> None:
        for amount in ("5", "10", "50"):
            record(shop, amount)
        page = examples(signed_in(shop, "owner"), shop, {"amount_from": "20"})
        assert "2 of the last 3 orders would match no rule: below the minimum amount." in text_of(page)
        page = examples(signed_in(shop, "owner"), shop, {"valid_until_0": "2026-01-31"})
        assert "All of the last 3 orders would match no rule: made after the rule ended." in text_of(page)

    def test_orders_on_hold_count_with_their_currency(self, shop: Shop) -> None:
        hold(shop, currency="CHF")
        page = examples(signed_in(shop, "owner"), shop, {"currency": "USD"})
        assert "Orders arrive in CHF, but no rule is for CHF" in text_of(page)

    def test_there_is_no_message_where_all_orders_match(self, shop: Shop) -> None:
        record(shop)
        record(make_shop("eve@example.com"), currency="EUR")
        assert 'class="rule-gaps"' not in examples(signed_in(shop, "owner"), shop, {"currency": "USD"})


class TestPresets:
    def test_they_are_on_the_page_and_follow_the_rules_in_the_form(self, shop: Shop) -> None:
        record(shop, currency="EUR")
        client = signed_in(shop, "owner")
        page = client.get(url(shop)).content.decode()
        labels = [preset["label"] for preset in json_in(page, "rule-presets")]
        assert labels == [
            "Double points this weekend",
            "Only EUR",
            "Minimum order",
            "Maximum per entry",
            "Welcome bonus",
            "Bonus for the first order",
        ]
        draft = json_in(examples(client, shop, {"currency": "EUR"}, cap_per_entry="40"), "draft-presets")
        by_key = {preset["key"]: preset for preset in draft}
        assert by_key["weekend"]["add"]["currency"] == "EUR"
        assert (by_key["currency"]["does_nothing"], by_key["maximum"]["does_nothing"]) == (True, True)
        assert by_key["minimum"]["narrow"] == {"amount_from": "20"}

    def test_their_values_make_the_rule_that_they_name(self, shop: Shop) -> None:
        Contest.objects.update(time_zone="America/New_York")
        client = signed_in(shop, "owner")
        for preset in json_in(client.get(url(shop)).content.decode(), "rule-presets"):
            values = preset["add"]
            if values:
                values |= {"first_purchase_only": "on" if values["first_purchase_only"] else None}
                page = examples(client, shop, values)
                assert json_in(page, "rule-sentences") == {"rules-0": preset["sentence"]}

    def test_support_has_none(self, shop: Shop) -> None:
        assert "rule-presets" not in signed_in(shop, "support").get(url(shop)).content.decode()


class TestAfterSaving:
    def test_the_message_counts_the_orders_that_earn_nothing(self, shop: Shop) -> None:
        record(shop, "5")
        record(shop, "50")
        rule = {"id": PointRule.objects.get().pk, "amount_from": "20"}
        page = signed_in(shop, "owner").post(url(shop), form(shop, rule), follow=True).content.decode()
        sentence = (
            "1 of the last 2 orders would match no rule: below the minimum amount. Orders like these earn nothing."
        )
        assert sentence in text_of(page)

    def test_a_currency_has_its_warning_only(self, shop: Shop) -> None:
        record(shop, currency="EUR")
        rule = {"id": PointRule.objects.get().pk, "currency": "USD"}
        page = signed_in(shop, "owner").post(url(shop), form(shop, rule), follow=True).content.decode()
        assert "Orders arrive in EUR, but no rule is for EUR, so they earn nothing." in text_of(page)
        assert "Orders like these" not in page

    def test_a_rule_is_added_with_one_click(self, shop: Shop) -> None:
        record(shop, currency="EUR")
        set_rules(shop.contest, {"currency": "USD", "points_per_unit": Decimal("1.5")})
        owner = signed_in(shop, "owner")
        page = owner.get(url(shop)).content.decode()
        assert "Orders arrive in EUR, but no rule is for EUR, so they earn nothing." in text_of(page)
        assert "Add a rule for EUR" in text_of(page)
        page = self.add(owner, shop, "EUR")
        assert "Added “1.5 points per 1.00 EUR”. Version 3 is live." in page
        assert "no rule is for EUR" not in page
        record(shop, "10", currency="EUR", order_id="later")
        assert Purchase.objects.get(order_id="later").points_now == 15
        assert "A rule is for EUR already." in self.add(owner, shop, "EUR")
        assert PointRule.objects.count() == 2

    def test_only_owners_add_rules_and_only_to_their_contests(self, shop: Shop) -> None:
        record(shop, currency="EUR")
        set_rules(shop.contest, {"currency": "USD"})
        support, eve = signed_in(shop, "support"), make_shop("eve@example.com")
        assert "Add a rule for EUR" not in support.get(url(shop)).content.decode()
        assert support.post(url(shop, "add_rule"), {"currency": "EUR"}).status_code == 403
        assert signed_in(eve, "owner").post(url(shop, "add_rule"), {"currency": "EUR"}).status_code == 404
        assert signed_in(shop, "owner").get(url(shop, "add_rule")).status_code == 405
        assert PointRule.objects.filter(contest=shop.contest).count() == 1

    def test_an_invalid_currency_is_refused(self, shop: Shop) -> None:
        assert "must be an ISO 4217 code" in self.add(signed_in(shop, "owner"), shop, "<b>")

    def add(self, client: Client, shop: Shop, currency: str) -> str:
        return text_of(client.post(url(shop, "add_rule"), {"currency": currency}, follow=True).content.decode())


def test_a_folded_rule_with_an_error_is_opened(shop: Shop) -> None:
    sent = form(shop, {"id": PointRule.objects.get().pk, "points_per_unit": "-1"})
    page = signed_in(shop, "owner").post(url(shop), sent).content.decode()
    assert "openRow: true" in page
    assert "openRow: false" not in page
