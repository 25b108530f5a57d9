"""What a run has left out is found: “every call, every event, every act” cannot be claimed."""

import pytest
import requests
from requests.models import PreparedRequest

from purchases.stores.kinds import STORE_KINDS
from tests.simulation.__main__ import show_coverage
from tests.simulation.coverage import ACTIVITY, BULK, CALL, EVENT, FORM, PAGE, STORE_EVENT, TOPICS, Coverage
from tests.simulation.evenings import EVENINGS, acts_of_the_evening


def answer(method: str, path: str, status: int = 200, location: str = "", text: str = "") -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response._content = status, f"http://127.0.0.1{path}", text.encode()
    response.request = PreparedRequest()
    response.request.prepare(method=method, url=response.url)
    if location:
        response.headers["Location"] = location
    return response


def left(coverage: Coverage, kind: str) -> list[str]:
    return {kind: names for kind, _count, names in coverage.rows()}[kind]


@pytest.mark.django_db
def test_at_first_all_is_left() -> None:
    coverage = Coverage()
    assert "POST purchase-list" in left(coverage, CALL)
    assert "stripe refund.failed" in left(coverage, STORE_EVENT)
    assert "contest.ended" in left(coverage, EVENT)
    assert "contests_entry_erase" in left(coverage, PAGE)
    assert "purchase void_selected" in left(coverage, BULK)
    assert "recovery_used user" in left(coverage, ACTIVITY)
    assert all(count == len(names) for _kind, count, names in coverage.rows())


@pytest.mark.django_db
def test_what_was_answered_is_not_left() -> None:
    coverage = Coverage()
    coverage.answered(answer("POST", "/api/v1/contests/c/purchases", 201))
    coverage.answered(answer("GET", "/admin/contests/entry/e/change/"))
    assert "POST purchase-list" not in left(coverage, CALL)
    assert "GET purchase-list" in left(coverage, CALL)
    assert "contests_entry_change" not in left(coverage, PAGE)


@pytest.mark.django_db
def test_a_page_that_led_to_the_sign_in_was_not_seen() -> None:
    coverage = Coverage()
    coverage.answered(answer("GET", "/admin/contests/entry/e/change/", 302, "/admin/login/?next=/admin/"))
    coverage.answered(answer("GET", "/admin/audit/auditevent/", 403))
    assert {"contests_entry_change", "audit_auditevent_changelist"} <= set(left(coverage, PAGE))


@pytest.mark.django_db
def test_a_page_that_is_closed_to_a_superuser_is_none() -> None:
    coverage = Coverage()
    coverage.close("/admin/contests/entry/e/delete/", 403)
    coverage.close("/admin/contests/entry/e/history/", 200)
    assert "contests_entry_delete" not in left(coverage, PAGE)
    assert "contests_entry_history" in left(coverage, PAGE)


@pytest.mark.django_db
def test_a_form_that_a_page_offered_has_to_be_sent() -> None:
    coverage = Coverage()
    page = '<form method="post" action="/admin/logout/"></form><form method="get" action="/admin/search/"></form>'
    page += '<button hx-post="/admin/contests/contest/c/backtest/"></button><form method="post"></form>'
    coverage.offer(answer("GET", "/admin/contests/entry/e/change/", text=page))
    assert left(coverage, FORM) == ["contests_contest_backtest", "contests_entry_change", "logout"]
    coverage.answered(answer("POST", "/admin/logout/", 302, "/admin/login/"))
    assert left(coverage, FORM) == ["contests_contest_backtest", "contests_entry_change"]


def test_each_topic_of_a_store_has_the_name_that_deliveries_have() -> None:
    for kind, topics in TOPICS.items():
        assert set(topics) == set(STORE_KINDS[kind].topics), kind


@pytest.mark.parametrize("days", [4, 14])
def test_each_act_has_its_evening(days: int) -> None:
    acts = [act for day in range(days) for act in acts_of_the_evening(day, days)]
    assert set(EVENINGS) <= set(acts)
    assert len(acts) == len(set(acts))


def test_what_is_left_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(show_coverage([("activity", 3, ["erased team"])])) == ["never exercised: activity “erased team”"]
    assert "| activity | 3 | 2 | erased team |" in capsys.readouterr().out
