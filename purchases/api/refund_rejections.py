"""Rejected refunds: what a call leaves behind that cannot be read or is not allowed, for support to find."""

import logging
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import Error
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field, SkipField
from rest_framework.response import Response

from blitzrocket.api.exceptions import ApiError, PrivateKeyRequiredError, as_api_error
from blitzrocket.api.fields import TextField
from blitzrocket.audit.models import MAX_REASON_LENGTH
from contests.api.viewsets import ContestScopedViewSet, find_contest
from purchases.api.serializers import CurrencyCodeField, OrderIdField
from purchases.services import NewRefund, keep_malformed

logger = logging.getLogger(__name__)


class RefundRejectionLoggingMixin(ContestScopedViewSet):
    """Logs the refunds that its ``create`` refuses and that name an order and a refund."""

    def handle_exception(self, exc: Exception) -> Response:
        """One sent with a public key is logged too."""
        error = as_api_error(exc)
        if self.action == "create" and isinstance(error, PrivateKeyRequiredError):
            try:
                body = self.read_body()
            except ApiError:
                body = {}
            self.log_rejected(body, error)
        return super().handle_exception(exc)

    def log_rejected(self, body: dict[str, Any], error: ApiError) -> None:
        """Log a refund as it was sent, with what is wrong with it; failing to do so changes no answer."""
        order_id, refund_id = (_read(OrderIdField(), body.get(name)) for name in ("orderId", "refundId"))
        contest = find_contest(self.api_key.team_id, self.kwargs["contest_id"])
        if order_id is None or refund_id is None or contest is None:
            return
        refund = NewRefund(
            refund_id=refund_id,
            amount=_amount_as_sent(body.get("amount")),
            currency=_read(CurrencyCodeField(), body.get("currency")) or "",
            received_at=timezone.now(),
        )
        reason = _read(TextField(max_length=MAX_REASON_LENGTH), body.get("reason")) or ""
        try:
            keep_malformed(contest, order_id, refund, self.get_audit(reason), _problem(error))
        except Error:
            logger.exception("a rejected refund could not be logged")


def _problem(error: ApiError) -> str:
    faults = [": ".join(filter(None, detail.values())) for detail in error.details or []]
    return "; ".join(faults) or error.message


def _read(field: Field, value: Any) -> Any:
    """A value as a field takes it; None where it does not."""
    try:
        return field.run_validation(value)
    except (ValidationError, SkipField):
        return None


def _amount_as_sent(value: Any) -> Decimal | None:
    """The number, also where it stood in quotation marks or is not positive."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
