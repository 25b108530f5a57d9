"""The list of a contest's refunds: made, pending and refused ones as one, page by page, while their states change."""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from purchases.api.queries import refunds_of
from purchases.models import PendingRefund, Refund
from purchases.services import void_purchase
from tests.purchases.orders import buy, refund, refund_early
from tests.support import Api, Shop, make_shop, record

_numbers = count(1)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def listed(api: Api, shop: Shop, **query: Any) -> Any:
    return api.call(shop, "GET", f"/contests/{shop.contest.pk}/refunds", params=query)


def list_refunds(api: Api, shop: Shop, **query: Any) -> list[dict[str, Any]]:
    response = listed(api, shop, **query)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["data"]
    return rows


def send(api: Api, shop: Shop, order_id: str, refund_id: str, **fields: Any) -> Any:
    body = {"orderId": order_id, "refundId": refund_id} | fields
    return api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body)


def test_each_state_has_its_members(api: Api, shop: Shop) -> None:
    purchase = buy(shop, "30.00", order_id="#1")
    send(api, shop, "#1", "made", amount=10.5, reason="Broken")
    send(api, shop, "#2", "pending", amount=5)
    send(api, shop, "#2", "all", currency="jpy")
    send(api, shop, "#1", "too much", amount=25)
    send(api, shop, "#3", "unreadable", amount="x")
    rows = list_refunds(api, shop)
    assert all(row.pop("createdAt").endswith("Z") for row in rows)
    assert rows == [
        {
            "refundId": "unreadable",
            "orderId": "#3",
            "pointsReversed": 0,
            "reason": "",
            "state": "refused",
            "problem": "amount: The amount must be a JSON number, without quotation marks: 49.99.",
        },
        {
            "refundId": "too much",
            "orderId": "#1",
            "purchaseId": purchase.pk,
            "amount": 25.0,
            "currency": "USD",
            "pointsReversed": 0,
            "reason": "",
            "state": "refused",
            "problem": "Only 19.50 USD of this order is left to refund.",
        },
        {
            "refundId": "all",
            "orderId": "#2",
            "currency": "JPY",
            "pointsReversed": 0,
            "reason": "",
            "state": "pending",
        },
        {"refundId": "pending", "orderId": "#2", "amount": 5, "pointsReversed": 0, "reason": "", "state": "pending"},
        {
            "refundId": "made",
            "orderId": "#1",
            "purchaseId": purchase.pk,
            "amount": 10.5,
            "currency": "USD",
            "pointsReversed": 10,
            "reason": "Broken",
            "state": "applied",
        },
    ]
    assert b'"amount":10.50' in listed(api, shop, state="applied").content


def test_a_refund_is_the_same_in_the_list_and_with_its_purchase(api: Api, shop: Shop) -> None:
    purchase = buy(shop, "30.00", order_id="#1")
    send(api, shop, "#1", "r1", amount=10)
    refund(purchase, "2.50")
    of_purchase = api.call(shop, "GET", f"/contests/{shop.contest.pk}/purchases/{purchase.pk}").json()["data"][
        "refunds"
    ]
    own = {"orderId": "#1", "purchaseId": purchase.pk, "state": "applied"}
    assert [own | row for row in reversed(of_purchase)] == list_refunds(api, shop)


def test_the_list_is_filtered(api: Api, shop: Shop) -> None:
    buy(shop, "30.00", order_id="#1")
    buy(shop, "30.00", order_id="#2")
    for order_id in ("#1", "#2", "#3"):
        send(api, shop, order_id, "r1", amount=5)
        send(api, shop, order_id, "r2", amount=0)
    other = make_shop("grace@example.com")
    refund(buy(other, order_id="#1"))
    refund_early(other, "#3")
    for query, rows in (
        ({}, ["#3 r2", "#3 r1", "#2 r2", "#2 r1", "#1 r2", "#1 r1"]),
        ({"orderId": "#1"}, ["#1 r2", "#1 r1"]),
        ({"orderId": " #3 "}, ["#3 r2", "#3 r1"]),
        ({"orderId": "#4"}, []),
        ({"state": "applied"}, ["#2 r1", "#1 r1"]),
        ({"state": "pending"}, ["#3 r1"]),
        ({"state": "refused"}, ["#3 r2", "#2 r2", "#1 r2"]),
        ({"state": "refused", "orderId": "#2"}, ["#2 r2"]),
        ({"state": "applied", "orderId": "#3"}, []),
        ({"state": "pending", "orderId": "#3", "limit": 1}, ["#3 r1"]),
    ):
        assert [f"{row['orderId']} {row['refundId']}" for row in list_refunds(api, shop, **query)] == rows, query
        if "limit" not in query:
            assert listed(api, shop, **query).json()["pagination"]["total"] == len(rows)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": ""}, "state"),
        ({"state": "waiting"}, "state"),
        ({"state": "Applied"}, "state"),
        ({"orderId": ""}, "orderId"),
        ({"orderId": "\u200b"}, "orderId"),
        ({"status": "applied"}, "status"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"refundId": "r1"}, "refundId"),
    ],
)
def test_invalid_parameters_are_refused(api: Api, shop: Shop, query: dict[str, str], field: str) -> None:
    response = listed(api, shop, **query)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query_parameter")
    assert [detail["field"] for detail in response.json()["details"]] == [field]


def test_the_list_needs_a_private_key_of_the_contests_team(api: Api, shop: Shop) -> None:
    path = f"/contests/{shop.contest.pk}/refunds"
    assert api.call(shop, "GET", path, key=shop.public_key).status_code == 403
    assert api.call(make_shop("grace@example.com"), "GET", path).status_code == 404


def all_by_cursor(api: Api, shop: Shop, between: Callable[[], None], **query: Any) -> list[str]:
    """The refund ids of all pages of two, with something happening between the pages."""
    rows: list[str] = []
    page = listed(api, shop, limit=2, **query).json()
    while True:
        rows += [row["refundId"] for row in page["data"]]
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            return rows
        between()
        page = listed(api, shop, limit=2, cursor=cursor, **query).json()
        assert (page["pagination"]["page"], page["pagination"]["totalPages"]) == (None, None)


def test_with_a_cursor_each_refund_comes_once_while_others_change(api: Api, shop: Shop) -> None:
    """A pending refund that is made meanwhile, and a refused one that comes rightly, keep their places."""
    for number in range(4):
        buy(shop, "30.00", order_id=f"known {number}")
        refund_early(shop, f"early {number}", "5", f"pending {number}")
        send(api, shop, f"known {number}", f"refused {number}", amount=99)
        send(api, shop, f"known {number}", f"made {number}", amount=1)
    expected = [f"{state} {number}" for number in (3, 2, 1, 0) for state in ("made", "refused", "pending")]
    steps = iter(range(4))

    def change() -> None:
        number = next(steps, None)
        send(api, shop, "another", f"new {next(_numbers)}", amount=1)
        if number is not None:
            record(shop, "30.00", order_id=f"early {number}")
            send(api, shop, f"known {number}", f"refused {number}", amount=2)

    assert all_by_cursor(api, shop, change) == expected
    states = {row["refundId"]: row["state"] for row in list_refunds(api, shop, limit=100)}
    assert {states[name] for name in expected} == {"applied"}


@pytest.mark.parametrize("state", ["applied", "pending", "refused"])
def test_with_a_cursor_within_a_state_new_refunds_move_nothing(api: Api, shop: Shop, state: str) -> None:
    order_id = {"applied": "known", "pending": "early", "refused": "known"}[state]
    buy(shop, "900.00", order_id="known")
    amount = 9999 if state == "refused" else 1

    def arrive() -> None:
        send(api, shop, order_id, f"r{next(_numbers)}", amount=amount)

    for _ in range(5):
        arrive()
    before = [row["refundId"] for row in list_refunds(api, shop, state=state)]
    assert len(before) == 5
    assert all_by_cursor(api, shop, arrive, state=state) == before


def test_pages_have_a_total(api: Api, shop: Shop) -> None:
    buy(shop, "30.00", order_id="#1")
    for number in range(3):
        send(api, shop, "#1", f"made {number}", amount=1)
        send(api, shop, "#2", f"pending {number}", amount=1)
    second = listed(api, shop, page=2, limit=4).json()
    assert [row["refundId"] for row in second["data"]] == ["pending 0", "made 0"]
    assert second["pagination"]["total"] == 6
    assert second["pagination"]["totalPages"] == 2


def test_a_refund_of_a_voided_order_is_listed_as_made(api: Api, shop: Shop) -> None:
    void_purchase(buy(shop, "30.00", order_id="#1"), audit=AuditContext())
    send(api, shop, "#1", "r1")
    (row,) = list_refunds(api, shop)
    assert (row["state"], row["amount"], row["pointsReversed"]) == ("applied", 30.0, 0)


def test_a_page_of_a_long_list_reads_only_its_rows_by_index(shop: Shop) -> None:
    """In no state is a table of refunds scanned or sorted."""
    purchase = buy(shop, "30.00")
    of_contest = {"contest": shop.contest, "received_at": timezone.now(), "refund_key": "R", "amount": Decimal(1)}
    pending_refunds = [
        PendingRefund(**of_contest, order_id=f"o{number}", order_key=f"O{number}", refund_id="r", state=state)
        for number in range(1000)
        for state in (("pending", "refused")[number % 2],)
    ]
    refunds = [
        Refund(
            **of_contest, order_id="#1", purchase=purchase, refund_id=f"r{number}", currency="USD", points_reversed=0
        )
        for number in range(1000)
    ]
    PendingRefund.objects.bulk_create(pending_refunds)
    Refund.objects.bulk_create(refunds)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE purchases_refund, purchases_pendingrefund")
    with transaction.atomic(), connection.cursor() as cursor:
        # In so small a table a scan may be cheaper by a hair; whether an index can do it is what matters.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        for query in ({}, {"state": "applied"}, {"state": "pending"}, {"state": "refused"}):
            for part in refunds_of(shop.contest, query):
                plan = part.filter(id__lt="refund_z").order_by("-id")[:21].explain()
                assert not re.search("Sort|Seq Scan on purchases_(refund|pendingrefund)", plan), plan
