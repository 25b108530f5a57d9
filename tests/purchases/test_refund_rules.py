"""Refunds: the amount and currency that they may have, and what is saved of refused ones."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from contests.models import PointTransaction
from purchases.models import PendingRefund, Purchase, Refund
from purchases.services import RefundExceedsPurchase
from tests.purchases.orders import buy, faults, points_of, refund, refund_early, status_and_points
from tests.support import Api, Shop, make_shop, record


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def send(api: Api, shop: Shop, order_id: str, refund_id: str = "r1", **fields: Any) -> Any:
    body = {"orderId": order_id, "refundId": refund_id} | fields
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body)


def saved_refunds(**fields: Any) -> list[tuple[str, str, str]]:
    rows = PendingRefund.objects.filter(**fields).order_by("id")
    return [(row.refund_id, row.state, row.problem) for row in rows]


EXCESS = "refused"
# Order, its currency, the refunds that are sent, and what each gives back.
ROUNDING: list[tuple[str, str, list[str | None], list[str]]] = [
    # Each part is rounded by itself, and their sum is more than was paid.
    ("179.25", "USD", ["179.26"], ["179.25"]),
    ("10.00", "USD", ["3.335", "3.335", "3.33"], ["3.34", "3.34", "3.32"]),
    ("1001", "JPY", ["333.67", "333.67", "333.67"], ["334", "334", "333"]),
    ("0.01", "EUR", ["0.02"], ["0.01"]),
    ("1.000", "KWD", ["0.3335", "0.3335", "0.3335"], ["0.334", "0.334", "0.332"]),
    ("7.00", "GBP", ["1.005"] * 7, ["1.01"] * 6 + ["0.94"]),
    ("1.0000", "CLF", ["1.00014"], ["1.0000"]),
    ("999999999999", "JPY", ["999999999998", "2"], ["999999999998", "1"]),
    ("50.00", "USD", ["20.00", "20.00", "10.03"], ["20.00", "20.00", "10.00"]),
    # Rounding explains no more than that.
    ("50.00", "USD", ["20.00", "20.00", "10.04"], ["20.00", "20.00", EXCESS]),
    ("179.25", "USD", ["179.27"], [EXCESS]),
    ("1000", "JPY", ["1002", "1001"], [EXCESS, "1000"]),
    ("1.0000", "CLF", ["1.00015"], [EXCESS]),
    ("10.00", "USD", ["10.0149", "0.01"], ["10.00", EXCESS]),
    # Nothing is left: not even a minor unit.
    ("5.00", "USD", ["5.00", "0.01"], ["5.00", EXCESS]),
    ("5.00", "USD", [None, None], ["5.00", EXCESS]),
    ("100.00", "EUR", ["99.99", "0.04", "0.03"], ["99.99", EXCESS, "0.01"]),
]


def refunded_amounts(purchase: Purchase, amounts: Iterable[str | None]) -> list[str]:
    results = []
    for amount in amounts:
        try:
            refunded = refund(purchase, amount)
        except RefundExceedsPurchase:
            results.append(EXCESS)
            continue
        results.append(str(refunded.refund.money))
        differs = amount is not None and refunded.differences.get("amount", {})
        assert not differs or differs["received"] > differs["recorded"] == refunded.refund.money
    return results


@pytest.mark.parametrize(("amount", "currency", "received", "results"), ROUNDING)
def test_an_excess_within_rounding_refunds_the_amount_left(
    shop: Shop, amount: str, currency: str, received: list[str | None], results: list[str]
) -> None:
    purchase = buy(shop, amount, currency=currency)
    assert refunded_amounts(purchase, received) == results
    purchase.refresh_from_db()
    total = sum(Decimal(result) for result in results if result != EXCESS)
    assert purchase.refunded_amount == total
    assert (purchase.status == "refunded") == (total == Decimal(amount))
    assert faults() == []


def test_the_response_to_an_excess_names_the_difference(api: Api, shop: Shop) -> None:
    record(shop, "179.25", order_id="#1")
    first, repeat = (send(api, shop, "#1", amount=179.26) for _ in range(2))
    assert (first.status_code, repeat.status_code) == (201, 200)
    for response in (first.json()["data"], repeat.json()["data"]):
        assert (response["amount"], response["pointsReversed"]) == (179.25, 179)
        assert response["differences"] == {"amount": {"recorded": 179.25, "received": 179.26}}
    assert points_of(shop.entry) == 0


def test_a_pending_refund_may_exceed_by_rounding_too(shop: Shop) -> None:
    refund_early(shop, "7", "6.67", "r1")
    refund_early(shop, "7", "3.35", "r2")
    record(shop, "10.00", order_id="7")
    assert status_and_points(Purchase.objects.get()) == ("refunded", 0)
    assert saved_refunds() == [("r1", "applied", ""), ("r2", "applied", "")]


# The refund of an order of 30.00 USD, the response, and the problem saved with it.
REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"amount": 30.02}, 409, "refund_exceeds_purchase", "Only 30.00 USD of this order is left to refund."),
    ({"amount": 999_999_999_999}, 409, "refund_exceeds_purchase", "Only 30.00 USD of this order is left to refund."),
    ({"amount": 5, "currency": "JPY"}, 400, "invalid_request_body", "The order is in USD; send the amount in USD"),
    ({"currency": "eur"}, 400, "invalid_request_body", "The order is in USD; send the amount in USD, not in EUR."),
    ({"amount": 0}, 400, "amount_not_positive", "amount: The amount must be greater than 0."),
    ({"amount": -3}, 400, "amount_not_positive", "amount: The amount must be greater than 0."),
    ({"amount": 0.004}, 400, "amount_not_positive", "The amount is 0 when rounded to the minor unit of USD."),
    ({"amount": "12.00"}, 400, "invalid_request_body", "amount: The amount must be a JSON number, without quotation"),
    ({"amount": None}, 400, "invalid_request_body", "amount: Send"),
    ({"amount": ""}, 400, "invalid_request_body", "amount: "),
    ({"amount": [5]}, 400, "invalid_request_body", "amount: The amount must be a JSON number."),
    ({"amount": 5, "currency": "ZZZ"}, 400, "invalid_request_body", "currency: The currency must be an ISO 4217"),
    ({"amount": 5, "currency": ""}, 400, "invalid_request_body", "currency: "),
    ({"amount": 5, "reason": 7}, 400, "invalid_request_body", "reason: The reason must be a JSON string."),
]


@pytest.mark.parametrize(("fields", "status", "code", "problem"), REFUSED)
def test_a_refused_refund_is_saved_once_and_made_when_it_is_valid(  # noqa: PLR0917  (a parameter for each column of the table)
    api: Api, shop: Shop, fields: dict[str, Any], status: int, code: str, problem: str
) -> None:
    record(shop, "30.00", order_id="#1")
    for _ in range(2):
        response = send(api, shop, "#1", **fields)
        assert (response.status_code, response.json()["code"]) == (status, code)
    ((refund_id, state, message),) = saved_refunds()
    assert (refund_id, state) == ("r1", "refused")
    assert message.startswith(problem)
    assert (points_of(shop.entry), Refund.objects.count()) == (30, 0)
    row = PendingRefund.objects.get()
    assert send(api, shop, "#1", amount=10, currency="usd").status_code == 201
    assert saved_refunds() == [("r1", "applied", "")]
    refund_row = Refund.objects.get()
    assert (refund_row.pk, refund_row.received_at, points_of(shop.entry)) == (row.pk, row.received_at, 20)


@pytest.mark.parametrize(("fields", "status"), [row[:2] for row in REFUSED])
def test_a_refused_call_does_not_change_an_existing_refund(
    api: Api, shop: Shop, fields: dict[str, Any], status: int
) -> None:
    """A made one is a duplicate where the call is valid; a pending one stays pending."""
    record(shop, "30.00", order_id="#1")
    send(api, shop, "#1", amount=10)
    assert send(api, shop, "#1", **fields).status_code in (200, status)
    assert (saved_refunds(), Refund.objects.get().amount) == ([], Decimal(10))
    send(api, shop, "#2", amount=10)
    assert send(api, shop, "#2", **fields).status_code in (404, status)
    assert saved_refunds() == [("r1", "pending", "")]
    record(shop, "30.00", order_id="#2")
    assert Purchase.objects.get(order_id="#2").refunded_amount == 10


def test_a_refused_refund_without_order_becomes_pending_when_it_is_valid(api: Api, shop: Shop) -> None:
    assert send(api, shop, "#1", amount="10").status_code == 400
    assert send(api, shop, "#1", amount=10).status_code == 404
    assert saved_refunds() == [("r1", "pending", "")]
    record(shop, "30.00", order_id="#1")
    assert points_of(shop.entry) == 20


def test_a_refund_sent_with_a_public_key_is_saved(api: Api, shop: Shop) -> None:
    record(shop, "30.00", order_id="#1")
    body = {"orderId": "#1", "refundId": "r1", "amount": 5, "currency": "USD", "reason": "Broken"}
    response = api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body, key=shop.public_key)
    assert response.status_code == 403
    row = PendingRefund.objects.get()
    assert (row.state, row.amount, row.currency, row.reason) == ("refused", Decimal(5), "USD", "Broken")
    assert row.problem == "This endpoint requires a private API key"
    assert row.api_key == shop.keys["public"]


@pytest.mark.parametrize(
    "body",
    [
        {"refundId": "r1", "amount": 0},
        {"orderId": "#1", "amount": 0},
        {"orderId": "", "refundId": "r1", "amount": 0},
        {"orderId": "#1", "refundId": True, "amount": 0},
        {"orderId": "x" * 256, "refundId": "r1", "amount": 0},
        {"orderId": "#1", "refundId": {"id": 1}},
    ],
)
def test_a_refused_refund_without_both_ids_is_not_saved(api: Api, shop: Shop, body: dict[str, Any]) -> None:
    assert api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body).status_code == 400
    assert saved_refunds() == []


def test_a_refund_for_another_teams_contest_is_not_saved(api: Api, shop: Shop) -> None:
    path = f"/contests/{make_shop().contest.pk}/refunds"
    assert api.call(shop, "POST", path, {"orderId": "#1", "refundId": "r1", "amount": 0}).status_code == 404
    public = {"orderId": "#1", "refundId": "r1"}
    assert api.call(shop, "POST", path, public, key=shop.public_key).status_code == 403
    assert saved_refunds() == []


@pytest.mark.parametrize(
    ("order", "received", "response"),
    [
        ("JPY", "JPY", "applied"),
        ("JPY", "jpy", "applied"),
        ("EUR", None, "applied"),
        ("EUR", "USD", "The order is in EUR; send the amount in EUR, not in USD."),
        ("USD", "JPY", "The order is in USD; send the amount in USD, not in JPY."),
        ("KWD", "BHD", "The order is in KWD; send the amount in KWD, not in BHD."),
        ("GBP", "gbx", None),
        ("CAD", "AUD", "The order is in CAD; send the amount in CAD, not in AUD."),
    ],
)
def test_a_refund_needs_the_currency_of_its_order_also_if_pending(
    api: Api, shop: Shop, order: str, received: str | None, response: str | None
) -> None:
    record(shop, "500", order_id="#1", currency=order)
    direct, pending = (send(api, shop, order_id, amount=100, currency=received) for order_id in ("#1", "#2"))
    record(shop, "500", order_id="#2", currency=order)
    first, second = Purchase.objects.order_by("order_id")
    if response == "applied":
        assert (direct.status_code, pending.status_code) == (201, 404)
        assert (first.refunded_amount, second.refunded_amount) == (Decimal(100), Decimal(100))
        return
    assert (first.refunded_amount, second.refunded_amount) == (Decimal(0), Decimal(0))
    assert (direct.status_code, direct.json()["code"]) == (400, "invalid_request_body")
    assert direct.json()["details"][0]["field"] == "currency"
    if response is not None:  # else it is no currency, and nothing is pending
        assert direct.json()["details"] == [{"field": "currency", "message": response}]
        assert pending.status_code == 404
        assert saved_refunds(order_id="#2") == [("r1", "refused", response)]


def test_a_repeated_refund_in_another_currency_names_the_difference(api: Api, shop: Shop) -> None:
    record(shop, "30.00", order_id="#1")
    send(api, shop, "#1", amount=10)
    repeat = send(api, shop, "#1", amount=1000, currency="JPY")
    assert repeat.status_code == 200
    assert repeat.json()["data"]["differences"] == {
        "amount": {"recorded": 10.0, "received": 1000},
        "currency": {"recorded": "USD", "received": "JPY"},
    }


@pytest.mark.parametrize(
    ("first", "text"),
    [
        ({"amount": 3}, "3"),
        ({"amount": 100}, "100"),
        ({"amount": 49.9}, "49.9"),
        ({"amount": 0.1234}, "0.1234"),
        ({"amount": 3, "currency": "USD"}, "3.00"),
        ({"amount": 300, "currency": "JPY"}, "300"),
        ({"amount": 3, "currency": "KWD"}, "3.000"),
        ({}, "absent"),
    ],
)
def test_the_amount_of_a_pending_refund_has_the_digits_of_its_currency(
    api: Api, shop: Shop, first: dict[str, Any], text: str
) -> None:
    send(api, shop, "#1", **first)
    (detail,) = send(api, shop, "#1", amount=7).json()["details"]
    assert detail == {"field": "amount", "message": f"Received before as {text}, which stands."}


@pytest.mark.parametrize(
    ("first", "later", "fields"),
    [
        ({"amount": 10}, {"amount": 10.0}, []),
        ({"amount": 10}, {"amount": 11}, ["amount"]),
        ({"amount": 10}, {}, []),
        ({}, {"amount": 10}, ["amount"]),
        ({"currency": "USD", "amount": 10}, {"currency": "EUR", "amount": 10}, ["currency"]),
        ({"amount": 10}, {"currency": "EUR", "amount": 10}, ["currency"]),
        ({"currency": "JPY", "amount": 10.4}, {"currency": "JPY", "amount": 10}, []),
    ],
)
def test_the_first_receipt_of_a_pending_refund_decides(
    api: Api, shop: Shop, first: dict[str, Any], later: dict[str, Any], fields: list[str]
) -> None:
    send(api, shop, "#1", **first)
    before = PendingRefund.objects.values().get()
    response = send(api, shop, "#1", **later)
    assert (response.status_code, response.json()["code"]) == (404, "purchase_not_found")
    assert [detail["field"] for detail in response.json().get("details", [])] == fields
    assert PendingRefund.objects.values().get() == before


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(0, "USD"), (-1, "EUR"), (-0.01, "USD"), (0.0049, "GBP"), (0.49, "JPY"), (0.0004, "KWD"), (1e-9, "CLF")],
)
def test_an_amount_that_is_not_positive_has_the_same_code_everywhere(
    api: Api, shop: Shop, amount: float, currency: str
) -> None:
    record(shop, "500", order_id="#1", currency=currency)
    order = shop.order(amount=amount, currency=currency)
    path = f"/contests/{shop.contest.pk}"
    responses = {
        "record": api.record(shop, order),
        "preview": api.call(shop, "POST", f"{path}/purchases/preview", order),
        "refund": send(api, shop, "#1", amount=amount),
        "refund in the currency": send(api, shop, "#1", "r2", amount=amount, currency=currency),
        "early refund": send(api, shop, "#2", amount=amount, currency=currency),
    }
    codes = {name: (response.status_code, response.json()["code"]) for name, response in responses.items()}
    assert codes == dict.fromkeys(responses, (400, "amount_not_positive"))
    assert all(response.json()["details"][0]["field"] == "amount" for response in responses.values())
    batch = api.call(shop, "POST", f"{path}/purchases/batch", {"purchases": [order]}).json()["data"]["results"]
    assert [row["code"] for row in batch] == ["amount_not_positive"]
    assert PointTransaction.objects.count() == 1


def test_malformed_refunds_have_a_daily_limit_per_key(shop: Shop, settings: Any) -> None:
    settings.REJECTED_PURCHASES_PER_KEY_AND_DAY = 2
    for number in range(4):
        response = Client().post(
            f"/api/v1/contests/{shop.contest.pk}/refunds",
            {"orderId": "#1", "refundId": number, "amount": "x"},
            content_type="application/json",
            headers={"x-api-key": shop.private_key},
        )
        assert response.status_code == 400
    assert len(saved_refunds()) == 2


@pytest.mark.parametrize("key", ["private", "public"])
def test_a_refund_with_a_huge_amount_is_refused_and_saved(api: Api, shop: Shop, key: str) -> None:
    amounts = ["1e9999999", "-1e999999", "1e-999999", "9" * 200, "1e400", '"1e9999999"']
    secret = shop.private_key if key == "private" else shop.public_key
    headers = {"x-api-key": secret, "Content-Type": "application/json"}
    for number, amount in enumerate(amounts, 1):
        body = f'{{"orderId": "o{number}", "refundId": "r{number}", "amount": {amount}}}'.encode()
        response = api.post(f"/api/v1/contests/{shop.contest.pk}/refunds", data=body, headers=headers)
        assert response.status_code in ((400, 404) if key == "private" else (403,)), amount
        assert PendingRefund.objects.count() == number, amount


def test_a_public_key_overwrites_nothing_that_the_shop_sent(api: Api, shop: Shop) -> None:
    record(shop, order_id="o1", amount="10.00")
    assert send(api, shop, "o1", amount=99, reason="The shop's").status_code == 409
    url, body = f"/contests/{shop.contest.pk}/refunds", {"orderId": "o1", "refundId": "r1", "reason": "A stranger's"}
    assert api.call(shop, "POST", url, body, key=shop.public_key).status_code == 403
    row = PendingRefund.objects.get()
    assert (row.reason, row.amount) == ("The shop's", Decimal(99))
