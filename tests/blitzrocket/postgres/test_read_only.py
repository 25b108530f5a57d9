"""A PostgreSQL that takes no writes, as a standby before it is promoted: as good as away."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_next_job
from contests.models import Contest
from purchases.services.recalculation import start_recalculation
from tests.support import Shop


@contextmanager
def refused_writes() -> Iterator[None]:
    savepoint = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    try:
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


@pytest.mark.parametrize("path", ["purchases", "purchases/batch", "refunds"])
def test_a_call_that_writes_can_be_sent_again(shop: Shop, client: Client, path: str) -> None:
    order = shop.order()
    body = {"purchases": [order]} if path.endswith("batch") else order | {"refundId": "refund-1"}
    url = f"/api/v1/contests/{shop.contest.pk}/{path}"
    with refused_writes():
        answer = client.post(url, body, "application/json", headers={"x-api-key": shop.private_key})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer["Retry-After"] == "5"


def test_a_job_waits_for_it(shop: Shop) -> None:
    contest = Contest.objects.get(pk=shop.contest.pk)
    start_recalculation(contest, contest.current_rules(), days=0, audit=AuditContext(reason="As announced"))
    with refused_writes(), pytest.raises(OperationalError):
        run_next_job()
    assert Job.objects.get().state == Job.State.WAITING
