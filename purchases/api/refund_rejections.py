"""Saves rejected refund calls, so that support finds them."""

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
from purchases.api.order_fields import CurrencyCodeField, OrderIdField
from purchases.services import NewRefund, save_malformed_refund

logger = logging.getLogger(__name__)


class RefundRejectionLoggingMixin(ContestScopedViewSet):
    """Saves the refunds that its ``create`` rejects, if they have an order id and a refund id."""

    def handle_exception(self, exc: Exception) -> Response:
        """Refunds sent with a public key are saved too."""
        error = as_api_error(exc)
        if self.action == "create" and isinstance(error, PrivateKeyRequiredError):
            try:
                body = self.read_body()
            except ApiError:
                body = {}
            self.log_rejected(body, error)
        return super().handle_exception(exc)

    def log_rejected(self, body: dict[str, Any], error: ApiError) -> None:
        """Save a refund as received, with its error. A failure to save it does not change the response."""
        order_id, refund_id = (_read(OrderIdField(), body.get(name)) for name in ("orderId", "refundId"))
        if order_id is None or refund_id is None:
            return
        refund = NewRefund(
            refund_id=refund_id,
            amount=_amount_as_sent(body.get("amount")),
            currency=_read(CurrencyCodeField(), body.get("currency")) or "",
            received_at=timezone.now(),
        )
        reason = _read(TextField(max_length=MAX_REASON_LENGTH), body.get("reason")) or ""
        try:
            contest = find_contest(self.api_key.team_id, self.kwargs["contest_id"])
            if contest is not None:
                save_malformed_refund(contest, order_id, refund, self.get_audit(reason), _problem(error))
        except Error:
            logger.exception("a rejected refund could not be logged")


def _problem(error: ApiError) -> str:
    problems = [": ".join(filter(None, detail.values())) for detail in error.details or []]
    return "; ".join(problems) or error.message


def _read(field: Field, value: Any) -> Any:
    """The value as the field reads it; None where it is invalid."""
    try:
        return field.run_validation(value)
    except (ValidationError, SkipField):
        return None


def _amount_as_sent(value: Any) -> Decimal | None:
    """The number, also of text or where it is not positive."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
