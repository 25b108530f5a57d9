"""Saves or counts rejected record calls, so that support finds them."""

import logging
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from blitzrocket import strict_json
from blitzrocket.api.exceptions import ApiError, as_api_error, log_unavailable
from blitzrocket.text import storable
from contests.api.exceptions import EntryNotFoundError
from contests.api.viewsets import ContestScopedViewSet, find_contest
from contests.models import Contest
from purchases.api.order_fields import OrderIdField
from purchases.services import Rejection, count_rejection, record_rejection, record_rejections

logger = logging.getLogger(__name__)

LOGGED = (400, 403, 404)
COUNTED = (401, 413, 429)


class RejectionLoggingMixin(ContestScopedViewSet):
    """Saves or counts the orders that its ``create`` rejects, and the rows that its ``batch`` rejects."""

    def handle_exception(self, exc: Exception) -> Response:
        """A failure to save the rejected order does not change the response."""
        if self.action == "create":
            try:
                self._log_rejection(as_api_error(exc))
            except (OperationalError, InterfaceError) as error:
                log_unavailable(error)
            except Error:
                logger.exception("a rejected order could not be logged")
        return super().handle_exception(exc)

    def _log_rejection(self, error: ApiError) -> None:
        if error.status_code in COUNTED:
            count_rejection(error.code, self.api_key, timezone.now())
        elif error.status_code in LOGGED and not isinstance(error, EntryNotFoundError):
            rejection = self._rejection(error)
            if rejection is not None:
                record_rejection(rejection, timezone.now())

    def _rejection(self, error: ApiError) -> Rejection | None:
        """The rejected order, if its id can be read, and its sender is known: a paused store connection is not."""
        if self.request.auth is None:
            return None
        try:
            body = self.read_body()
        except ApiError:
            return None
        return self.rejection_of(body, error)

    @property
    def contest_sent(self) -> str:
        """The contest id in the URL."""
        return storable(self.kwargs["contest_id"])

    @cached_property
    def team_contest(self) -> Contest | None:
        """The team's contest with that id, also a draft; looked up once for all rows of a batch."""
        return find_contest(self.api_key.team_id, self.contest_sent)

    def rejection_of(self, body: dict[str, Any], error: ApiError) -> Rejection | None:
        """The rejected order as received; None where it has no valid order id."""
        try:
            order_id = OrderIdField().run_validation(body.get("orderId"))
        except ValidationError:
            return None
        return Rejection(
            api_key=self.api_key,
            contest_sent=self.contest_sent,
            contest=self.team_contest,
            order_id=order_id,
            code=error.code,
            email=_as_sent(body.get("email")),
            amount=_as_sent(body.get("amount"), quoted=True),
            currency=_as_sent(body.get("currency")),
            details=error.details or [],
        )

    def log_rejected_rows(self, rows: list[tuple[Any, ApiError]], received_at: datetime) -> None:
        """Save the rejected rows of a batch; of two with the same order id and code, the last."""
        rejections = {}
        for body, error in rows:
            rejection = self.rejection_of(body, error) if isinstance(body, dict) else None
            if rejection is not None:
                rejections[rejection.order_id, rejection.code] = rejection
        try:
            record_rejections(list(rejections.values()), received_at)
        except (OperationalError, InterfaceError):
            raise  # the database does not answer: recording the other rows would wait for it again
        except Error:
            logger.exception("the rejected rows of a batch could not be logged")


def _as_sent(value: Any, *, quoted: bool = False) -> str:
    """A value as text for support: text as it is, or with ``quoted`` in its quotation marks; all else as JSON."""
    if value is None:
        return ""
    return storable(value) if isinstance(value, str) and not quoted else strict_json.show(value)
