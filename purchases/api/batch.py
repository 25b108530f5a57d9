"""Many orders in one call: recording them, and asking which are there."""

import logging
from collections import Counter
from operator import itemgetter
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from blitzrocket.api.exceptions import ApiError, EntryNotFoundError, InvalidRequestBodyError
from blitzrocket.api.fields import fault_of
from blitzrocket.datetimes import format_rfc3339
from blitzrocket.limits import LARGEST_BODY
from blitzrocket.postgres.connection import longer_statements
from blitzrocket.text import storable, trim
from contests.api.viewsets import ContestViewSet
from purchases.api.orders import INVALID_ORDER, OrderReader, refusal_of
from purchases.api.rejections import RejectionLoggingViewSet
from purchases.api.schema import describe_batch, describe_reconcile
from purchases.api.serializers import (
    MOST_IN_A_BATCH,
    MOST_TO_RECONCILE,
    RECONCILE_STATUSES,
    BatchSerializer,
    OrderToReconcileSerializer,
    ReconciledSerializer,
)
from purchases.services import (
    NewPurchase,
    Recorded,
    count_pending_refunds,
    reconcile,
    record_batch,
    record_rejections,
)

logger = logging.getLogger(__name__)

# Batches with the same entries wait for each other, and several may be before one.
LOCK_SECONDS = 30.0

Row = dict[str, Any]


def read_rows(body: dict[str, Any], name: str, most: int) -> list[Any]:
    """The rows of a call that takes many.

    Raises:
        InvalidRequestBodyError: they are no list, or too few or many.
    """
    rows = body.get(name)
    if isinstance(rows, list) and 1 <= len(rows) <= most:
        return rows
    fault = fault_of(rows)
    message = f"The {name} {fault}" if fault else f"Send {name} as a JSON list of 1 to {most:,} orders."
    raise InvalidRequestBodyError(details=[{"field": name, "message": message}])


def answer(rows: list[Row], statuses: tuple[str, ...], serializer: Any) -> Response:
    """The results in their order, and how many there are of each status."""
    counted = Counter(row["status"] for row in rows)
    counts = {status: counted[status] for status in statuses}
    return Response({"results": rows, "counts": counts})


class BatchViewSet(RejectionLoggingViewSet):
    """``/contests/:contestId/purchases/batch``."""

    body_limit = LARGEST_BODY

    @describe_batch
    def create(self, request: Request, contest_id: str) -> Response:
        """Record up to 500 orders; a row that is refused stops no other, and all is safe to send again."""
        received_at = timezone.now()
        contest = self.get_contest()
        bodies = read_rows(self.read_body(request), "purchases", MOST_IN_A_BATCH)
        reader = OrderReader(received_at)
        orders: dict[int, NewPurchase] = {}
        refused: dict[int, ApiError] = {}
        for index, body in enumerate(bodies):
            try:
                orders[index] = reader.read(_object(body))
            except ApiError as error:
                refused[index] = error
        with longer_statements(LOCK_SECONDS):
            self._keep(bodies, refused, received_at)  # before, so that what the same batch records is closed with it
            outcomes = record_batch(contest, list(orders.values()), api_key=self.caller, received_at=received_at)
        for index, outcome in zip(orders, outcomes, strict=True):
            if not isinstance(outcome, Recorded):
                refused[index] = EntryNotFoundError()
        recorded = dict(zip(orders, outcomes, strict=True))
        rows = [_row(index, body, recorded.get(index), refused.get(index)) for index, body in enumerate(bodies)]
        return answer(rows, ("recorded", "duplicate", "rejected"), BatchSerializer)

    def handle_exception(self, exc: Exception) -> Response:
        """The call as a whole names no order."""
        return ContestViewSet.handle_exception(self, exc)

    def _keep(self, bodies: list[Any], refused: dict[int, ApiError], received_at: Any) -> None:
        """Refused rows are kept like refused calls; of two with the same order and reason the last."""
        kept = {}
        for index, error in refused.items():
            refusal = self.refusal_of(bodies[index], error) if isinstance(bodies[index], dict) else None
            if refusal is not None:
                kept[refusal.order_id, refusal.code] = refusal
        try:
            record_rejections(list(kept.values()), received_at)
        except (OperationalError, InterfaceError):
            raise  # the database is away: the other rows would only wait for it once more
        except Error:
            logger.exception("the refused rows of a batch could not be noted")


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidRequestBodyError(
            INVALID_ORDER, details=[{"field": "", "message": "The order must be a JSON object."}]
        )
    return body


def _order_id_as_sent(body: Any) -> str | None:
    sent = body.get("orderId") if isinstance(body, dict) else None
    is_id = isinstance(sent, str | int) and not isinstance(sent, bool)
    return storable(trim(str(sent))) if is_id else None


def _row(index: int, body: Any, outcome: Any, error: ApiError | None) -> Row:
    row: Row = {"index": index, "orderId": _order_id_as_sent(body)}
    if error is not None:
        row |= {"status": "rejected", "error": error.error, "code": error.code}
        return row | ({"details": error.details} if error.details else {})
    row |= {
        "status": "duplicate" if outcome.already_exists else "recorded",
        "purchaseId": outcome.purchase_id,
        "entryId": outcome.entry_id,
        "pointsAwarded": outcome.points_awarded,
    }
    if outcome.differences:
        row["differences"] = outcome.differences
    return row | ({"reasonCode": outcome.reason_code} if outcome.reason_code else {})


class ReconcileViewSet(ContestViewSet):
    """``/contests/:contestId/purchases/reconcile``."""

    body_limit = LARGEST_BODY

    @describe_reconcile
    def create(self, request: Request, contest_id: str) -> Response:
        """What became of each of up to 1,000 orders: which are there, differ, wait, were refused or never came."""
        contest = self.get_contest()
        bodies = read_rows(self.read_body(request), "orders", MOST_TO_RECONCILE)
        orders: dict[int, dict[str, Any]] = {}
        invalid: dict[int, Row] = {}
        for index, body in enumerate(bodies):
            try:
                orders[index] = self._read(body)
            except ApiError as error:
                invalid[index] = {"status": "invalid", "code": error.code, "details": error.details}
        found = reconcile(contest, list(orders.values()))
        standings = dict(zip(orders, found.results, strict=True)) | invalid
        ids = [orders[index]["orderId"] if index in orders else _order_id_as_sent(bodies[index]) for index in standings]
        pending = count_pending_refunds(contest, [order_id for order_id in ids if order_id])
        rows = [
            {"index": index, "orderId": order_id, "pendingRefunds": pending.get(order_id or "", 0)} | standing
            for (index, standing), order_id in zip(standings.items(), ids, strict=True)
        ]
        response = answer(sorted(rows, key=itemgetter("index")), RECONCILE_STATUSES, ReconciledSerializer)
        if found.incomplete_since is not None:
            response.data["incompleteSince"] = format_rfc3339(found.incomplete_since)
        return response

    def _read(self, body: Any) -> dict[str, Any]:
        """A row's values.

        Raises:
            AmountNotPositiveError, InvalidRequestBodyError: what is wrong with it.
        """
        reader = OrderToReconcileSerializer(data=_object(body))
        if not reader.is_valid():
            raise refusal_of(reader.errors)
        order: dict[str, Any] = reader.validated_data
        return order
