"""Rules as published: numbered, never changed, and what judges."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from contests.models import Contest, PointRule, RuleSet
from contests.scoring import Rounding, Rule
from contests.services import publish_rules
from tests.support import Shop, make_shop, set_rules


def test_a_new_contest_starts_with_one_point_per_unit(shop: Shop) -> None:
    terms = shop.contest.current_rules().terms
    assert [(rule.points_per_unit, rule.currency) for rule in terms.rules] == [(Decimal(1), "")]
    assert (terms.rounding, terms.cap_per_purchase, terms.cap_per_entry) == (Rounding.NEAREST, None, None)
    assert shop.contest.current_rules().number == 1


def test_a_published_rule_has_all_its_values(shop: Shop) -> None:
    rule: dict[str, Any] = {
        "points_per_unit": Decimal("0.333333"),
        "fixed_points": 7,
        "currency": "EUR",
        "amount_from": Decimal("19.90"),
        "amount_to": Decimal(100),
        "valid_from": datetime(2026, 12, 1, tzinfo=UTC),
        "valid_until": datetime(2027, 1, 1, tzinfo=UTC),
        "first_purchase_only": True,
        "is_active": False,
    }
    set_rules(shop.contest, rule, rounding="down", cap_per_purchase=0, cap_per_entry=10**12)
    published = RuleSet.objects.get(number=2)
    assert published.terms.rules == (Rule(id=PointRule.objects.get().pk, **rule),)
    assert (published.terms.rounding, published.terms.cap_per_purchase) == (Rounding.DOWN, 0)
    assert published.terms.cap_per_entry == 10**12


def test_publishing_without_a_change_changes_nothing(shop: Shop) -> None:
    first = shop.contest.rule_set
    assert publish_rules(shop.contest) == first
    assert RuleSet.objects.count() == 1


def test_publishing_earlier_rules_is_a_new_number(shop: Shop) -> None:
    Contest.objects.update(rounding="down")
    publish_rules(shop.contest)
    Contest.objects.update(rounding="nearest")
    assert publish_rules(shop.contest).number == 3


@pytest.mark.django_db(transaction=True)
def test_publishing_twice_at_once_gives_two_numbers() -> None:
    contest = make_shop().contest

    def publish(cap: int) -> int:
        Contest.objects.filter(pk=contest.pk).update(cap_per_purchase=cap)
        number = publish_rules(contest).number
        connection.close()
        return number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(publish, range(1, 17)))
    assert sorted(RuleSet.objects.values_list("number", flat=True)) == list(range(1, max(numbers) + 1))
    contest.refresh_from_db()
    assert contest.current_rules().number == max(numbers)


def test_the_last_published_rules_are_live(shop: Shop) -> None:
    """Even where a row was written back with an earlier rule set in it."""
    first = shop.contest.rule_set
    Contest.objects.update(rounding="down")
    second = publish_rules(shop.contest)
    Contest.objects.update(rule_set=first)
    assert publish_rules(shop.contest).terms == second.terms
    shop.contest.refresh_from_db()
    assert shop.contest.current_rules().terms == second.terms
