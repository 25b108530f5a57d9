"""Reconciling a shop's orders: each has its status and refunds, and an invalid row stops no other."""

from typing import Any

import pytest
from django.test import Client

from blitzrocket.audit.context import AuditContext
from purchases.models import Purchase
from purchases.services import void_purchase
from tests.purchases.orders import buy, refund, refund_early
from tests.support import Api, Shop, make_shop


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def reconcile(api: Api, shop: Shop, *orders: Any) -> Any:
    response = api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/reconcile", {"orders": list(orders)})
    assert response.status_code == 200, response.text
    return response.json()["data"]


STATES: dict[str, tuple[Any, str, float]] = {
    "recorded": (lambda _: None, "recorded", 0),
    "partly refunded": (lambda purchase: refund(purchase, "10.10"), "partially_refunded", 10.1),
    "refunded": (refund, "refunded", 30),
    "voided": (lambda purchase: void_purchase(purchase, audit=AuditContext()), "voided", 0),
    "refunded, then voided": (
        lambda purchase: [refund(purchase, "7"), void_purchase(purchase, audit=AuditContext())],
        "voided",
        7,
    ),
    "voided, then refunded": (
        lambda purchase: [void_purchase(purchase, audit=AuditContext()), refund(purchase)],
        "voided",
        30,
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_a_recorded_order_has_its_status_and_refunded_amount(api: Api, shop: Shop, state: str) -> None:
    action, status, refunded = STATES[state]
    purchase = buy(shop, "30.00", order_id="#1")
    action(purchase)
    same, other = reconcile(api, shop, {"orderId": "#1"}, {"orderId": "#1", "amount": 31})["results"]
    assert same == {
        "index": 0,
        "orderId": "#1",
        "status": "recorded",
        "purchaseId": purchase.pk,
        "purchaseStatus": status,
        "refundedAmount": refunded,
        "pendingRefunds": 0,
    }
    assert other["status"] == "different"
    assert {name: other[name] for name in ("purchaseStatus", "refundedAmount")} == {
        "purchaseStatus": status,
        "refundedAmount": refunded,
    }


def test_an_order_that_is_not_recorded_has_its_pending_refunds_counted(api: Api, shop: Shop) -> None:
    """Whether it never came, is held or was rejected; refused refunds do not wait."""
    api.record(shop, shop.order(orderId="held", email="late@example.com"))
    api.record(shop, shop.order(orderId="rejected", amount="5"))
    path = f"/contests/{shop.contest.pk}/refunds"
    for order_id, number in (("missing", 1), ("held", 2), ("rejected", 3)):
        for each in range(number):
            refund_early(shop, order_id, "1", f"r{each}")
        api.call(shop, "POST", path, {"orderId": order_id, "refundId": "refused", "amount": 0})
    orders = [{"orderId": order_id} for order_id in ("missing", "held", "rejected", "other")]
    results = reconcile(api, shop, *orders, {"orderId": "held", "amount": "x"}, {"orderId": ["held"]})["results"]
    assert [(row["status"], row["pendingRefunds"]) for row in results] == [
        ("missing", 1), ("held", 2), ("rejected", 3), ("missing", 0), ("invalid", 2), ("invalid", 0),
    ]  # fmt: skip
    api.record(shop, shop.order(orderId="missing", amount=10))
    (row,) = reconcile(api, shop, {"orderId": "missing"})["results"]
    assert (row["status"], row["refundedAmount"], row["pendingRefunds"]) == ("recorded", 1, 0)


def test_another_contests_refunds_are_not_counted(api: Api, shop: Shop) -> None:
    refund_early(make_shop("grace@example.com"), "#1")
    assert reconcile(api, shop, {"orderId": "#1"})["results"][0]["pendingRefunds"] == 0


INVALID: list[tuple[Any, str, str, str | None]] = [
    (7, "invalid_request_body", "", None),
    (None, "invalid_request_body", "", None),
    (["#2"], "invalid_request_body", "", None),
    ({}, "invalid_request_body", "orderId", None),
    ({"orderId": ""}, "invalid_request_body", "orderId", ""),
    ({"orderId": " \u200b"}, "invalid_request_body", "orderId", ""),
    ({"orderId": False}, "invalid_request_body", "orderId", None),
    ({"orderId": 4.5}, "invalid_request_body", "orderId", None),
    ({"orderId": "x" * 256}, "invalid_request_body", "orderId", "x" * 256),
    ({"orderId": "#2", "amount": "10"}, "invalid_request_body", "amount", "#2"),
    ({"orderId": "#2", "amount": 1_000_000_000_000}, "invalid_request_body", "amount", "#2"),
    ({"orderId": "#2", "amount": 0}, "amount_not_positive", "amount", "#2"),
    ({"orderId": "#2", "amount": 0.4, "currency": "JPY"}, "amount_not_positive", "amount", "#2"),
    ({"orderId": "#2", "currency": "XAU"}, "invalid_request_body", "currency", "#2"),
    ({"orderId": "#2", "currency": ""}, "invalid_request_body", "currency", "#2"),
    ({"orderId": "#2", "email": "not an address"}, "invalid_request_body", "email", "#2"),
    ({"orderId": 12, "email": ["a@example.com"]}, "invalid_request_body", "email", "12"),
]


@pytest.mark.parametrize(("row", "code", "field", "order_id"), INVALID)
def test_a_faulty_row_is_invalid_and_stops_no_other(  # noqa: PLR0917  (a parameter for each column of the table)
    api: Api, shop: Shop, row: Any, code: str, field: str, order_id: str | None
) -> None:
    buy(shop, "30.00", order_id="#1")
    response = reconcile(api, shop, {"orderId": "#1"}, row, {"orderId": "#3"}, row)
    assert [each["index"] for each in response["results"]] == [0, 1, 2, 3]
    assert [each["status"] for each in response["results"]] == ["recorded", "invalid", "missing", "invalid"]
    assert response["counts"] == {
        "recorded": 1, "different": 0, "held": 0, "rejected": 0, "missing": 1, "unknown": 0, "invalid": 2,
    }  # fmt: skip
    invalid = response["results"][1]
    assert (invalid["orderId"], invalid["code"]) == (order_id, code)
    assert [detail["field"] for detail in invalid["details"]] == [field]
    assert set(invalid) == {"index", "orderId", "status", "code", "details", "pendingRefunds"}


@pytest.mark.parametrize(
    "row",
    [
        b'{"orderId": "#2", "orderId": "#3"}',
        b'{"orderId": "\\ud83d"}',
        b'{"orderId": "#2\\u0000"}',
        b'{"orderId": "#2", "amount": 1e99999}',
        b'{"orderId": "#2", "email": "a\\u0000@example.com"}',
    ],
)
def test_a_row_with_an_unstorable_value_is_invalid(api: Api, shop: Shop, row: bytes) -> None:
    buy(shop, "30.00", order_id="#1")
    response = api.post(
        f"/api/v1/contests/{shop.contest.pk}/purchases/reconcile",
        data=b'{"orders": [{"orderId": "#1"}, ' + row + b"]}",
        headers={"x-api-key": shop.private_key, "Content-Type": "application/json"},
    )
    assert [each["status"] for each in response.json()["data"]["results"]] == ["recorded", "invalid"]


def test_a_thousand_rows_of_any_kind_take_as_many_statements_as_one(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    buy(shop, "30.00", order_id="0")
    refund_early(shop, "1")
    rows = [{"orderId": str(number)} if number % 3 else {"orderId": number, "amount": "x"} for number in range(1000)]
    with django_assert_max_num_queries(9):
        response = Client().post(
            f"/api/v1/contests/{shop.contest.pk}/purchases/reconcile",
            {"orders": rows},
            content_type="application/json",
            headers={"x-api-key": shop.private_key},
        )
    assert response.json()["data"]["counts"]["invalid"] == 334
    assert Purchase.objects.count() == 1
