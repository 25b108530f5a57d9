"""Attempts that were refused for what was sent: kept where an order can be found by them later, counted where not.

Orders that lack nothing but their entry are held, without counting anything: see `holding`.
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
from purchases.models import (
    MAX_SENT_LENGTH,
    RejectedPurchase,
    RejectionCount,
    order_key,
)
from purchases.services.retention_gaps import note_call_not_kept

logger = logging.getLogger(__name__)

BEYOND_THE_LIMIT = "too_many_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A refused attempt: facts as sent, code and details as answered; ``contest`` where the team has such a one."""

    api_key: ApiKey
    contest_sent: str
    contest: Contest | None
    order_id: str
    code: str
    email: str = ""
    amount: str = ""
    currency: str = ""
    details: list[dict[str, str]] = field(default_factory=list)


def record_rejection(refusal: Rejection, received_at: datetime) -> None:
    """Keep the attempt: the same order refused for the same reason again counts up and leaves its last facts.

    A key keeps at most ``REJECTED_PURCHASES_PER_KEY_AND_DAY`` new ones a day; beyond that they are only counted.
    """
    if _count_again(refusal, received_at):
        return
    if _is_full(refusal.api_key, received_at):
        count_rejection(BEYOND_THE_LIMIT, refusal.api_key, received_at)
        note_call_not_kept(refusal.contest, received_at)
        return
    try:
        with transaction.atomic():
            RejectedPurchase.objects.create(**_row(refusal, received_at))
    except IntegrityError:
        # Race: the same attempt was kept by another process between the two statements.
        if not _count_again(refusal, received_at):
            logger.exception("a refused attempt was not kept")


def record_rejections(refusals: Sequence[Rejection], received_at: datetime) -> None:
    """The same for several attempts of one key at orders of one contest, in a few statements for the lot; one order
    comes once.
    """
    if not refusals:
        return
    api_key, contest_sent = refusals[0].api_key, refusals[0].contest_sent[:MAX_SENT_LENGTH]
    _count_all_again(refusals, received_at)
    asked = [refusal.order_id for refusal in refusals]
    kept = set(
        RejectedPurchase.objects.filter(
            contest_sent=contest_sent, team=api_key.team_id, order_id__in=asked
        ).values_list("order_id", "code")
    )
    in_order = sorted(refusals, key=lambda one: (one.order_id, one.code))  # as others do, who wait for the same rows
    new = [one for one in in_order if (one.order_id, one.code) not in kept]
    room = max(0, settings.REJECTED_PURCHASES_PER_KEY_AND_DAY - _kept_today(api_key, received_at))
    RejectedPurchase.objects.bulk_create(
        [RejectedPurchase(**_row(refusal, received_at)) for refusal in new[:room]], ignore_conflicts=True
    )
    if new[room:]:
        count_rejection(BEYOND_THE_LIMIT, api_key, received_at, times=len(new) - room)
        note_call_not_kept(new[0].contest, received_at)


# Race: two batches with the same orders. Both lock the rows in the order of their ids.
_COUNT_ALL_AGAIN = """
    WITH again AS MATERIALIZED (
        SELECT attempt.id, sent.*
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
            AS sent (contest_sent, order_id, code, email, email_key, amount, currency, details)
        JOIN purchases_rejectedpurchase attempt ON attempt.contest_sent = sent.contest_sent
        AND attempt.order_id = sent.order_id AND attempt.code = sent.code AND attempt.team_id = %s
        ORDER BY attempt.id FOR NO KEY UPDATE OF attempt
    )
    UPDATE purchases_rejectedpurchase attempt SET
        times = attempt.times + 1, last_received_at = %s, email = again.email, email_key = again.email_key,
        amount = again.amount, currency = again.currency, details = again.details
    FROM again WHERE attempt.contest_sent = again.contest_sent AND attempt.id = again.id
"""


def _count_all_again(refusals: Sequence[Rejection], received_at: datetime) -> None:
    rows = []
    for refusal in sorted(refusals, key=lambda one: (one.order_id, one.code)):
        last = _last_facts(refusal)
        names = [refusal.contest_sent[:MAX_SENT_LENGTH], refusal.order_id, refusal.code]
        facts = [last["email"], last["email_key"], last["amount"], last["currency"]]
        rows.append([*names, *facts, write(last["details"]).decode()])
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ALL_AGAIN, [*columns, refusals[0].api_key.team_id, received_at])


def count_rejection(code: str, api_key: ApiKey | None, received_at: datetime, times: int = 1) -> None:
    """Count a refusal that is not kept, by key, day (UTC) and code."""
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


def _count_again(refusal: Rejection, received_at: datetime) -> bool:
    """False where no such attempt is kept."""
    return bool(
        RejectedPurchase.objects.filter(
            contest_sent=refusal.contest_sent[:MAX_SENT_LENGTH],
            order_id=refusal.order_id,
            code=refusal.code,
            team=refusal.api_key.team_id,
        ).update(times=F("times") + 1, last_received_at=received_at, **_last_facts(refusal))
    )


def _is_full(api_key: ApiKey, received_at: datetime) -> bool:
    return _kept_today(api_key, received_at) >= settings.REJECTED_PURCHASES_PER_KEY_AND_DAY


def _kept_today(api_key: ApiKey, received_at: datetime) -> int:
    today = received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    malformed = RejectedPurchase.objects.exclude(code=RejectedPurchase.Code.ENTRY)
    return malformed.filter(
        api_key=api_key, first_received_at__gte=today, first_received_at__lt=today + timedelta(days=1)
    ).count()


def _row(refusal: Rejection, received_at: datetime) -> dict[str, Any]:
    return {
        "team_id": refusal.api_key.team_id,
        "contest": refusal.contest,
        "contest_sent": refusal.contest_sent[:MAX_SENT_LENGTH],
        "order_id": refusal.order_id,
        "order_key": order_key(refusal.order_id),
        "code": refusal.code,
        "api_key": refusal.api_key,
        "first_received_at": received_at,
        "last_received_at": received_at,
        **_last_facts(refusal),
    }


def _last_facts(refusal: Rejection) -> dict[str, Any]:
    return {
        "email": refusal.email[:MAX_SENT_LENGTH],
        "email_key": search_key(refusal.email[:MAX_SENT_LENGTH]),
        "amount": refusal.amount[:MAX_SENT_LENGTH],
        "currency": refusal.currency[:MAX_SENT_LENGTH],
        "details": refusal.details,
    }
