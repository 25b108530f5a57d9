"""A batch is its orders recorded one by one: the same rows, awards and refusals, in a few statements."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from apikeys.models import ApiKey
from contests.models import Entry, PointTransaction
from contests.services import create_entry
from purchases.models import Purchase, RejectedPurchase
from tests.profiles import times
from tests.purchases.orders import faults
from tests.support import Api, Shop, hold, make_pending_refund, make_shop, record, set_rules

SIZE, BATCHES, WORKERS = 500, 20, 8
SIZE_AT_ONCE = times(100, SIZE)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def send(api: Api, shop: Shop, purchases: Any, **options: Any) -> Any:
    path = f"/contests/{shop.contest.pk}/purchases/batch"
    return api.call(shop, "POST", path, {"purchases": purchases}, **options)


def test_each_row_has_its_result_in_order(api: Api, shop: Shop) -> None:
    existing = api.record(shop, shop.order(orderId="known")).json()["data"]
    rows = [
        shop.order(orderId="new", amount=10),
        shop.order(orderId="known", amount=1),
        shop.order(orderId="late", email="late@example.com"),
        shop.order(orderId="text", amount="10"),
        shop.order(orderId="zero", amount=0),
        shop.order(orderId="new", amount=11),
        7,
        shop.order(orderId=...),
    ]
    response = send(api, shop, rows).json()["data"]
    results = response["results"]
    assert [row["index"] for row in results] == list(range(8))
    assert [(row["orderId"], row["status"], row.get("code")) for row in results] == [
        ("new", "recorded", None),
        ("known", "duplicate", None),
        ("late", "rejected", "entry_not_found"),
        ("text", "rejected", "invalid_request_body"),
        ("zero", "rejected", "amount_not_positive"),
        ("new", "duplicate", None),
        (None, "rejected", "invalid_request_body"),
        (None, "rejected", "invalid_request_body"),
    ]
    assert response["counts"] == {"recorded": 1, "duplicate": 2, "rejected": 5}
    assert (results[0]["pointsAwarded"], results[1]["pointsAwarded"]) == (10, 0)
    assert results[1]["purchaseId"] == existing["purchaseId"]
    assert results[5]["purchaseId"] == results[0]["purchaseId"]
    assert results[3]["details"][0]["field"] == "amount"
    assert set(RejectedPurchase.objects.values_list("order_id", "state")) == {
        ("late", "held"), ("text", "rejected"), ("zero", "rejected"),
    }  # fmt: skip
    assert [row.amount for row in Purchase.objects.get(order_id="new").differing_duplicates.all()] == [11]
    assert faults() == []


def test_a_batch_sent_again_changes_nothing(api: Api, shop: Shop) -> None:
    rows = [shop.order(amount=10) for _ in range(20)] + [shop.order(email="late@example.com")]
    first, repeat = (send(api, shop, rows).json()["data"] for _ in range(2))
    assert first["counts"] == {"recorded": 20, "duplicate": 0, "rejected": 1}
    assert repeat["counts"] == {"recorded": 0, "duplicate": 20, "rejected": 1}
    assert [row.get("purchaseId") for row in first["results"]] == [row.get("purchaseId") for row in repeat["results"]]
    assert Entry.objects.get().points == 200
    assert RejectedPurchase.objects.get().times == 2


def test_a_batch_scores_as_single_calls_do(api: Api, shop: Shop) -> None:
    other = make_shop()
    amounts = [30, 40.5, 3, 100, 7.25]
    for each in (shop, other):
        rules = ({"points_per_unit": 1}, {"fixed_points": 50, "first_purchase_only": True})
        set_rules(each.contest, *rules, cap_per_entry=160, cap_per_purchase=90)
    together = send(api, shop, [shop.order(orderId=f"o{n}", amount=amount) for n, amount in enumerate(amounts)])
    alone = [
        api.record(other, other.order(orderId=f"o{n}", amount=amount)).json()["data"]["pointsAwarded"]
        for n, amount in enumerate(amounts)
    ]
    assert [row["pointsAwarded"] for row in together.json()["data"]["results"]] == alone
    rows, other_rows = (
        [
            (row.order_id, row.points_awarded, row.scoring, row.explain()["sentence"], row.order_key, row.email_key)
            for row in Purchase.objects.filter(contest=each.contest).order_by("order_id")
        ]
        for each in (shop, other)
    )
    for row, as_alone in zip(rows, other_rows, strict=True):
        for scoring in (row[2], as_alone[2]):
            scoring["parts"] = list(scoring["parts"].values())  # the rules have other ids
        assert row == as_alone


def test_a_batch_records_held_orders_and_applies_pending_refunds(api: Api, shop: Shop) -> None:
    hold(shop, "late@example.com", order_id="held")
    make_pending_refund(shop)
    set_rules(shop.contest, {"points_per_unit": 7})
    create_entry(shop.contest, "late@example.com")
    rows = [shop.order(orderId="held", email="late@example.com"), shop.order(orderId="not-yet", amount=10)]
    results = send(api, shop, rows).json()["data"]["results"]
    assert [row["pointsAwarded"] for row in results] == [50, 70]
    assert RejectedPurchase.objects.get().state == "recorded"
    assert Purchase.objects.get(order_id="not-yet").status == "refunded"
    assert faults() == []


def test_a_pending_refund_leaves_room_under_a_cap_as_in_single_calls(api: Api, shop: Shop) -> None:
    set_rules(shop.contest, {"points_per_unit": 1}, cap_per_entry=100)
    make_pending_refund(shop)
    rows = [shop.order(orderId="not-yet", amount=100), shop.order(orderId="b", amount=100)]
    results = send(api, shop, rows).json()["data"]["results"]
    assert [row["pointsAwarded"] for row in results] == [100, 100]
    assert (Entry.objects.get().points, faults()) == (100, [])


def test_an_order_twice_in_a_batch_is_recorded_if_the_second_has_an_entry(api: Api, shop: Shop) -> None:
    rows = [shop.order(orderId="a", email="late@example.com"), shop.order(orderId="a"), shop.order(orderId="a")]
    results = send(api, shop, rows).json()["data"]["results"]
    assert [row["status"] for row in results] == ["rejected", "recorded", "duplicate"]
    assert RejectedPurchase.objects.get().state == "recorded"


def test_a_rejection_is_closed_if_the_same_batch_records_the_order(api: Api, shop: Shop) -> None:
    send(api, shop, [shop.order(orderId="a", amount=0), shop.order(orderId="a")])
    assert RejectedPurchase.objects.get().state == "recorded"


def test_two_concurrent_batches_with_the_same_order_ids_do_not_deadlock(api: Api, shop: Shop) -> None:
    create_entry(shop.contest, "grace@example.com")
    for round_number in range(3):
        rows = [shop.order(orderId=f"{round_number}-{n}", amount=10) for n in range(300)]
        other_rows = [order | {"email": "grace@example.com"} for order in reversed(rows)]
        with ThreadPoolExecutor(2) as workers:
            responses = list(workers.map(lambda batch: send(Api(api.base_url), shop, batch), [rows, other_rows]))
        assert [response.status_code for response in responses] == [200, 200]
    assert Purchase.objects.count() == 900
    assert faults() == []


def test_a_pending_refund_larger_than_any_amount_is_refused(api: Api, shop: Shop) -> None:
    body = {"orderId": "none", "refundId": "r", "amount": 999999999999.99999}
    response = api.call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", body)
    assert response.status_code in (400, 409)


@pytest.mark.parametrize("purchases", [None, [], {}, "x", [{}] * 501])
def test_an_invalid_list_is_refused(api: Api, shop: Shop, purchases: Any) -> None:
    response = send(api, shop, purchases)
    assert (response.status_code, response.json()["details"][0]["field"]) == (400, "purchases")


def test_a_batch_may_be_larger_than_other_calls(api: Api, shop: Shop) -> None:
    rows = [shop.order(orderId=f"{n}-{'x' * 200}") for n in range(SIZE)]
    assert send(api, shop, rows).json()["data"]["counts"]["recorded"] == SIZE
    path = f"{api.base_url}/api/v1/contests/{shop.contest.pk}/purchases/batch"
    headers = {"x-api-key": shop.private_key, "Content-Type": "application/json"}
    assert api.session.post(path, data=b"x" * (1024 * 1024 + 1), headers=headers, timeout=30).status_code == 413


def test_a_full_batch_takes_a_few_statements(shop: Shop, django_assert_max_num_queries: Any) -> None:
    ApiKey.objects.update(rate_limit=6000)
    rows = [shop.order() for _ in range(SIZE)]
    url = f"/api/v1/contests/{shop.contest.pk}/purchases/batch"
    with django_assert_max_num_queries(16):
        response = Client().post(
            url, {"purchases": rows}, content_type="application/json", headers={"x-api-key": shop.private_key}
        )
    assert response.json()["data"]["counts"]["recorded"] == SIZE


def test_orders_of_many_concurrent_batches_are_recorded_once(api: Api, shop: Shop) -> None:
    """Each batch by two workers at once, with entries and orders that meet those of other batches."""
    emails = [create_entry(shop.contest, f"e{n}@example.com").email for n in range(100)]
    total = SIZE_AT_ONCE * BATCHES
    orders = [{"email": emails[n % 100], "orderId": f"o{n}", "amount": 10} for n in range(total)]
    batches = [orders[start : start + SIZE_AT_ONCE] for start in range(0, total, SIZE_AT_ONCE)]
    with ThreadPoolExecutor(WORKERS) as workers:
        answers = list(workers.map(lambda rows: send(Api(api.base_url), shop, rows), [*batches, *batches]))
    assert {response.status_code for response in answers} == {200}
    counts = [response.json()["data"]["counts"] for response in answers]
    assert sum(count["recorded"] for count in counts) == total
    assert sum(count["duplicate"] for count in counts) == total
    assert Purchase.objects.count() == PointTransaction.objects.count() == total
    assert {entry.points for entry in Entry.objects.exclude(email=shop.entry.email)} == {total * 10 // 100}
    assert faults() == []


def test_concurrent_batches_and_single_calls_record_each_order_once(api: Api, shop: Shop) -> None:
    rows = [shop.order(orderId=f"o{n}", amount=10) for n in range(100)]
    with ThreadPoolExecutor(WORKERS) as workers:
        together = [workers.submit(send, Api(api.base_url), shop, rows) for _ in range(3)]
        alone = [workers.submit(Api(api.base_url).record, shop, row) for row in rows]
    assert {call.result().status_code for call in together} == {200}
    assert {call.result().status_code for call in alone} <= {200, 201}
    assert Purchase.objects.count() == 100
    assert Entry.objects.get().points == 1000
    assert record(shop, order_id="o1").already_exists
    assert faults() == []
