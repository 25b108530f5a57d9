"""Saving rejected orders, or counting them where the limit is reached or no order id is known.

Orders that lack only their entry are held instead: see `holding`.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from apikeys.models import ApiKey
from blitzrocket.emails import search_key
from blitzrocket.strict_json import write
from contests.models import Contest
from purchases.models import MAX_SENT_LENGTH, RejectedPurchase, RejectionCount, order_key
from purchases.services.retention_gaps import note_call_not_kept

logger = logging.getLogger(__name__)

BEYOND_THE_LIMIT = "too_many_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A rejected order as received, with code and details of the response; ``contest`` if it is one of the team."""

    api_key: ApiKey
    contest_sent: str
    contest: Contest | None
    order_id: str
    code: str
    email: str = ""
    amount: str = ""
    currency: str = ""
    details: list[dict[str, str]] = field(default_factory=list)


def record_rejection(rejection: Rejection, received_at: datetime) -> None:
    """Save a rejected order; one already saved with this reason is counted again and takes the values received last.

    At most ``REJECTED_PURCHASES_PER_KEY_AND_DAY`` new ones are saved per key and day; further ones are only counted.
    """
    if _count_if_saved(rejection, received_at):
        return
    if _is_full(rejection.api_key, received_at):
        count_rejection(BEYOND_THE_LIMIT, rejection.api_key, received_at)
        note_call_not_kept(rejection.contest, received_at)
        return
    try:
        with transaction.atomic():
            RejectedPurchase.objects.create(**_row(rejection, received_at))
    except IntegrityError:
        # Race: another process saved the same order between the two statements.
        if not _count_if_saved(rejection, received_at):
            logger.exception("a rejected order was not saved")


def record_rejections(rejections: Sequence[Rejection], received_at: datetime) -> None:
    """Save several rejected orders of one key and contest, with different ids, in a few statements."""
    if not rejections:
        return
    api_key, contest_sent = rejections[0].api_key, rejections[0].contest_sent[:MAX_SENT_LENGTH]
    _count_saved(rejections, received_at)
    order_ids = [rejection.order_id for rejection in rejections]
    existing = set(
        RejectedPurchase.objects.filter(
            contest_sent=contest_sent, team=api_key.team_id, order_id__in=order_ids
        ).values_list("order_id", "code")
    )
    in_order = sorted(rejections, key=_order_and_code)  # as other calls do, which lock the same rows
    new = [rejection for rejection in in_order if _order_and_code(rejection) not in existing]
    room = max(0, settings.REJECTED_PURCHASES_PER_KEY_AND_DAY - _saved_today(api_key, received_at))
    RejectedPurchase.objects.bulk_create(
        [RejectedPurchase(**_row(rejection, received_at)) for rejection in new[:room]], ignore_conflicts=True
    )
    if new[room:]:
        count_rejection(BEYOND_THE_LIMIT, api_key, received_at, times=len(new) - room)
        note_call_not_kept(new[0].contest, received_at)


# Race: two batches with the same orders. Both lock the rows in the order of their ids.
_COUNT_SAVED = """
    WITH repeat AS MATERIALIZED (
        SELECT rejected.id, sent.*
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
            AS sent (order_id, code, email, email_key, amount, currency, details)
        JOIN purchases_rejectedpurchase rejected ON rejected.contest_sent = %s
        AND rejected.order_id = sent.order_id AND rejected.code = sent.code AND rejected.team_id = %s
        ORDER BY rejected.id FOR NO KEY UPDATE OF rejected
    )
    UPDATE purchases_rejectedpurchase rejected SET
        times = rejected.times + 1, last_received_at = %s, email = repeat.email, email_key = repeat.email_key,
        amount = repeat.amount, currency = repeat.currency, details = repeat.details
    FROM repeat WHERE rejected.contest_sent = %s AND rejected.id = repeat.id
"""


def _count_saved(rejections: Sequence[Rejection], received_at: datetime) -> None:
    rows = []
    for rejection in sorted(rejections, key=_order_and_code):
        last = _last_facts(rejection)
        facts = [last["email"], last["email_key"], last["amount"], last["currency"]]
        rows.append([rejection.order_id, rejection.code, *facts, write(last["details"]).decode()])
    columns = [list(column) for column in zip(*rows, strict=True)]
    contest_sent, team = rejections[0].contest_sent[:MAX_SENT_LENGTH], rejections[0].api_key.team_id
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_SAVED, [*columns, contest_sent, team, received_at, contest_sent])


def count_rejection(code: str, api_key: ApiKey | None, received_at: datetime, times: int = 1) -> None:
    """Count a rejected order that is not saved, by key, day (UTC) and code."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO purchases_rejectioncount AS known (day, code, key_id, slot, times) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (day, code, key_id, slot) DO UPDATE SET times = known.times + excluded.times
            """,
            [received_at.date(), code, api_key.pk if api_key else "", _slot(), times],
        )


def _slot() -> int:
    return random.randrange(RejectionCount.SLOTS)  # noqa: S311  (spreads writes, guards nothing)


def _count_if_saved(rejection: Rejection, received_at: datetime) -> bool:
    """False where it is not saved yet."""
    return bool(
        RejectedPurchase.objects.filter(
            contest_sent=rejection.contest_sent[:MAX_SENT_LENGTH],
            order_id=rejection.order_id,
            code=rejection.code,
            team=rejection.api_key.team_id,
        ).update(times=F("times") + 1, last_received_at=received_at, **_last_facts(rejection))
    )


def _is_full(api_key: ApiKey, received_at: datetime) -> bool:
    return _saved_today(api_key, received_at) >= settings.REJECTED_PURCHASES_PER_KEY_AND_DAY


def _saved_today(api_key: ApiKey, received_at: datetime) -> int:
    today = received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    malformed = RejectedPurchase.objects.exclude(code=RejectedPurchase.Code.ENTRY)
    return malformed.filter(
        api_key=api_key, first_received_at__gte=today, first_received_at__lt=today + timedelta(days=1)
    ).count()


def _order_and_code(rejection: Rejection) -> tuple[str, str]:
    return rejection.order_id, rejection.code


def _row(rejection: Rejection, received_at: datetime) -> dict[str, Any]:
    return {
        "team_id": rejection.api_key.team_id,
        "contest": rejection.contest,
        "contest_sent": rejection.contest_sent[:MAX_SENT_LENGTH],
        "order_id": rejection.order_id,
        "order_key": order_key(rejection.order_id),
        "code": rejection.code,
        "api_key": rejection.api_key,
        "first_received_at": received_at,
        "last_received_at": received_at,
        **_last_facts(rejection),
    }


def _last_facts(rejection: Rejection) -> dict[str, Any]:
    return {
        "email": rejection.email[:MAX_SENT_LENGTH],
        "email_key": search_key(rejection.email[:MAX_SENT_LENGTH]),
        "amount": rejection.amount[:MAX_SENT_LENGTH],
        "currency": rejection.currency[:MAX_SENT_LENGTH],
        "details": rejection.details,
    }
