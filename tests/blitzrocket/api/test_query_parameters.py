"""Query parameters: on lists an unknown, repeated or empty one is refused; elsewhere unknown ones are ignored."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from blitzrocket.emails import Email
from contests.services import create_entry
from purchases.models import Purchase
from tests.openapi import description
from tests.support import Api, Shop, make_shop, record

LISTS = {
    "purchases": [
        "page", "limit", "cursor", "orderId", "email", "entryId", "currency", "status", "to", "purchasedFrom",
        "purchasedTo", "sort", "from",
    ],
    "entries": ["page", "limit", "cursor", "search", "email"],
    "leaderboard": ["limit"],
    "": ["page", "limit", "cursor"],
}  # fmt: skip


def path_of(shop: Shop, of: str) -> str:
    return f"/api/v1/contests/{shop.contest.pk}/{of}" if of else "/api/v1/contests"


def get(shop: Shop, of: str, query: str = "", key: str = "") -> Any:
    """The answer of a list; the query stands in the address as it is written here."""
    return Client().get(f"{path_of(shop, of)}?{query}", headers={"x-api-key": key or shop.private_key})


def refused(answer: Any) -> dict[str, str]:
    """What each refused parameter is told."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid_query_parameter"), body
    return {detail["field"]: detail["message"] for detail in body["details"]}


@pytest.mark.parametrize("of", LISTS)
class TestNames:
    def test_an_unknown_parameter_is_refused_with_the_known_names(self, shop: Shop, of: str) -> None:
        for name in ("per_page", "Limit", "limits", "filter[status]", "utm", "apikey", "__", "page ", ""):
            encoded = name.replace(" ", "%20")
            messages = refused(get(shop, of, f"{encoded}=1"))
            assert list(messages) == [name]
            assert messages[name].endswith(f"there are {', '.join(LISTS[of])}."), name

    def test_parameters_of_caches_and_campaigns_are_ignored(self, shop: Shop, of: str) -> None:
        for query in ("_=17", "_=1&_=2", "utm_source=a&utm_medium=b", "utm_=", "utm_source=a&utm_source=b"):
            assert get(shop, of, query).status_code == 200, query

    def test_a_key_in_the_url_is_not_an_unknown_parameter(self, shop: Shop, of: str) -> None:
        if of != "purchases":
            assert Client().get(f"{path_of(shop, of)}?apiKey={shop.public_key}").status_code == 200

    @pytest.mark.parametrize("query", ["limit=5&limit=5", "limit=5&x=1&limit=6", "limit=&limit="])
    def test_a_repeated_parameter_is_refused_by_name(self, shop: Shop, of: str, query: str) -> None:
        assert "limit" in refused(get(shop, of, query))

    def test_a_missing_contest_comes_before_parameters(self, shop: Shop, of: str) -> None:
        if of:
            answer = Client().get(f"/api/v1/contests/none/{of}?x=1", headers={"x-api-key": shop.private_key})
            assert answer.json()["code"] == "contest_not_found"

    def test_the_parameters_are_those_of_the_description(self, of: str) -> None:
        path = f"/api/v1/contests/{{contestId}}/{of}" if of else "/api/v1/contests"
        operation = description()["paths"][path]["get"]
        described = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        assert described == set(LISTS[of])


class TestElsewhere:
    """On single rows and on writing calls an unknown or repeated parameter is ignored."""

    def test_reading_one_object_ignores_unknown_parameters(self, shop: Shop) -> None:
        recorded = record(shop)
        paths = (
            f"/contests/{shop.contest.pk}?",
            f"/contests/{shop.contest.pk}/analytics?",
            f"/contests/{shop.contest.pk}/purchases/{recorded.purchase_id}?",
            f"/entries/{shop.entry.pk}?",
            "/key?",
            f"/entries/lookup?contestId={shop.contest.pk}&email=ada@example.com&",
        )
        client, key = Client(), {"x-api-key": shop.private_key}
        for path, query in product(paths, ("x=1", "limit=0", "status=a&status=b", "sort=", "cursor=x")):
            assert client.get(f"/api/v1{path}{query}", headers=key).status_code == 200, (path, query)

    @pytest.mark.parametrize("query", ["x=1", "explain=true&explain=false", "page=0"])
    def test_writing_ignores_unknown_parameters(self, shop: Shop, query: str) -> None:
        for path, body in (("purchases", shop.order()), ("entries", {"email": "new@example.com"})):
            answer = Client().post(
                f"{path_of(shop, path)}?{query}", body, "application/json", headers={"x-api-key": shop.private_key}
            )
            assert answer.status_code == 201, answer.content


FILTERS = [
    *(("purchases", name) for name in LISTS["purchases"]),
    *(("entries", name) for name in LISTS["entries"] if name != "search"),
    ("leaderboard", "limit"), ("", "page"), ("", "limit"), ("", "cursor"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "name"), FILTERS)
def test_an_empty_filter_is_refused(shop: Shop, of: str, name: str) -> None:
    """A script with an empty variable would get everything."""
    message = {name: "It is empty; write a value, or leave the parameter out."}
    for value in ("", "%20", "+", "%09", "%E2%80%8B", "%EF%BB%BF%20"):
        assert refused(get(shop, of, f"{name}={value}")) == message, value


@pytest.mark.parametrize("value", ["", "%20%20", "%E2%80%8B"])
def test_an_empty_search_finds_all(shop: Shop, value: str) -> None:
    for key in (shop.private_key, shop.public_key):
        assert len(get(shop, "entries", f"search={value}", key).json()["data"]) == 1


def test_all_errors_are_reported_at_once(shop: Shop) -> None:
    assert list(refused(get(shop, "purchases", "x=1&status=&currency=XAU1&limit=101&sort=id"))) == ["x", "status"]
    assert list(refused(get(shop, "purchases", "x=1&currency=XAU1&limit=101&sort=id"))) == [
        "x", "limit", "currency", "sort",
    ]  # fmt: skip


FOUND_PURCHASES = [
    ("currency=eur", "1"), ("currency=%20Eur%20", "1"), ("currency=usd", "32"), ("currency=jpy", ""),
    ("orderId=%202%20", "2"), ("orderId=02", ""),
    ("email=grace+shop@example.com", "2"), ("email=GRACE%2Bshop@Example.com", "2"),
    ("email=grace%20shop@example.com%20", "2"), ("email=graceshop@example.com", ""),
    ("status=recorded", "321"), ("status=voided", ""),
    ("sort=-createdAt", "321"), ("sort=purchasedAt", "231"), ("sort=-purchasedAt", "132"),
    ("sort=purchasedAt&currency=usd", "23"),
]  # fmt: skip
IMPOSSIBLE_VALUES = [
    ("email", "nobody"), ("email", "@example.com"), ("email", "a@b"),
    ("email", "ada@example.com,x@example.com"), ("email", "*"),
    ("currency", "US"), ("currency", "USDX"), ("currency", "%EF%BC%B5SD"), ("status", "paid"),
    ("status", "recorded,voided"), ("sort", "amount"), ("sort", "createdAt"), ("from", "2026-01-01"),
    ("purchasedTo", "now"), ("entryId", "%00"), ("entryId", "x" * 65), ("orderId", "%00"),
    ("orderId", "x" * 256), ("limit", "1e1"), ("limit", "٥"), ("page", "0"),
]  # fmt: skip


class TestPurchases:
    @pytest.fixture
    def shop(self, shop: Shop) -> Shop:
        """Three orders of two people, bought in another order than they were recorded in."""
        now = timezone.now()
        grace = create_entry(shop.contest, "grace+shop@example.com")
        record(shop, order_id="1", currency="EUR", purchased_at=now - timedelta(days=1))
        record(shop, order_id="2", purchased_at=now - timedelta(days=3), email=Email.parse(grace.email))
        record(shop, order_id="3", purchased_at=now - timedelta(days=2))
        return shop

    def test_purchases_have_filters_and_an_order(self, shop: Shop) -> None:
        for query, order_ids in FOUND_PURCHASES:
            answer = get(shop, "purchases", query)
            assert answer.status_code == 200, (query, answer.content)
            assert [row["orderId"] for row in answer.json()["data"]] == list(order_ids), query
            assert answer.json()["pagination"]["total"] == len(order_ids), query

    def test_purchases_are_filtered_by_entry(self, shop: Shop) -> None:
        rows = get(shop, "purchases", f"entryId={shop.entry.pk}").json()["data"]
        assert [row["orderId"] for row in rows] == ["3", "1"]
        assert get(shop, "purchases", "entryId=entry_x").json()["data"] == []
        other = make_shop()
        record(other)
        assert get(shop, "purchases", f"entryId={other.entry.pk}").json()["data"] == []

    def test_purchases_are_filtered_by_time(self, shop: Shop) -> None:
        """From it on, and before it."""
        moment = get(shop, "purchases", "orderId=3").json()["data"][0]["purchasedAt"]
        Purchase.objects.filter(order_id="3").update(purchased_at=moment)  # without its microseconds
        for query, order_ids in ((f"purchasedFrom={moment}", "31"), (f"purchasedTo={moment}", "2")):
            rows = get(shop, "purchases", query).json()["data"]
            assert [row["orderId"] for row in rows] == list(order_ids)

    def test_an_impossible_value_is_refused(self, shop: Shop) -> None:
        for name, value in IMPOSSIBLE_VALUES:
            assert list(refused(get(shop, "purchases", f"{name}={value}"))) == [name], value


class TestEntries:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("email=ADA@example.com", 1), ("email=ada@example.com&search=ad", 1), ("email=x+y@example.com", 1),
            ("email=%20x%2By@example.com", 1), ("email=nobody@example.com", 0), ("email=ada@example.com&search=x", 0),
        ],
    )  # fmt: skip
    def test_entries_are_filtered_by_email(self, shop: Shop, query: str, count: int) -> None:
        create_entry(shop.contest, "x+y@example.com")
        assert len(get(shop, "entries", query).json()["data"]) == count

    def test_the_filter_by_email_needs_a_private_key(self, shop: Shop) -> None:
        answer = get(shop, "entries", "email=ada@example.com", shop.public_key)
        assert (answer.status_code, answer.json()["code"]) == (403, "private_key_required")

    @pytest.mark.parametrize("email", ["nobody", "a b c@", "ada@", "%E2%80%8B", "ada@example..com"])
    def test_a_look_up_without_an_email_is_refused(self, shop: Shop, email: str) -> None:
        address = f"/api/v1/entries/lookup?contestId={shop.contest.pk}&email={email}"
        assert list(refused(Client().get(address, headers={"x-api-key": shop.private_key}))) == ["email"]

    def test_a_look_up_parses_an_email_like_the_lists(self, shop: Shop) -> None:
        entry = create_entry(shop.contest, "x+y@example.com")
        address = f"/api/v1/entries/lookup?contestId={shop.contest.pk}&email=X+y@example.com"
        answer = Client().get(address, headers={"x-api-key": shop.private_key})
        assert answer.json()["data"]["id"] == entry.pk


@pytest.mark.parametrize(
    ("value", "is_explained"),
    [
        ("true", True), ("True", True), ("TRUE", True), ("1", True), (" true ", True), ("false", False),
        ("False", False), ("0", False), ("", False), ("yes", False), ("2", False), ("trueish", False), ("\0", False),
    ],
)  # fmt: skip
def test_an_invalid_explain_is_not_refused(shop: Shop, value: str, *, is_explained: bool) -> None:
    answer = Client().post(
        path_of(shop, "purchases"),
        shop.order(),
        "application/json",
        headers={"x-api-key": shop.private_key},
        query_params={"explain": value},
    )
    assert answer.status_code == 201
    assert ("explanation" in answer.json()["data"]) is is_explained


def test_a_time_in_any_zone_unencoded(api: Api, transactional_db: None) -> None:
    """What a list answers over HTTP is as it is described."""
    shop = make_shop()
    record(shop)
    path = f"/contests/{shop.contest.pk}/purchases?from=2020-01-01T00:00:00+02:00&to=2100-01-01T00:00:00Z"
    assert len(api.call(shop, "GET", path).json()["data"]) == 1
