"""The triggers that keep ledger, refunds and activity log as they are: erasing changes texts and nothing else."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import PointTransaction, RuleSet
from contests.services import adjust_points
from purchases.models import Refund
from tests.purchases.orders import buy, refund
from tests.support import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rows(shop: Shop) -> None:
    refund(buy(shop), "10.00", "r1")
    adjust_points(shop.entry, 5, adjustment_id="a", audit=AuditContext(reason="Photo"))


def change(model: Any, *, erasing: bool, **values: Any) -> int:
    with transaction.atomic():
        if erasing:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL blitzrocket.erasing = 'on'")
        return int(model.objects.update(**values))


@pytest.mark.parametrize("model", [PointTransaction, Refund, AuditEvent])
def test_a_reason_is_erased_only_by_the_erasure(model: Any) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        change(model, erasing=False, reason="")
    assert change(model, erasing=True, reason="[erased]") > 0
    with pytest.raises(IntegrityError, match="never changed"):  # the setting ended with its transaction
        change(model, erasing=False, reason="")


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (PointTransaction, {"points": 1}),
        (PointTransaction, {"reason": "", "balance": 1}),
        (PointTransaction, {"adjustment_id": "b"}),
        (Refund, {"amount": 1}),
        (Refund, {"reason": "", "order_id": "x"}),
        (AuditEvent, {"action": "voided"}),
        (AuditEvent, {"actor": None, "object_id": "x"}),
        (RuleSet, {"content": {}}),
    ],
)
def test_nothing_else_changes_while_it_erases(model: Any, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        change(model, erasing=True, **values)


@pytest.mark.parametrize("model", [PointTransaction, Refund, AuditEvent])
def test_nothing_is_deleted_while_it_erases(model: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL blitzrocket.erasing = 'on'")
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
