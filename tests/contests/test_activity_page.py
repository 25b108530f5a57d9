"""The page of the activity log: filters, search, older events; each within its team."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.admin.activity_log import EVENTS_PER_PAGE
from contests.services import adjust_points
from purchases.models import Purchase
from purchases.services import void_purchase
from tests.contests.activity import PAGE, Action, log, sentences, sentences_on, text_of
from tests.support import Shop, make_shop, record

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class TestFilters:
    @pytest.fixture(autouse=True)
    def events(self, shop: Shop, olga: User) -> None:
        sam = User.objects.create_user("sam", is_staff=True)
        Membership.objects.create(team=shop.team, user=sam, role="support")
        AuditContext(api_key=shop.keys["private"], at=AT).record(Action.CHANGED, shop.entry, contest=shop.contest)
        log(shop, "adjusted", shop.entry, by=olga, at=AT + timedelta(hours=1), reason="Lost prize", **ADJUSTED)
        log(shop, "adjusted", shop.entry, by=sam, at=AT + timedelta(days=2), reason="Thanks", **ADJUSTED)

    def counts(self, owner: Client, **query: str) -> int:
        return len([each for each in sentences(owner, **query) if "ada@" in each])

    def test_by_person(self, owner: Client, olga: User) -> None:
        assert self.counts(owner, by=f"user:{olga.pk}") == 1

    def test_by_key(self, owner: Client, shop: Shop) -> None:
        assert self.counts(owner, by=f"key:{shop.keys['private'].pk}") == 1

    def test_by_kind(self, owner: Client) -> None:
        assert self.counts(owner, kind="adjusted") == 2

    def test_by_contest(self, owner: Client, shop: Shop) -> None:
        assert self.counts(owner, contest=shop.contest.pk) == 3

    def test_by_days_of_the_reader(self, owner: Client) -> None:
        assert self.counts(owner, since="2026-11-21") == 1
        assert self.counts(owner, until="2026-11-20") == 2
        owner.cookies["timezone"] = "Pacific/Kiritimati"  # 14 hours ahead: there it was the 21st
        assert self.counts(owner, since="2026-11-21", until="2026-11-21") == 2

    @pytest.mark.parametrize(
        ("text", "count"), [("lost", 1), ("sam", 1), ("ada@example", 3), ("Summer", 3), ("x" * 40, 0)]
    )
    def test_search(self, owner: Client, text: str, count: int) -> None:
        assert self.counts(owner, q=text) == count

    def test_search_by_order(self, owner: Client, shop: Shop) -> None:
        for order_id in ("#1001", "#1002"):
            void_purchase(Purchase.objects.get(pk=record(shop, order_id=order_id).purchase_id), audit=AuditContext())
        assert [each.split("(")[0] for each in sentences(owner, q="1001")] == ["BlitzRocket voided order #1001 "]

    def test_a_former_member_can_be_asked_for_by_the_link(self, owner: Client) -> None:
        sam = User.objects.get(username="sam")
        Membership.objects.filter(user=sam).delete()
        assert self.counts(owner, by=f"user:{sam.pk}") == 1

    @pytest.mark.parametrize(
        "query",
        [
            {"by": "user:999999999999999999999"},
            {"by": "user:0"},
            {"by": "key:x"},
            {"kind": "eaten"},
            {"contest": "none"},
            {"since": "0001-01-01"},
            {"until": "9999-12-31"},
            {"since": "yesterday"},
        ],
    )
    def test_an_invalid_filter_is_reported_and_finds_nothing(self, owner: Client, query: dict[str, str]) -> None:
        answer = owner.get(PAGE, query)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'role="alert"' in page
        assert sentences_on(page) == []

    def test_an_empty_result_offers_to_clear_the_filters(self, owner: Client) -> None:
        assert "No activity matches these filters." in owner.get(PAGE, {"q": "nothing-like-it"}).content.decode()


ADJUSTED: dict[str, Any] = {"before": {"points": 0}, "after": {"points": 5}}


class TestPages:
    def test_older_events_follow_without_gaps_or_repeats(self, owner: Client, shop: Shop) -> None:
        for number in range(EVENTS_PER_PAGE + 3):
            values: dict[str, Any] = {"before": {"points": 0}, "after": {"points": number + 1}}
            log(shop, "adjusted", shop.entry, at=AT + timedelta(seconds=number // 2), **values)
        page = owner.get(PAGE, {"until": "2026-11-21"})
        assert len(page.context["lines"]) == EVENTS_PER_PAGE
        older = owner.get(f"{PAGE}{page.context['older']}")
        assert older.context["older"] == ""
        assert "Newest activity" in older.content.decode()
        shown = [line.event.pk for answer in (page, older) for line in answer.context["lines"]]
        assert len(shown) == len(set(shown)) == EVENTS_PER_PAGE + 3

    @pytest.mark.parametrize(("query", "most"), [({}, 14), ({"q": "x"}, 40)])
    def test_a_page_takes_as_many_statements_for_many_events(
        self, owner: Client, shop: Shop, query: dict[str, str], most: int
    ) -> None:
        counts = []
        for _ in range(2):
            for number in range(5):
                void_purchase(Purchase.objects.get(pk=record(shop).purchase_id), audit=AuditContext(reason=str(number)))
            owner.get(PAGE, query)
            with CaptureQueriesContext(connection) as queries:
                owner.get(PAGE, query)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= most

    def test_an_event_has_a_page_of_its_own(self, owner: Client, shop: Shop, olga: User) -> None:
        adjust_points(shop.entry, 5, adjustment_id="a", audit=AuditContext(user=olga, reason="Bonus"))
        page = text_of(owner.get(change_url(AuditEvent.objects.get(action="adjusted"))).content.decode())
        assert "Olga adjusted the points of ada@example.com by +5 to 5" in page
        assert "Bonus" in page


class TestOtherTeams:
    """Neither their events nor their names, whatever the address asks for."""

    @pytest.fixture
    def foreign_shop(self) -> Shop:
        foreign_shop = make_shop("eve@example.com", title="Their contest")
        spy = User.objects.create_user("their-owner", is_staff=True)
        Membership.objects.create(team=foreign_shop.team, user=spy, role="owner")
        log(foreign_shop, "adjusted", foreign_shop.entry, by=spy, reason="Their reason", **ADJUSTED)
        return foreign_shop

    def test_nothing_of_another_team_is_shown(self, owner: Client, foreign_shop: Shop) -> None:
        spy = User.objects.get(username="their-owner")
        event = AuditEvent.objects.get(actor=spy)
        for query in (
            {},
            {"q": "eve@example.com"},
            {"q": "Their reason"},
            {"q": "Their contest"},
            {"q": "their-owner"},
            {"q": event.pk},
            {"by": f"user:{spy.pk}"},
            {"by": f"key:{foreign_shop.keys['private'].pk}"},
            {"contest": foreign_shop.contest.pk},
            {"before": event.pk},
        ):
            page = owner.get(PAGE, query).content.decode()
            assert not [each for each in sentences_on(page) if "eve@" in each], query
            text = re.sub(r'<(input|a)[^>]*>|<p class="activity-error".*?</p>', "", page, flags=re.S)
            for word in ("eve@example.com", "Their contest", "their-owner", "Their reason"):
                assert word not in text, query

    def test_a_superuser_sees_all(self, shop: Shop, foreign_shop: Shop) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("root"))
        log(shop, "adjusted", shop.entry, **ADJUSTED)
        text = " ".join(sentences(root))
        assert "eve@example.com" in text
        assert "ada@example.com" in text


def test_nobody_without_a_team_reads_it(shop: Shop) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(PAGE).status_code == 403
