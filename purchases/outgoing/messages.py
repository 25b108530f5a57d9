"""What an event's message says. It is composed when it is sent, of rows that stay as they were when it happened.

So the outbox holds no personal data, and what is erased meanwhile is not sent. Ledger lines, purchases' amounts and
refunds never change; of an entry, and of an order on hold, the values at the time of sending are sent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from blitzrocket.datetimes import format_rfc3339
from blitzrocket.strict_json import write
from contests.models import Contest, Entry, PointTransaction
from purchases.models import EventKind, OutgoingEvent, Purchase, Refund, RejectedPurchase, money_of
from purchases.models.webhooks import TEST

Data = dict[str, Any]
Composer = Callable[[Contest, Sequence[OutgoingEvent]], dict[str, Data]]


def bodies_of(contest: Contest, events: Iterable[OutgoingEvent]) -> dict[str, bytes]:
    """The messages of a contest's events by their ids; none of an event whose fact was deleted."""
    by_kind: dict[str, list[OutgoingEvent]] = defaultdict(list)
    for event in events:
        by_kind[event.kind].append(event)
    return {
        event.pk: _body_of(event, contest, data[event.pk])
        for kind, of_kind in by_kind.items()
        for data in [COMPOSERS[kind](contest, of_kind)]
        for event in of_kind
        if event.pk in data
    }


def _body_of(event: OutgoingEvent, contest: Contest, data: Data) -> bytes:
    return write(
        {
            "id": event.pk,
            "type": event.kind,
            "timestamp": format_rfc3339(event.created_at),
            "data": {"contestId": contest.pk, **data},
        }
    )


def _recorded(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    purchases = _purchases(contest, [event.object_id for event in events])
    earned = PointTransaction.Kind.EARNED
    rows = PointTransaction.objects.filter(contest=contest, purchase_id__in=list(purchases), kind=earned)
    lines = {line.purchase_id: line for line in rows}
    return {
        event.pk: {
            "entryId": event.entry_id,
            "purchaseId": purchase.pk,
            "orderId": purchase.order_id,
            "email": purchase.email,
            "amount": purchase.money,
            "currency": purchase.currency,
            "purchasedAt": format_rfc3339(purchase.purchased_at),
            "pointsAwarded": purchase.points_awarded,
            "entryPoints": _balance(lines.get(purchase.pk)),
        }
        for event in events
        if (purchase := purchases.get(event.object_id))
    }


def _refunded(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    refunds = Refund.objects.filter(contest=contest).in_bulk([event.object_id for event in events])
    lines = _lines(contest, events)
    return {
        event.pk: {
            "entryId": event.entry_id,
            "purchaseId": refund.purchase_id,
            "orderId": refund.order_id,
            "refundId": refund.refund_id,
            "amount": refund.money,
            "currency": refund.currency,
            "refundedAmount": _refunded_until(refund),
            "pointsRemoved": refund.points_reversed,
            "entryPoints": _balance(lines.get(event.line_id)),
        }
        for event in events
        if (refund := refunds.get(event.object_id))
    }


def _refunded_until(refund: Refund) -> Decimal:
    """How much of the order was refunded with this refund."""
    earlier = Refund.objects.filter(
        contest=refund.contest_id, purchase=refund.purchase_id, created_at__lte=refund.created_at
    )
    return money_of(earlier.aggregate(sum=Sum("amount"))["sum"], refund.currency)


def _voided(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    purchases = _purchases(contest, [event.object_id for event in events])
    lines = _lines(contest, events)
    return {
        event.pk: {
            "entryId": event.entry_id,
            "purchaseId": purchase.pk,
            "orderId": purchase.order_id,
            "pointsRemoved": -line.points if line else 0,
            "entryPoints": _balance(line),
        }
        for event in events
        if (purchase := purchases.get(event.object_id))
        for line in [lines.get(event.line_id)]
    }


def _held(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    rows = RejectedPurchase.objects.filter(contest_sent=contest.pk, contest=contest)
    orders = rows.in_bulk([event.object_id for event in events])
    return {
        event.pk: {
            "orderId": order.order_id,
            "email": order.email,
            "amount": Decimal(order.amount),
            "currency": order.currency,
            "purchasedAt": format_rfc3339(order.purchased_at) if order.purchased_at else None,
        }
        for event in events
        if (order := orders.get(event.object_id))
    }


def _adjusted(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    lines = _lines(contest, events)
    return {
        event.pk: {
            "entryId": line.entry_id,
            "ledgerLineId": line.pk,
            "kind": line.kind,
            "points": line.points,
            "entryPoints": line.balance,
            "purchaseId": line.purchase_id,
            "reason": line.reason or None,
        }
        for event in events
        if (line := lines.get(event.line_id))
    }


def _created(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    entries = Entry.objects.filter(contest=contest).in_bulk([event.object_id for event in events])
    return {
        event.pk: {
            "entryId": entry.pk,
            "email": entry.email or None,
            "name": entry.name or None,
            "phone": entry.phone or None,
            "referralCode": entry.referral_code,
            "referredBy": entry.referred_by_id,
            "emailConfirmed": entry.email_confirmed,
        }
        for event in events
        if (entry := entries.get(event.object_id))
    }


def _ended(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    end = format_rfc3339(contest.ends_at) if contest.ends_at else None
    return {event.pk: {"title": contest.title, "endDate": end} for event in events}


def _test(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, Data]:
    return {event.pk: {"message": "This is a test. Nothing has happened in the contest."} for event in events}


def _purchases(contest: Contest, ids: Sequence[str]) -> dict[str, Purchase]:
    rows = Purchase.objects.filter(contest=contest).defer("scoring", "last_differences")
    return rows.in_bulk(ids)


def _lines(contest: Contest, events: Sequence[OutgoingEvent]) -> dict[str, PointTransaction]:
    ids = [event.line_id for event in events if event.line_id]
    return PointTransaction.objects.filter(contest=contest).in_bulk(ids)


def _balance(line: PointTransaction | None) -> int | None:
    return line.balance if line else None


COMPOSERS: Mapping[str, Composer] = {
    EventKind.RECORDED: _recorded,
    EventKind.REFUNDED: _refunded,
    EventKind.VOIDED: _voided,
    EventKind.HELD: _held,
    EventKind.ADJUSTED: _adjusted,
    EventKind.CREATED: _created,
    EventKind.ENDED: _ended,
    TEST: _test,
}
