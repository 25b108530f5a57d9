"""How many statements a record call takes: a round trip each."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apikeys.models import ApiKey
from contests.models import Contest
from contests.services import create_entry
from tests.support import Shop, set_rules

TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def statements(shop: Shop, order: dict[str, Any], status: int) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = Client().post(
            f"/api/v1/contests/{shop.contest.pk}/purchases",
            order,
            content_type="application/json",
            headers={"x-api-key": shop.private_key},
        )
    assert response.status_code == status, response.content
    return [query["sql"] for query in captured if not query["sql"].startswith(TRANSACTION)]


@pytest.fixture
def shop(shop: Shop) -> Shop:
    ApiKey.objects.update(rate_limit=6000)
    return shop


def test_a_new_purchase_takes_four_statements(shop: Shop) -> None:
    """The first call of a key in a while, which notes that it is used, takes no more than any other."""
    statements(shop, shop.order(), 201)  # the process reads the rules once
    ApiKey.objects.update(last_used_at=None)
    for _ in range(2):
        assert len(statements(shop, shop.order(), 201)) == 4


def test_caps_and_first_purchase_rules_take_no_more_statements(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"first_purchase_only": True}, cap_per_entry=1000, cap_per_purchase=100)
    statements(shop, shop.order(), 201)
    assert len(statements(shop, shop.order(), 201)) == 4


def test_new_rules_are_read_once(shop: Shop) -> None:
    statements(shop, shop.order(), 201)
    set_rules(shop.contest, {"points_per_unit": 3})
    assert [len(statements(shop, shop.order(), 201)) for _ in range(3)] == [5, 4, 4]


def test_a_purchase_without_points_takes_as_many(shop: Shop) -> None:
    set_rules(shop.contest)
    statements(shop, shop.order(), 201)
    assert len(statements(shop, shop.order(), 201)) == 4


def test_a_duplicate_takes_four_statements(shop: Shop) -> None:
    order = shop.order()
    statements(shop, order, 201)
    assert len(statements(shop, order, 200)) == 4


def test_a_duplicate_with_other_values_takes_two_more_and_one_without_none(shop: Shop) -> None:
    """Its values are saved, and the oldest ones beyond the limit deleted."""
    order = shop.order()
    statements(shop, order, 201)
    for _ in range(2):
        assert len(statements(shop, order | {"amount": 80}, 200)) == 6
    assert len(statements(shop, order, 200)) == 4


def test_a_held_order_takes_one_more_statement(shop: Shop) -> None:
    """The held order is closed."""
    order = shop.order(email="late@example.com")
    statements(shop, order, 404)
    Contest.objects.update(attaches_automatically=False)  # else creating the entry records it
    create_entry(shop.contest, "late@example.com")
    assert len(statements(shop, order, 201)) == 5
