"""How many statements a record call takes: a round trip each."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apikeys.models import ApiKey
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


def test_a_new_purchase_takes_eight_statements(shop: Shop) -> None:
    """The first call of a key in a while, which notes that it is used, takes no more than any other."""
    for _ in range(2):
        assert len(statements(shop, shop.order(), 201)) == 8


def test_caps_and_first_purchase_rules_take_no_more_statements(shop: Shop) -> None:
    set_rules(shop.contest, {}, {"first_purchase_only": True}, cap_per_entry=1000, cap_per_purchase=100)
    assert len(statements(shop, shop.order(), 201)) == 8


def test_a_purchase_without_points_takes_two_statements_less(shop: Shop) -> None:
    set_rules(shop.contest)
    assert len(statements(shop, shop.order(), 201)) == 6


def test_a_duplicate_takes_eight_statements(shop: Shop) -> None:
    order = shop.order()
    statements(shop, order, 201)
    assert len(statements(shop, order, 200)) == 8


def test_a_held_order_takes_three_more_statements(shop: Shop) -> None:
    """The held order is read, its history read under its rules, and the held order closed."""
    order = shop.order(email="late@example.com")
    statements(shop, order, 404)
    create_entry(shop.contest, "late@example.com")
    assert len(statements(shop, order, 201)) == 11
