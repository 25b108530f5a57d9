"""Changing entries over the API: what null and empty text do, what is taken, and points by hand sent again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Phone
from contests.models import Entry, PointTransaction
from contests.services import create_entry, update_entry
from purchases.models import Purchase
from tests.support import Api, Shop, hold, make_shop

NUMBER = "+1 555 000 9999"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def by_phone(api: Api, shop: Shop, number: str = NUMBER, **fields: Any) -> Any:
    answer = api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", {"phone": number} | fields)
    assert answer.ok, answer.text
    return answer.json()["data"]


def put(api: Api, shop: Shop, body: Any, entry_id: str = "") -> Any:
    return api.call(shop, "PUT", f"/entries/{entry_id or shop.entry.pk}", body)


def test_eight_calls_at_once_with_one_number_make_one_entry(api: Api, shop: Shop) -> None:
    numbers = ["+1 555 0009", "+15550009", "tel:+1-555-0009", "+1 (0)555 0009", "+1.555.0009", "+1 555/0009"] * 2
    assert api.call(shop, "GET", "/key").ok  # the test's own copy of the description is made before the threads start
    with ThreadPoolExecutor(8) as threads:
        created = list(threads.map(lambda number: by_phone(Api(api.base_url), shop, number), numbers))
    assert len({entry["id"] for entry in created}) == 1
    assert sorted(entry["alreadyExists"] for entry in created) == [False] + [True] * 11


class TestChanges:
    @pytest.mark.parametrize(
        ("body", "changed"),
        [
            ({"name": None}, {"name": ""}),
            ({"name": ""}, {"name": ""}),
            ({"name": "  Ada King "}, {"name": "Ada King"}),
            ({"phone": None}, {"phone": None}),
            ({"phone": ""}, {"phone": None}),
            ({"phone": " +49 (0)30 12345 "}, {"phone": "+49 (0)30 12345"}),
            ({"email": None}, {"email": None}),
            ({"email": ""}, {"email": None}),
            ({"email": " New@Example.com "}, {"email": "New@Example.com"}),
            ({"email": None, "phone": "030 / 12345"}, {"email": None, "phone": "030 / 12345"}),
            ({"emailConfirmed": None}, {}),
            ({"emailConfirmed": ""}, {}),
            ({"name": "\u200b Ada King\ufeff"}, {"name": "Ada King"}),
            ({"phone": "\u202a+49 30 12345\u202c"}, {"phone": "+49 30 12345"}),
            ({"name": " \u200b"}, {"name": ""}),
            ({"emailConfirmed": False}, {"emailConfirmed": False}),
            ({}, {}),
            ({"note": "x"}, {}),
        ],
    )
    def test_only_sent_fields_change(self, api: Api, shop: Shop, body: Any, changed: dict[str, Any]) -> None:
        update_entry(shop.entry, {"phone": Phone.parse(NUMBER)}, audit=AuditContext())
        before = api.call(shop, "GET", f"/entries/{shop.entry.pk}").json()["data"]
        answer = put(api, shop, body)
        assert (answer.status_code, answer.json()["data"]) == (200, before | changed)
        assert api.call(shop, "GET", f"/entries/{shop.entry.pk}").json()["data"] == before | changed

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"email": None}, "email"),
            ({"email": ""}, "email"),
            ({"email": None, "phone": None}, "email"),
            ({"email": "", "phone": " "}, "email"),
            ({"email": "nonsense"}, "email"),
            ({"email": ["a@example.com"]}, "email"),
            ({"phone": "N/A"}, "phone"),
            ({"phone": "+1 55"}, "phone"),
            ({"phone": True}, "phone"),
            ({"emailConfirmed": "no"}, "emailConfirmed"),
        ],
    )
    def test_a_refused_change_names_its_field(self, api: Api, shop: Shop, body: Any, field: str) -> None:
        answer = put(api, shop, {"name": "Other"} | body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request_body")
        assert answer.json()["details"][0]["field"] == field
        assert Entry.objects.get(pk=shop.entry.pk).name == "Ada"

    @pytest.mark.parametrize("phone", [None, "", " "])
    def test_the_only_contact_is_not_cleared(self, api: Api, shop: Shop, phone: Any) -> None:
        entry = by_phone(api, shop)
        answer = put(api, shop, {"phone": phone}, entry["id"])
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "phone")
        assert put(api, shop, {"phone": phone, "email": "new@example.com"}, entry["id"]).json()["data"]["phone"] is None

    @pytest.mark.parametrize("number", ["+15550009999", "tel:+1-555-000-9999", "+1 (0)555 000 9999"])
    def test_a_taken_number_is_409(self, api: Api, shop: Shop, number: str) -> None:
        by_phone(api, shop)
        entry = by_phone(api, shop, "+49 30 12345")
        answer = put(api, shop, {"phone": number}, entry["id"])
        assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")
        assert Entry.objects.get(pk=entry["id"]).phone == "+49 30 12345"
        assert put(api, shop, {"phone": number}).status_code == 200, "whoever has an address may share a number"
        assert put(api, shop, {"email": None}).json()["code"] == "phone_taken"

    def test_an_entrys_own_number_is_not_taken(self, api: Api, shop: Shop) -> None:
        entry = by_phone(api, shop)
        answer = put(api, shop, {"phone": "+15550009999"}, entry["id"])
        assert (answer.status_code, answer.json()["data"]["phone"]) == (200, "+15550009999")

    @pytest.mark.parametrize("email", ["grace@example.com", " GRACE@Example.COM "])
    def test_a_taken_email_is_409(self, api: Api, shop: Shop, email: str) -> None:
        create_entry(shop.contest, "Grace@example.com")
        create_entry(make_shop("eve@example.com").contest, "free@example.com")
        answer = put(api, shop, {"email": email, "name": "Other"})
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
        assert Entry.objects.get(pk=shop.entry.pk).name == "Ada"
        assert put(api, shop, {"email": "free@example.com"}).status_code == 200

    def test_two_changes_to_one_email_at_once(self, api: Api, shop: Shop) -> None:
        entries = [shop.entry, *(create_entry(shop.contest, f"e{number}@example.com") for number in range(5))]
        with ThreadPoolExecutor(6) as threads:
            answers = threads.map(
                lambda entry: put(Api(api.base_url), shop, {"email": "one@example.com"}, entry.pk), entries
            )
            assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5

    def test_held_orders_of_a_new_email_are_recorded(self, api: Api, shop: Shop) -> None:
        hold(shop, "New@example.com", order_id="#1")
        hold(shop, "other@example.com", order_id="#2")
        answer = put(api, shop, {"email": "new@EXAMPLE.com"})
        assert (answer.status_code, answer.json()["data"]["points"]) == (200, 50)
        assert Purchase.objects.get().entry_id == shop.entry.pk
        assert (
            api.call(
                shop, "GET", "/entries/lookup", params={"contestId": shop.contest.pk, "email": "new@example.com"}
            ).json()["data"]["id"]
            == shop.entry.pk
        )

    def test_held_orders_are_recorded_after_a_cut_off_call(self, api: Api, shop: Shop) -> None:
        held = hold(shop, "late@example.com", order_id="#1")
        type(held).objects.filter(pk=held.pk).update(email=shop.entry.email, email_key=shop.entry.email_key)
        assert put(api, shop, {"email": shop.entry.email}).json()["data"]["points"] == 50

    def test_orders_match_the_new_email_and_not_the_old(self, api: Api, shop: Shop) -> None:
        old = shop.entry.email
        put(api, shop, {"email": "new@example.com"})
        assert api.record(shop, shop.order(email="NEW@example.com")).status_code == 201
        assert api.record(shop, shop.order(email=old)).json()["code"] == "entry_not_found"

    def test_a_changed_email_is_logged_without_its_value(self, api: Api, shop: Shop) -> None:
        put(api, shop, {"email": "new@example.com", "phone": NUMBER, "name": "A", "emailConfirmed": False})
        line = AuditEvent.objects.get(object_id=shop.entry.pk)
        assert line.after == {"email": "changed", "name": "changed", "phone": "changed", "email_confirmed": False}


class TestPointsByHand:
    FIRST = {"points": 30, "reason": "Welcome", "adjustmentId": "w1"}

    @pytest.mark.parametrize(
        ("changes", "differences"),
        [
            ({}, None),
            ({"reason": " Welcome "}, None),
            ({"points": 40}, {"points": {"recorded": 30, "received": 40}}),
            ({"points": -30}, {"points": {"recorded": 30, "received": -30}}),
            ({"points": -31}, {"points": {"recorded": 30, "received": -31}}),
            ({"reason": "welcome"}, {"reason": {"recorded": "Welcome", "received": "welcome"}}),
            (
                {"points": 1, "reason": "Other"},
                {
                    "points": {"recorded": 30, "received": 1},
                    "reason": {"recorded": "Welcome", "received": "Other"},
                },
            ),
        ],
    )
    def test_a_repeated_adjustment_reports_differences(
        self, api: Api, shop: Shop, changes: dict[str, Any], differences: Any
    ) -> None:
        path = f"/entries/{shop.entry.pk}/points"
        first = api.call(shop, "POST", path, self.FIRST).json()["data"]
        answer = api.call(shop, "POST", path, self.FIRST | changes)
        assert answer.status_code == 200
        expected = first | {"alreadyExists": True, "message": "Points already adjusted"}
        assert answer.json()["data"] == expected | ({"differences": differences} if differences else {})
        assert "differences" not in first
        assert PointTransaction.objects.count() == 1

    def test_adjustment_ids_are_per_entry(self, api: Api, shop: Shop) -> None:
        other = create_entry(shop.contest, "b@example.com")
        for entry in (shop.entry, other):
            answer = api.call(shop, "POST", f"/entries/{entry.pk}/points", self.FIRST).json()["data"]
            assert (answer["alreadyExists"], answer["balance"]) == (False, 30)
