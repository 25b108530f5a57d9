"""`make faults` notices what is lost, doubled or badly answered."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from faults.answers import Answers, read
from faults.load import Acknowledged, Load
from faults.service import Service
from faults.stored import compare
from faults.table import head, line_of, problems_of
from faults.trials import Outcome, finish
from purchases.models import Purchase
from tests.purchases.orders import buy, refund
from tests.support import Shop, make_shop, test_database_url

ENVELOPE = {"success": False, "error": "E", "message": "M.", "code": "c", "requestId": "r"}


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


def loaded(*purchases: Purchase, **changes: Any) -> Load:
    """A load to which these purchases were acknowledged, the last with other values."""
    service = cast("Service", SimpleNamespace(url=test_database_url()))
    load = Load(service, "order")
    for purchase in purchases:
        load.acknowledged[purchase.order_id] = Acknowledged(purchase.pk, purchase.entry_id, awarded=10, points=10)
    for name, value in changes.items():
        setattr(load.acknowledged[purchases[-1].order_id], name, value)
    return load


def compared(load: Load) -> tuple[int, int, int]:
    result = compare(load)
    return result.lost, result.doubled, result.wrong


def test_what_is_stored_as_acknowledged_is_right(shop: Shop) -> None:
    assert compared(loaded(buy(shop, "10.00"), buy(shop, "10.00"))) == (0, 0, 0)


def test_a_missing_order_is_lost(shop: Shop) -> None:
    load = loaded(buy(shop, "10.00"))
    load.acknowledged["order-missing"] = next(iter(load.acknowledged.values()))
    assert compared(load) == (1, 0, 0)


def test_a_missing_refund_is_lost(shop: Shop) -> None:
    assert compared(loaded(buy(shop, "10.00"), refund_id="refund-1")) == (1, 0, 0)


def test_a_refund_that_nobody_made_is_one_too_many(shop: Shop) -> None:
    purchase = buy(shop, "10.00")
    refund(purchase, "4.00")
    assert compared(loaded(purchase)) == (0, 1, 1)


@pytest.mark.parametrize("changes", [{"awarded": 11}, {"points": 9}, {"entry_id": "another"}])
def test_other_points_or_another_entry_are_wrong(shop: Shop, changes: dict[str, Any]) -> None:
    assert compared(loaded(buy(shop, "10.00"), **changes)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("status", "answer", "retry_after", "problem"),
    [
        (201, {"success": True, "data": {}}, None, ""),
        (201, {"success": True}, None, "201 without data"),
        (503, ENVELOPE, "5", ""),
        (503, ENVELOPE, None, "503 without Retry-After"),
        (503, {"error": "E"}, "5", "503 without the error's fields"),
        (404, ENVELOPE | {"success": True}, None, "404 without the error's fields"),
    ],
)
def test_an_answer_is_read(status: int, answer: dict[str, Any], retry_after: str | None, problem: str) -> None:
    assert read(status, answer, retry_after)[1] == problem


def test_the_table_lists_each_problem(shop: Shop) -> None:
    load = loaded(buy(shop, "10.00"), points=9)
    load.answers.add(503, 11.0, "503 without Retry-After")
    outcome = Outcome("harm", "gunicorn", times=1)
    finish(outcome, load, tracebacks=["Traceback …"])
    text = "\n".join([head(), line_of(outcome), problems_of([outcome])])
    assert "| harm | gunicorn | 1 | 1 | 1 | 0 | 0 | 1 | 0 | 1 | 0 | 0 | 0 | 11.0 | – |" in text
    assert "gunicorn, harm: 1 with other points" in text
    assert "gunicorn, harm: 503 without Retry-After (1 ×)" in text
    assert "gunicorn, harm: in the log: Traceback …" in text


def test_answers_are_counted() -> None:
    answers = Answers()
    answers.add(201, 0.1, "")
    answers.add(201, 0.3, "")
    assert (answers.statuses, answers.longest) == ({201: 2}, 0.3)
