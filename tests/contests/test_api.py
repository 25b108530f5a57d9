"""Contests, entries, leaderboard and figures over the API: each field, exact types, null where it may be."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import
from contests.models import Contest, Entry
from contests.services import NewEntry, adjust_points, create_contest, create_entry, enter
from purchases.models import Purchase
from purchases.services import void_purchase
from tests.support import Api, Shop, hold, make_shop, record

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def data(answer: Any) -> Any:
    assert answer.ok, answer.text
    return answer.json()["data"]


class TestContests:
    def test_a_contest_has_just_these_fields(self, api: Api, shop: Shop) -> None:
        assert data(api.call(shop, "GET", f"/contests/{shop.contest.pk}")) == {
            "id": shop.contest.pk,
            "title": "Summer",
            "description": None,
            "status": "active",
            "startDate": None,
            "endDate": None,
            "isEvergreen": False,
            "mode": "giveaway",
            "slug": "summer",
            "entriesCount": 1,
        }

    def test_contests_have_pages(self, api: Api, shop: Shop) -> None:
        for number in range(4):
            create_contest(shop.team, title=f"C{number}", slug=f"c{number}")
        answer = api.call(shop, "GET", "/contests?page=2&limit=2").json()
        assert [contest["title"] for contest in answer["data"]] == ["C1", "C0"]
        assert answer["pagination"].pop("nextCursor")
        assert answer["pagination"] == {"page": 2, "limit": 2, "total": 5, "totalPages": 3}
        assert api.call(shop, "GET", "/contests?page=9").json()["data"] == []

    @pytest.mark.parametrize("query", ["page=0", "page=x", "page=", "limit=0", "limit=101", "limit=1.0", "page=-1"])
    def test_an_invalid_page_is_refused(self, api: Api, shop: Shop, query: str) -> None:
        answer = api.call(shop, "GET", f"/contests?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query_parameter")
        assert answer.json()["details"][0]["field"] == query.partition("=")[0]

    def test_a_public_key_sees_no_draft(self, api: Api, shop: Shop) -> None:
        Contest.objects.update(status="draft")
        assert api.call(shop, "GET", f"/contests/{shop.contest.pk}", key=shop.public_key).status_code == 404
        assert data(api.call(shop, "GET", "/contests", key=shop.public_key)) == []
        assert len(data(api.call(shop, "GET", "/contests"))) == 1


class TestEntries:
    def test_creating_an_entry_again_returns_it(self, api: Api, shop: Shop) -> None:
        body = {"email": " Grace@Example.com ", "name": "Grace Hopper", "phone": " +1 555 00"}
        path = f"/contests/{shop.contest.pk}/entries"
        first = api.call(shop, "POST", path, body)
        second = api.call(shop, "POST", path, body | {"email": "grace@example.COM", "name": "Other"})
        assert (first.status_code, second.status_code) == (201, 200)
        entry = data(first)
        assert MOMENT.fullmatch(entry.pop("createdAt"))
        assert entry == {
            "id": Entry.objects.get(email_key="grace@example.com").pk,
            "email": "Grace@Example.com",
            "name": "Grace Hopper",
            "phone": "+1 555 00",
            "points": 0,
            "emailConfirmed": True,
            "disqualified": False,
            "referralCode": entry["referralCode"],
            "alreadyExists": False,
            "isReferred": False,
        }
        assert data(second) | {"alreadyExists": False} == data(first)

    def test_creating_an_entry_twice_at_once_makes_one(self, shop: Shop) -> None:
        def make(_: int) -> tuple[str, bool]:
            entry, existing = enter(
                shop.contest, NewEntry(email=Email.parse("grace@example.com")), audit=AuditContext()
            )
            connections.close_all()
            return entry.pk, existing

        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(make, range(8)))
        assert len({pk for pk, _ in results}) == 1
        assert sorted(existing for _, existing in results) == [False] + [True] * 7

    def test_held_orders_of_a_new_entry_are_recorded(self, api: Api, shop: Shop) -> None:
        hold(shop, "late@example.com", order_id="#1")
        entry = data(api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", {"email": "late@example.com"}))
        assert entry["points"] == 50
        assert Purchase.objects.get().entry_id == entry["id"]

    def test_a_referral_code_links_the_entry(self, api: Api, shop: Shop) -> None:
        path = f"/contests/{shop.contest.pk}/entries"
        for number, code in enumerate([shop.entry.referral_code, shop.entry.referral_code, "nobodys"]):
            body = {"email": f"e{number}@example.com", "referralCode": code}
            assert data(api.call(shop, "POST", path, body))["isReferred"] is (code != "nobodys")
        Contest.objects.update(advocate_points=50, friend_points=25)
        friend = {"email": "friend@example.com", "referralCode": shop.entry.referral_code}
        assert data(api.call(shop, "POST", path, friend))["points"] == 25
        places = data(api.call(shop, "GET", f"/contests/{shop.contest.pk}/leaderboard"))
        assert {place["email"]: place["referralsCount"] for place in places}["ada@example.com"] == 3

    @pytest.mark.parametrize(
        ("body", "message", "field"),
        [
            ({}, "Either email or phone is required", "email"),
            ({"name": "Ada"}, "Either email or phone is required", "email"),
            ({"email": "nonsense"}, "", "email"),
            ({"email": 7}, "", "email"),
            ({"email": "", "phone": None}, "Either email or phone is required", "email"),
            ({"email": None, "phone": " "}, "Either email or phone is required", "email"),
            ({"email": "", "phone": "N/A"}, "", "phone"),
            ({"email": "a@example.com", "phone": "-"}, "", "phone"),
            ({"phone": "+1 55"}, "", "phone"),
            ({"phone": "1" * 41}, "", "phone"),
            ({"phone": 4930123456}, "", "phone"),
            ({"email": "a@example.com", "name": ["x"]}, "", "name"),
            ({"email": "a@example.com", "name": "x" * 201}, "", "name"),
            ({"email": "a@example.com", "emailConfirmed": "yes"}, "", "emailConfirmed"),
        ],
    )
    def test_an_invalid_entry_is_refused(self, api: Api, shop: Shop, body: Any, message: str, field: str) -> None:
        answer = api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request_body")
        assert answer.json()["details"][0]["field"] == field
        if message:
            assert answer.json()["message"] == message

    def test_an_entry_may_have_a_phone_and_be_unconfirmed(self, api: Api, shop: Shop) -> None:
        body = {"phone": "+49 30 12", "emailConfirmed": False}
        entry = data(api.call(shop, "POST", f"/contests/{shop.contest.pk}/entries", body))
        assert (entry["email"], entry["phone"], entry["emailConfirmed"]) == (None, "+49 30 12", False)

    @pytest.mark.parametrize(
        ("search", "emails"),
        [("AD", ["ada@example.com"]), ("love", ["ada@example.com"]), ("da", []), ("", ["ada@example.com"]), ("%", [])],
    )
    def test_search_finds_beginnings_of_emails_and_words(
        self, api: Api, shop: Shop, search: str, emails: list[str]
    ) -> None:
        entry = shop.entry
        entry.name = "Ada Lovelace"
        entry.save()
        entry.index_name()
        answer = api.call(shop, "GET", f"/contests/{shop.contest.pk}/entries", headers={}, params={"search": search})
        assert [entry["email"] for entry in data(answer)] == emails

    def test_a_search_has_a_total(self, api: Api, shop: Shop) -> None:
        people = "".join(f"sam{number}@example.com,Anna Abel\n" for number in range(210))
        file = f"email,name\n{people}x@example.com,Anna Schmidt\n".encode()
        start_import(create_entry_import(shop.contest, "people.csv", file, by=None), audit=AuditContext())
        run_all_jobs()
        path = f"/contests/{shop.contest.pk}/entries"
        assert api.call(shop, "GET", f"{path}?search=sam").json()["pagination"]["total"] == 210
        assert api.call(shop, "GET", f"{path}?search=anna").json()["pagination"]["total"] == 211
        assert [entry["email"] for entry in data(api.call(shop, "GET", f"{path}?search=Schmidt an"))] == [
            "x@example.com"
        ]

    def test_an_entry_with_only_a_phone_is_made_once(self, api: Api, shop: Shop) -> None:
        path = f"/contests/{shop.contest.pk}/entries"
        answers = [api.call(shop, "POST", path, {"phone": "+1 555 22"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        event = AuditEvent.objects.get(action="added")
        assert (event.object_id, event.api_key_id) == (data(answers[0])["id"], shop.keys["private"].pk)

    @pytest.mark.parametrize("number", ["+155522", "tel:+1-555-22", "+1 (0)555/22", "＋1 555\u00a02\u20112"])
    @pytest.mark.parametrize("absent", [{}, {"email": None}, {"email": ""}])
    def test_a_number_is_the_same_however_it_is_written(
        self, api: Api, shop: Shop, number: str, absent: dict[str, Any]
    ) -> None:
        path = f"/contests/{shop.contest.pk}/entries"
        first = data(api.call(shop, "POST", path, {"phone": "+1 555 22"}))
        second = data(api.call(shop, "POST", path, {"phone": number} | absent))
        assert (second["id"], second["alreadyExists"], second["phone"]) == (first["id"], True, "+1 555 22")

    def test_a_public_key_gets_masked_emails_and_searches_names(self, api: Api, shop: Shop) -> None:
        Entry.objects.update(phone="+1 555")
        path = f"/contests/{shop.contest.pk}/entries"
        (entry,) = data(api.call(shop, "GET", path, key=shop.public_key))
        assert (entry["email"], entry["phone"]) == ("a•••@example.com", None)
        assert data(api.call(shop, "GET", f"{path}?search=example", key=shop.public_key)) == []
        entry = data(api.call(shop, "GET", f"/entries/{shop.entry.pk}", key=shop.public_key))
        assert (entry["email"], entry["phone"]) == ("a•••@example.com", None)

    def test_an_entry_is_looked_up_changed_and_disqualified(self, api: Api, shop: Shop) -> None:
        path = f"/entries/{shop.entry.pk}"
        params = {"contestId": shop.contest.pk, "email": "ADA@example.com"}
        assert data(api.call(shop, "GET", "/entries/lookup", params=params))["id"] == shop.entry.pk
        changed = data(api.call(shop, "PUT", path, {"name": "Ada King", "emailConfirmed": False}))
        assert (changed["name"], changed["emailConfirmed"], changed["phone"]) == ("Ada King", False, None)
        assert data(api.call(shop, "POST", f"{path}/disqualify", {"reason": "Twice"}))["disqualified"] is True
        assert data(api.call(shop, "POST", f"{path}/disqualify", {"disqualified": False}))["disqualified"] is False
        acts = AuditEvent.objects.filter(object_id=shop.entry.pk).order_by("created_at")
        assert [audit.after for audit in acts] == [
            {"name": "changed", "email_confirmed": False},
            {"is_disqualified": True},
            {"is_disqualified": False},
        ]
        assert {audit.api_key_id for audit in acts} == {shop.keys["private"].pk}

    def test_a_look_up_may_find_nothing(self, api: Api, shop: Shop) -> None:
        for params, code in (
            ({"contestId": shop.contest.pk, "email": "x@example.com"}, "entry_not_found"),
            ({"contestId": "none", "email": "x@example.com"}, "contest_not_found"),
            ({"email": "x@example.com"}, "invalid_query_parameter"),
            ({"contestId": shop.contest.pk}, "invalid_query_parameter"),
        ):
            assert api.call(shop, "GET", "/entries/lookup", params=params).json()["code"] == code

    def test_an_adjustment_id_adjusts_points_once_and_not_below_0(self, api: Api, shop: Shop) -> None:
        path = f"/entries/{shop.entry.pk}/points"
        body = {"points": 30, "reason": "Welcome", "adjustmentId": "w1"}
        first, second = (data(api.call(shop, "POST", path, body)) for _ in range(2))
        assert (first["balance"], first["alreadyExists"], second["alreadyExists"]) == (30, False, True)
        refused = api.call(shop, "POST", path, {"points": -31, "reason": "x"})
        assert (refused.status_code, refused.json()["code"]) == (409, "balance_too_low")
        assert data(api.call(shop, "POST", path, {"points": -30, "reason": "x"}))["balance"] == 0
        for fields in ({"points": 0}, {"points": 1.5}, {"points": "1"}, {"points": True}, {"points": 10**10}):
            assert api.call(shop, "POST", path, {"reason": "x"} | fields).status_code == 400, fields
        assert api.call(shop, "POST", path, {"points": 1}).json()["details"][0]["field"] == "reason"


class TestLeaderboard:
    def test_ties_share_a_rank_and_the_earlier_comes_first(self, api: Api, shop: Shop) -> None:
        entries = [create_entry(shop.contest, f"e{number}@example.com", name=f"E{number}") for number in range(5)]
        for entry, points in zip(entries, (10, 30, 30, 20, 10), strict=True):
            adjust_points(entry, points, adjustment_id="a", audit=AuditContext(reason="x"))
        create_entry(shop.contest, "unconfirmed@example.com", email_confirmed=False)
        Entry.objects.filter(email="e3@example.com").update(is_disqualified=True)
        places = data(api.call(shop, "GET", f"/contests/{shop.contest.pk}/leaderboard"))
        assert [(place["rank"], place["email"], place["points"]) for place in places] == [
            (1, "e1@example.com", 30),
            (1, "e2@example.com", 30),
            (3, "e0@example.com", 10),
            (3, "e4@example.com", 10),
            (5, "ada@example.com", 0),
        ]
        assert set(places[0]) == {
            "rank", "id", "email", "name", "points", "referralCode", "referralsCount", "joinedAt",
        }  # fmt: skip
        assert len(data(api.call(shop, "GET", f"/contests/{shop.contest.pk}/leaderboard?limit=2"))) == 2
        assert api.call(shop, "GET", f"/contests/{shop.contest.pk}/leaderboard?limit=101").status_code == 400


class TestAnalytics:
    def test_a_private_key_gets_all_analytics(self, api: Api, shop: Shop) -> None:
        create_entry(shop.contest, "b@example.com", email_confirmed=False, is_disqualified=True)
        record(shop, "49.99")
        record(shop, "500", currency="JPY")
        record(shop, "7.00", order_id="voided")
        void_purchase(Purchase.objects.get(order_id="voided"), audit=AuditContext(reason="x"))
        path = f"/contests/{shop.contest.pk}/analytics"
        answer = api.call(shop, "GET", path)
        assert answer.json()["data"] == {
            "totalEntries": 2,
            "confirmedEntries": 1,
            "disqualifiedEntries": 1,
            "points": {"total": 550, "average": 275.0, "highest": 550},
            "purchases": {"count": 3, "refunded": 0, "pointsAwarded": 557, "revenue": {"USD": 49.99, "JPY": 500}},
        }
        assert '"USD":49.99' in answer.text
        assert "purchases" not in data(api.call(shop, "GET", path, key=shop.public_key))

    def test_an_empty_contest_has_analytics(self, api: Api, shop: Shop) -> None:
        empty = create_contest(shop.team, title="Empty", slug="empty")
        figures = data(api.call(shop, "GET", f"/contests/{empty.pk}/analytics"))
        assert figures["points"] == {"total": 0, "average": 0.0, "highest": 0}
        assert figures["purchases"] == {"count": 0, "refunded": 0, "pointsAwarded": 0, "revenue": {}}


def test_the_key_call_describes_the_key(api: Api, shop: Shop) -> None:
    for kind, key in (("private", shop.private_key), ("public", shop.public_key)):
        key_data = data(api.call(shop, "GET", "/key", key=key))
        assert (key_data["type"], key_data["team"], key_data["name"]) == (kind, shop.team.name, f"{kind} key")
        assert key.startswith(key_data["prefix"])
        assert key not in str(key_data)
        assert (key_data["expiresAt"], key_data["rateLimit"]) == (None, None)
