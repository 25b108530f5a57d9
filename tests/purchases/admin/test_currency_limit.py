"""The offer to limit rules to the one currency of a contest's orders, in one click."""

import pytest

from contests.models import PointRule
from tests.contests.rules_form import form, opened, url
from tests.support import Shop, record, set_rules, signed_in

OFFER = "All orders so far are in EUR."


@pytest.mark.parametrize("tab", ["overview", "rules"])
def test_the_limit_is_offered_to_owners_after_the_first_order(shop: Shop, tab: str) -> None:
    owner, support = signed_in(shop, "owner"), signed_in(shop, "support")
    assert OFFER not in owner.get(url(shop, tab)).content.decode()
    record(shop, currency="EUR")
    page = owner.get(url(shop, tab)).content.decode()
    assert (OFFER in page, "Limit to EUR" in page) == (True, True)
    assert OFFER not in support.get(url(shop, tab)).content.decode()
    assert OFFER not in owner.get(url(shop, "entries")).content.decode()


def test_with_a_second_currency_there_is_a_warning_instead(shop: Shop) -> None:
    record(shop, currency="EUR")
    record(shop, currency="USD")
    page = signed_in(shop, "owner").get(url(shop)).content.decode()
    assert "Orders arrive in EUR and USD, but one rule treats 1.00 of each the same." in page
    assert "All orders so far" not in page


def test_a_click_limits_the_rules_that_take_any_currency(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"points_per_unit": 0, "fixed_points": 5}, {"currency": "USD", "fixed_points": 1})
    record(shop, currency="EUR")
    client = signed_in(shop, "owner")
    for _ in range(2):
        page = client.post(url(shop, "limit_currency"), {"currency": "EUR"}, follow=True).content.decode()
        assert "Version 3 is live: 1 point per 1.00 EUR; 5 points; " in page
    assert OFFER not in page
    assert sorted(PointRule.objects.values_list("currency", flat=True)) == ["", "EUR", "USD"]
    shop.contest.refresh_from_db()
    assert [rule.currency for rule in shop.contest.current_rules().terms.rules] == ["EUR", "", "USD"]
    assert shop.contest.current_rules().published_by is not None


def test_an_owner_who_had_the_rules_open_is_warned(shop: Shop) -> None:
    record(shop, currency="EUR")
    client = signed_in(shop, "owner")
    sent = form(shop, {"id": PointRule.objects.get().pk}, **opened(client, shop))
    client.post(url(shop, "limit_currency"), {"currency": "EUR"})
    assert "Someone saved this contest after you opened it" in client.post(url(shop), sent).content.decode()
    assert PointRule.objects.get().currency == "EUR"


@pytest.mark.parametrize("currency", ["", "XAU", "<b>", "EUROS"])
def test_another_text_changes_nothing(shop: Shop, currency: str) -> None:
    client = signed_in(shop, "owner")
    assert client.post(url(shop, "limit_currency"), {"currency": currency}).status_code == 302
    assert PointRule.objects.get().currency == ""
    assert signed_in(shop, "support").post(url(shop, "limit_currency"), {"currency": "EUR"}).status_code == 403
