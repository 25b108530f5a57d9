"""The contract of the record call, row by row, over HTTP against a running server."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.utils import timezone

from contests.models import Contest, Entry, PointTransaction
from contests.services import create_entry
from purchases.models import Purchase
from tests.support import Api, Shop, make_shop, set_rules

DIGITS = r"[0-9a-z]{26}"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def failure(response: requests.Response) -> tuple[int, str, str, str]:
    body = response.json()
    assert body["success"] is False
    assert body["requestId"] == response.headers["X-Request-Id"]
    return response.status_code, body["error"], body["message"], body["code"]


def fields_at_fault(response: requests.Response) -> list[str]:
    return sorted(detail["field"] for detail in response.json()["details"])


class TestRecorded:
    def test_a_new_order_is_recorded(self, api: Api, shop: Shop) -> None:
        response = api.record(shop, shop.order(orderId="order-12345"))
        assert response.status_code == 201
        body = response.json()
        assert body["success"] is True
        assert set(body["data"]) == {"purchaseId", "entryId", "pointsAwarded", "alreadyExists", "message"}
        assert re.fullmatch(rf"purchase_{DIGITS}", body["data"]["purchaseId"])
        assert re.fullmatch(rf"entry_{DIGITS}", body["data"]["entryId"])
        assert body["data"] | {"purchaseId": "", "entryId": ""} == {
            "purchaseId": "",
            "entryId": "",
            "pointsAwarded": 50,
            "alreadyExists": False,
            "message": "Purchase recorded successfully",
        }
        shop.entry.refresh_from_db()
        assert (shop.entry.pk, shop.entry.points) == (body["data"]["entryId"], 50)

    def test_a_repeated_order_is_a_duplicate(self, api: Api, shop: Shop) -> None:
        order = shop.order()
        first, second = api.record(shop, order), api.record(shop, order)
        assert second.status_code == 200
        assert second.json()["data"] == first.json()["data"] | {
            "pointsAwarded": 0,
            "alreadyExists": True,
            "message": "Purchase already recorded",
        }
        assert PointTransaction.objects.count() == 1

    def test_a_duplicate_with_other_values_names_the_differences(self, api: Api, shop: Shop) -> None:
        other = create_entry(shop.contest, "grace@example.com")
        order = shop.order(amount=49.9)
        first = api.record(shop, order).json()["data"]
        response = api.record(shop, order | {"email": "Grace@example.com", "amount": 50, "currency": "eur"})
        data = response.json()["data"]
        assert (response.status_code, data["purchaseId"], data["entryId"]) == (200, first["purchaseId"], shop.entry.pk)
        assert data["differences"] == {
            "email": {"recorded": "ada@example.com", "received": "Grace@example.com"},
            "amount": {"recorded": 49.9, "received": 50.0},
            "currency": {"recorded": "USD", "received": "EUR"},
        }
        assert b'"amount":{"recorded":49.90,"received":50.00}' in response.content
        purchase = Purchase.objects.get()
        assert (purchase.duplicates, purchase.amount) == (1, Decimal("49.90"))
        (duplicate,) = purchase.differing_duplicates.all()
        assert (duplicate.email, duplicate.amount, duplicate.currency) == ("Grace@example.com", Decimal(50), "EUR")
        other.refresh_from_db()
        assert other.points == 0

    def test_a_duplicate_needs_no_entry(self, api: Api, shop: Shop) -> None:
        order = shop.order()
        first = api.record(shop, order).json()["data"]
        response = api.record(shop, order | {"email": "nobody@example.com"})
        assert (response.status_code, response.json()["data"]["purchaseId"]) == (200, first["purchaseId"])

    @pytest.mark.parametrize("email", ["ADA@Example.COM", "  ada@example.com\t"])
    def test_an_email_matches_its_entry_in_any_case(self, api: Api, shop: Shop, email: str) -> None:
        assert api.record(shop, shop.order(email=email)).json()["data"]["entryId"] == shop.entry.pk

    @pytest.mark.parametrize(
        ("local", "sent"),
        [("straße", "STRASSE"), ("josé", "JOSE\u0301")],
    )
    def test_an_email_beyond_ascii_matches_in_any_case(self, api: Api, shop: Shop, local: str, sent: str) -> None:
        entry = create_entry(shop.contest, f"{local}@bücher.example")
        response = api.record(shop, shop.order(email=f"{sent}@XN--BCHER-KVA.example"))
        assert response.json()["data"]["entryId"] == entry.pk

    def test_an_integer_order_id_is_its_decimal_text(self, api: Api, shop: Shop) -> None:
        first = api.record(shop, shop.order(orderId=820982911946154508))
        second = api.record(shop, shop.order(orderId=" 820982911946154508 "))
        assert (first.status_code, second.status_code) == (201, 200)

    def test_case_counts_in_an_order_id(self, api: Api, shop: Shop) -> None:
        answers = [api.record(shop, shop.order(orderId=order_id)) for order_id in ("A-1", "a-1")]
        assert [response.status_code for response in answers] == [201, 201]

    @pytest.mark.parametrize("currency", [..., None])
    def test_without_a_currency_it_is_usd(self, api: Api, shop: Shop, currency: Any) -> None:
        api.record(shop, shop.order(currency=currency))
        assert Purchase.objects.get().currency == "USD"

    @pytest.mark.parametrize(
        ("amount", "currency", "stored"),
        [
            (b"0.30000000000000004", "usd", "0.30"),
            (b"0.005", "USD", "0.01"),
            (b"1e2", "EUR", "100.00"),
            (b"1.2345", "KWD", "1.235"),
            (b"99.5", "JPY", "100"),
            (b"12.34565", "CLF", "12.3457"),
            (b"999999999999", "USD", "999999999999.00"),
            (b"5.00", "BGN", "5.00"),
        ],
    )
    def test_amounts_are_exact_and_in_minor_units(
        self, api: Api, shop: Shop, amount: bytes, currency: str, stored: str
    ) -> None:
        body = b'{"email":"ada@example.com","orderId":"1","amount":%s,"currency":"%s"}' % (amount, currency.encode())
        assert api.record(shop, body).status_code == 201
        purchase = Purchase.objects.get()
        assert (purchase.amount, purchase.currency) == (Decimal(stored), currency.upper())

    def test_unknown_fields_are_ignored(self, api: Api, shop: Shop) -> None:
        assert api.record(shop, shop.order(note="gift", lines=[{"price": 1e300}])).status_code == 201

    def test_a_trailing_slash_makes_no_difference(self, api: Api, shop: Shop) -> None:
        path = f"/api/v1/contests/{shop.contest.pk}/purchases/"
        response = api.post(path, json=shop.order(), headers={"x-api-key": shop.private_key}, allow_redirects=False)
        assert response.status_code == 201

    def test_a_chunked_body_is_read(self, api: Api, shop: Shop) -> None:
        body = b'{"email":"ada@example.com","orderId":"1","amount":5}'
        response = api.post(
            f"/api/v1/contests/{shop.contest.pk}/purchases",
            data=iter([body[:9], body[9:]]),
            headers={"x-api-key": shop.private_key, "Content-Type": "application/json"},
        )
        assert response.status_code == 201

    def test_rules_apply_as_of_the_time_of_purchase(self, api: Api, shop: Shop) -> None:
        now = timezone.now()
        Contest.objects.filter(pk=shop.contest.pk).update(is_evergreen=False, starts_at=now - timedelta(days=2))
        before, after = (now - timedelta(days=days) for days in (3, 1))
        points = [
            api.record(shop, shop.order(purchasedAt=moment.isoformat())).json()["data"]["pointsAwarded"]
            for moment in (before, after)
        ]
        assert points == [0, 50]

    def test_current_rules_apply_with_their_dates_as_of_the_time_of_purchase(self, api: Api, shop: Shop) -> None:
        now = timezone.now()
        set_rules(shop.contest, {"valid_until": now - timedelta(days=2)}, {"points_per_unit": 2})
        points = [
            api.record(shop, shop.order(purchasedAt=moment.isoformat())).json()["data"]["pointsAwarded"]
            for moment in (now - timedelta(days=3), now - timedelta(days=1))
        ]
        assert points == [150, 100]


class TestNothingEarned:
    @pytest.mark.parametrize(
        ("contest", "reason"),
        [
            ({"status": "paused"}, "the contest is paused"),
            ({"status": "draft"}, "the contest is not open yet"),
            ({"status": "ended"}, "the contest had ended"),
            ({"tracking_enabled": False}, "purchases earn no points in this contest right now"),
            ({"starts_at": timezone.now() + timedelta(days=1)}, "the contest had not started"),
            ({"ends_at": timezone.now() - timedelta(days=1)}, "the contest had ended"),
        ],
    )
    def test_an_inactive_contest_gives_no_points(
        self, api: Api, shop: Shop, contest: dict[str, Any], reason: str
    ) -> None:
        Contest.objects.filter(pk=shop.contest.pk).update(**contest)
        response = api.record(shop)
        data = response.json()["data"]
        assert (response.status_code, data["pointsAwarded"], data["alreadyExists"]) == (201, 0, False)
        assert data["message"] == f"Purchase recorded, but it earned no points: {reason}"
        assert PointTransaction.objects.count() == 0
        assert Purchase.objects.get().points_awarded == 0

    REASON_CODES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
        ({"tracking_enabled": False}, {}, {}, "tracking_off"),
        ({"status": "paused"}, {}, {}, "contest_not_active"),
        ({"starts_at": timezone.now() + timedelta(hours=1)}, {}, {}, "contest_not_started"),
        ({"ends_at": timezone.now() - timedelta(hours=1)}, {}, {}, "contest_ended"),
        ({}, {"is_disqualified": True}, {}, "entry_disqualified"),
        ({"cap_per_entry": 0}, {}, {"currency": "JPY"}, "cap_reached"),
        ({}, {}, {"currency": "GBP"}, "no_rule_matched"),
        ({}, {}, {"amount": 0.3}, "rounded_to_zero"),
    ]

    @pytest.mark.parametrize(("contest", "entry", "order", "code"), REASON_CODES, ids=[row[3] for row in REASON_CODES])
    def test_the_reason_code_of_no_points(  # noqa: PLR0917  (a parameter for each column of the table)
        self,
        api: Api,
        shop: Shop,
        contest: dict[str, Any],
        entry: dict[str, Any],
        order: dict[str, Any],
        code: str,
    ) -> None:
        """Recorded, previewed and in a batch; a duplicate has none."""
        set_rules(shop.contest, {"currency": "USD"}, {"currency": "JPY"}, **contest)
        Entry.objects.filter(pk=shop.entry.pk).update(**entry)
        path = f"/contests/{shop.contest.pk}/purchases"
        single = shop.order(**order)
        preview = api.call(shop, "POST", f"{path}/preview", single).json()["data"]
        first, repeat = api.record(shop, single), api.record(shop, single)
        rows = api.call(shop, "POST", f"{path}/batch", {"purchases": [single, shop.order(**order)]}).json()["data"]
        previewed_again = api.call(shop, "POST", f"{path}/preview", single).json()["data"]
        assert (first.status_code, first.json()["data"]["pointsAwarded"]) == (201, 0)
        assert first.json()["data"]["reasonCode"] == preview["reasonCode"] == code
        assert repeat.status_code == 200
        assert [row.get("reasonCode") for row in rows["results"]] == [None, code]
        assert "reasonCode" not in repeat.json()["data"]
        assert "reasonCode" not in previewed_again

    def test_a_disqualified_entry_earns_no_points(self, api: Api, shop: Shop) -> None:
        Entry.objects.filter(pk=shop.entry.pk).update(is_disqualified=True)
        data = api.record(shop).json()["data"]
        assert (data["pointsAwarded"], data["message"][-25:]) == (0, "the entry is disqualified")

    def test_without_a_matching_rule_there_are_no_points(self, api: Api, shop: Shop) -> None:
        set_rules(shop.contest, {"currency": "USD"})
        response = api.record(shop, shop.order(amount=5000, currency="JPY"), params={"explain": "true"})
        data = response.json()["data"]
        assert data["pointsAwarded"] == 0
        assert "no rule applies: “1 point per 1.00 USD” is for USD only" in data["message"]
        assert data["explanation"]["rules"][0]["reason"] == "it is for USD only"

    def test_an_unconfirmed_entry_earns_too(self, api: Api, shop: Shop) -> None:
        Entry.objects.filter(pk=shop.entry.pk).update(email_confirmed=False)
        assert api.record(shop).json()["data"]["pointsAwarded"] == 50


class TestExplanation:
    def test_the_explanation_is_returned_on_request(self, api: Api, shop: Shop) -> None:
        set_rules(shop.contest, {}, {"points_per_unit": 2, "currency": "EUR"}, cap_per_purchase=40)
        response = api.record(shop, shop.order(amount=49.9, orderId="A-1"), params={"explain": "true"})
        explanation = response.json()["data"]["explanation"]
        assert b'"amount":49.90,' in response.content
        assert explanation["rules"][0]["points"] == 49.9
        assert [line["matched"] for line in explanation["rules"]] == [True, False]
        assert explanation["caps"][0]["limitedTo"] == 40
        assert explanation["points"] == 40
        assert explanation["sentence"] == (
            "Order A-1 of 49.90 USD earned 40 points: 1 point per 1.00 = 49.9, rounded to the nearest whole "
            "point: 50, capped at 40 per purchase."
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", explanation["purchasedAt"])

    def test_the_explanation_is_that_of_the_recording(self, api: Api, shop: Shop) -> None:
        order = shop.order()
        first = api.record(shop, order, params={"explain": "true"}).json()["data"]["explanation"]
        set_rules(shop.contest, {"points_per_unit": 7})
        repeat = api.record(shop, order, params={"explain": "true"}).json()["data"]
        assert (repeat["pointsAwarded"], repeat["explanation"]) == (0, first)
        assert list(repeat["explanation"]) == list(first)

    def test_a_duplicate_in_a_currency_no_longer_accepted_names_the_difference(self, api: Api, shop: Shop) -> None:
        order = shop.order()
        api.record(shop, order)
        Purchase.objects.update(currency="OLD")
        data = api.record(shop, order).json()["data"]
        assert data["differences"] == {"currency": {"recorded": "OLD", "received": "USD"}}

    def test_a_new_rule_applies_to_the_next_purchase(self, api: Api, shop: Shop) -> None:
        assert api.record(shop).json()["data"]["pointsAwarded"] == 50
        set_rules(shop.contest, {"points_per_unit": 2})
        assert api.record(shop).json()["data"]["pointsAwarded"] == 100


BODY_REFUSED = (
    400,
    "Invalid request body",
    "Missing or invalid email, orderId, or amount",
    "invalid_request_body",
)


INVALID: dict[str, list[Any]] = {
    "email": [
        *(..., None, "", " ", 7, True, ["a@b.example"], "ada", "a@b", "a b@c.example"),
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example",
        *("ada@example.com\n, eve@example.com", f"{'a' * 65}@example.com", "...@example.com", "a\ud83d@example.com"),
        *("a\0@example.com", "\u200b", 10**300),
    ],
    "orderId": [
        *(..., None, "", "   ", True, 1.5, {}, ["1"], "a\tb", "a\u0085b", "x" * 256, 10**255, 10**300),
        *("\ufeff", "\u200b\u2060", "\u3164", "\u00ad \u200e", "\ufe0f", "\u2800", "a\ud83d", "\udfff", "a\0b"),
    ],
    "amount": [..., None, "49.99", "", True, [], {}, 10**12, 999999999999.996, 1e300, 10**300],
    "currency": [
        *("", " ", "\u200b", "US", "USDX", "XAU", "XXX", "XTS", "ÜSD", 840, True, "🪙", "BTC", "US\ud83d", "USD\0"),
    ],
    "purchasedAt": [
        *(
            "yesterday",
            1700000000,
            True,
            "\ud83d",
            "2026-11-22T10\0",
            "2026-11-22T10:00:00 UTC",
            "2026-11-22",
            "2026-11-22T10:00:00",
            "2026-13-01T00:00:00Z",
        ),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2020-01-01T00:00:00Z"),
    ],
}


class TestInvalidBody:
    @pytest.mark.parametrize(
        ("field", "value"), [(field, value) for field, values in INVALID.items() for value in values]
    )
    def test_each_invalid_field_is_named(self, api: Api, shop: Shop, field: str, value: Any) -> None:
        response = api.record(shop, shop.order(**{field: value}))
        assert failure(response) == BODY_REFUSED
        assert fields_at_fault(response) == [field]
        assert all(detail["message"].endswith(".") for detail in response.json()["details"])
        assert Purchase.objects.count() == 0

    def test_all_invalid_fields_are_named_at_once(self, api: Api, shop: Shop) -> None:
        response = api.record(shop, {"amount": -1, "currency": "?"})
        assert failure(response) == BODY_REFUSED
        assert fields_at_fault(response) == ["amount", "currency", "email", "orderId"]

    def test_an_amount_in_quotation_marks_has_its_own_message(self, api: Api, shop: Shop) -> None:
        response = api.record(shop, shop.order(amount="49.99"))
        assert response.json()["details"] == [
            {"field": "amount", "message": "The amount must be a JSON number, without quotation marks: 49.99."}
        ]

    @pytest.mark.parametrize("minutes", [6, 60 * 24])
    def test_a_future_time_of_purchase_is_refused(self, api: Api, shop: Shop, minutes: int) -> None:
        moment = (timezone.now() + timedelta(minutes=minutes)).isoformat()
        assert fields_at_fault(api.record(shop, shop.order(purchasedAt=moment))) == ["purchasedAt"]

    def test_a_clock_a_little_ahead_is_accepted(self, api: Api, shop: Shop) -> None:
        moment = (timezone.now() + timedelta(minutes=4)).isoformat()
        assert api.record(shop, shop.order(purchasedAt=moment)).status_code == 201

    @pytest.mark.parametrize("amount", [0, -1, -0.01, 0.004, -1e300, 1e-300])
    def test_an_amount_that_is_not_positive_has_its_own_code(self, api: Api, shop: Shop, amount: float) -> None:
        response = api.record(shop, shop.order(amount=amount))
        assert failure(response) == (
            400,
            "Amount must be positive",
            "The amount value must be greater than 0",
            "amount_not_positive",
        )

    def test_an_amount_below_the_minor_unit_is_not_positive(self, api: Api, shop: Shop) -> None:
        assert failure(api.record(shop, shop.order(amount=0.4, currency="JPY")))[3] == "amount_not_positive"
        assert failure(api.record(shop, shop.order(amount=0, email="")))[3] == "invalid_request_body"

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"",
            b" ",
            b"[]",
            b'"text"',
            b"null",
            b'{"email": NaN}',
            b'{"amount": Infinity}',
            b"\xff\xfe",
            b'{"a":' * 1001 + b"1" + b"}" * 1001,
            b"[" * 60000,
        ],
    )
    def test_an_unreadable_body_is_refused(self, api: Api, shop: Shop, body: bytes) -> None:
        response = api.record(shop, body)
        assert failure(response) == BODY_REFUSED
        assert [detail["field"] for detail in response.json()["details"]] == [""]


class TestNotFound:
    def test_an_unknown_contest_is_not_found(self, api: Api, shop: Shop) -> None:
        other = make_shop()
        answers = [api.record(shop, contest_id=id_) for id_ in ("clx1abc123", other.contest.pk, "%00", "a%20b", "ü")]
        assert {failure(response) for response in answers} == {
            (404, "Contest not found", "No contest exists with the given ID", "contest_not_found")
        }
        assert Purchase.objects.count() == 0

    def test_a_contest_may_keep_the_id_of_another_service(self, api: Api, transactional_db: None) -> None:
        shop = make_shop(id="clx1abc123")
        assert api.record(shop, contest_id="clx1abc123").status_code == 201

    def test_an_unknown_entry_is_not_found(self, api: Api, shop: Shop) -> None:
        response = api.record(shop, shop.order(email="nobody@example.com"))
        assert failure(response) == (
            404,
            "Entry not found",
            "No entry in this contest has that email address",
            "entry_not_found",
        )

    def test_an_entry_of_another_contest_does_not_count(self, api: Api, shop: Shop) -> None:
        make_shop("eve@example.com")
        assert failure(api.record(shop, shop.order(email="eve@example.com")))[3] == "entry_not_found"


class TestOrderOfTheChecks:
    """Route and method, key, kind of key, rate, size and type, contest, body, duplicate, entry."""

    def test_errors_come_in_the_documented_order(self, api: Api, shop: Shop) -> None:
        recorded = shop.order()
        api.record(shop, recorded)
        path = f"/api/v1/contests/{shop.contest.pk}/purchases"
        nowhere = "/api/v1/contests/none/purchases"
        large, form = b"x" * 70_000, {"Content-Type": "application/x-www-form-urlencoded"}
        private, public = {"x-api-key": shop.private_key}, {"x-api-key": shop.public_key}

        def status(path: str, headers: dict[str, str], data: bytes) -> int:
            headers = {"Content-Type": "application/json"} | headers
            return api.post(path, headers=headers, data=data).status_code

        assert status("/api/v1/nothing", {}, large) == 404
        assert api.session.put(f"{api.base_url}{path}").status_code == 405
        assert status(nowhere, {}, large) == 401
        assert status(nowhere, public, large) == 403
        assert status(nowhere, private, large) == 413
        assert status(nowhere, private | form, b"a=b") == 415
        assert status(nowhere, private, b"{") == 404
        assert status(path, private, b"{") == 400
        assert api.record(shop, recorded | {"amount": 0}).status_code == 400
        assert api.record(shop, recorded | {"email": "nobody@example.com"}).status_code == 200
        assert api.record(shop, shop.order(email="nobody@example.com")).status_code == 404

    def test_a_spent_limit_comes_before_the_size_and_after_the_kind_of_key(self, api: Api, shop: Shop) -> None:
        for key in shop.keys.values():
            key.rate_limit = 1
            key.save()
        api.record(shop)
        assert api.record(shop, b"x" * 70_000).status_code == 429
        assert [api.record(shop, key=shop.public_key).status_code for _ in range(3)] == [403, 403, 403]
