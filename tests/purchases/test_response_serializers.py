"""Responses that are made by hand have exactly the members that their serializers describe."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.serializers import Serializer

from contests.models import Contest
from purchases.api.batch_serializers import BatchSerializer
from purchases.api.serializers import RecordedSerializer
from tests.support import Shop


def post(shop: Shop, path: str, body: dict[str, Any]) -> Any:
    url = f"/api/v1/contests/{shop.contest.pk}/purchases{path}"
    response = Client().post(url, body, content_type="application/json", headers={"x-api-key": shop.private_key})
    assert response.status_code in (200, 201), response.content
    return response.json()["data"]


def check(serializer_class: type[Serializer], data: Any) -> None:
    assert serializer_class(data).data == data


@pytest.mark.parametrize("query", ["", "?explain=true"])
def test_the_record_call_answers_what_its_serializer_describes(shop: Shop, query: str) -> None:
    new = post(shop, query, shop.order(orderId="1"))
    duplicate = post(shop, query, shop.order(orderId="1", amount=7, email="ada@example.com"))
    Contest.objects.update(tracking_enabled=False)
    unscored = post(shop, query, shop.order(orderId="2"))
    assert not new["alreadyExists"]
    assert duplicate["differences"]
    assert unscored["reasonCode"]
    for data in (new, duplicate, unscored):
        check(RecordedSerializer, data)
        assert ("explanation" in data) is bool(query)


def test_a_batch_answers_what_its_serializer_describes(shop: Shop) -> None:
    rows = [
        shop.order(orderId="1"),
        shop.order(orderId="1", amount=7),
        shop.order(orderId="2", email="nobody@example.com"),
        {"orderId": "3", "amount": "x"},
        "no object",
    ]
    first = post(shop, "/batch", {"purchases": rows})
    Contest.objects.update(tracking_enabled=False)
    second = post(shop, "/batch", {"purchases": [shop.order(orderId="1"), shop.order(orderId="4")]})
    assert {row["status"] for row in first["results"] + second["results"]} == {"recorded", "duplicate", "rejected"}
    for data in (first, second):
        check(BatchSerializer, data)
