"""The sentences of the activity log about orders, refunds and their imports."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import (
    OBJECT_TYPES,
    SENTENCES,
    ObjectType,
    Reference,
    SearchScope,
    Sentence,
    Subject,
    fields_changed,
    reference_in,
)
from blitzrocket.numbers import counted, show_number
from contests.admin.activity import ids_of, imported, unimported
from contests.money import show_amount
from purchases.models import (
    OutgoingEvent,
    PendingRefund,
    Purchase,
    PurchaseImport,
    RejectedPurchase,
    StoreConnection,
    StoreDelivery,
    WebhookEndpoint,
)
from purchases.models.order import order_key
from purchases.support.store_names import store_name

MAX_FOUND = 50
Action = AuditEvent.Action


def _order(order_id: str, currency: str) -> Subject:
    return Subject(f"order {order_id}", partial(show_amount, currency=currency))


def _purchases(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = Purchase.objects.filter(**ids_of(references)).values_list("pk", "order_id", "currency")
    return {pk: _order(order_id, currency) for pk, order_id, currency in rows}


def _rejections(references: Collection[Reference]) -> Mapping[str, Subject]:
    """Looked up in their team: an order sent to an unknown contest has none."""
    ids, teams = ([getattr(each, name) for each in references] for name in ("object_id", "team_id"))
    rows = RejectedPurchase.objects.filter(team__in=teams, pk__in=ids).values_list("pk", "order_id")
    return {pk: Subject(f"order {order_id}" if order_id else "an order without ID") for pk, order_id in rows}


def _refunds(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = PendingRefund.objects.filter(**ids_of(references)).values_list("pk", "order_id", "currency")
    return {pk: _order(order_id, currency) for pk, order_id, currency in rows}


def _imports(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {row.pk: Subject(row.file_name) for row in PurchaseImport.objects.filter(**ids_of(references))}


def _deliveries(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = StoreDelivery.objects.filter(**ids_of(references)).values_list("pk", "topic", "order_id")
    return {pk: Subject(_delivery_name(topic, order_id)) for pk, topic, order_id in rows}


def _delivery_name(topic: str, order_id: str) -> str:
    """“the delivery orders/paid of order #1001”, with what is known."""
    name = f"the delivery {topic}" if topic else "a delivery"
    return f"{name} of order {order_id}" if order_id else name


def _connections(references: Collection[Reference]) -> Mapping[str, Subject]:
    return {row.pk: Subject(store_name(row)) for row in StoreConnection.objects.filter(**ids_of(references))}


def _find_connections(text: str, scope: SearchScope) -> list[str]:
    rows = StoreConnection.objects.filter(contest__in=scope.contest_ids, name__icontains=text)
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _endpoints(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = WebhookEndpoint.objects.filter(**ids_of(references))
    return {row.pk: Subject(f"the webhook “{row.name}”") for row in rows}


def _find_endpoints(text: str, scope: SearchScope) -> list[str]:
    rows = WebhookEndpoint.objects.filter(contest__in=scope.contest_ids, name__icontains=text)
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _events(references: Collection[Reference]) -> Mapping[str, Subject]:
    rows = OutgoingEvent.objects.filter(**ids_of(references)).values_list("pk", "kind")
    return {pk: Subject(f"the event {kind}") for pk, kind in rows}


def _endpoint_fields(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"fields": fields_changed(event, WebhookEndpoint)}


def _sent_again(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"count": counted(int(event.after.get("events", 0)), "failed event", "failed events")}


def _deleted_connection(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"name": str(event.before.get("name", ""))}


def _store_fields(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"fields": fields_changed(event, StoreConnection)}


def _find(rows: Any, text: str, scope: SearchScope) -> list[str]:
    matches = rows.filter(contest__in=scope.contest_ids, order_key=order_key(text))
    return list(matches.values_list("pk", flat=True)[:MAX_FOUND])


def _find_purchases(text: str, scope: SearchScope) -> list[str]:
    return _find(Purchase.objects, text, scope)


def _find_rejections(text: str, scope: SearchScope) -> list[str]:
    rows = RejectedPurchase.objects.filter(team__in=scope.team_ids, order_key=order_key(text))
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


def _find_refunds(text: str, scope: SearchScope) -> list[str]:
    return _find(PendingRefund.objects, text, scope)


def _points(event: AuditEvent, subject: Subject) -> dict[str, str]:
    """What the action added to the points: “ (−20 points)”."""
    change = int(event.after.get("points", 0)) - int(event.before.get("points", 0))
    unit = "point" if abs(change) == 1 else "points"
    return {"points": f" ({show_number(change, signed=True)} {unit})" if change else ""}


def _refund(event: AuditEvent, subject: Subject) -> dict[str, str]:
    amount = Decimal(event.after.get("refunded", 0)) - Decimal(event.before.get("refunded", 0))
    return {"amount": subject.show_amount(amount)} | _points(event, subject)


def _retried(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {"count": counted(int(event.after.get("deliveries", 0)), "failed delivery", "failed deliveries")}


def _entry_after(event: AuditEvent) -> Reference | None:
    return _entry(event, event.after)


def _entry_before(event: AuditEvent) -> Reference | None:
    return _entry(event, event.before)


def _entry(event: AuditEvent, values: dict[str, Any]) -> Reference | None:
    return reference_in(event, "entry", str(values["entry"])) if values.get("entry") else None


OBJECT_TYPES |= {
    "purchase": ObjectType(_purchases, "a deleted order", _find_purchases),
    "rejectedpurchase": ObjectType(_rejections, "a deleted rejected order", _find_rejections),
    "pendingrefund": ObjectType(_refunds, "a deleted refund", _find_refunds),
    "purchaseimport": ObjectType(_imports, "a deleted import"),
    "storedelivery": ObjectType(_deliveries, "a deleted delivery"),
    "storeconnection": ObjectType(_connections, "a deleted store connection", _find_connections),
    "webhookendpoint": ObjectType(_endpoints, "a deleted webhook", _find_endpoints),
    "outgoingevent": ObjectType(_events, "a deleted event"),
}
SENTENCES |= {
    ("purchase", Action.REFUNDED): Sentence("refunded {amount} of {object}{points}", _refund),
    ("purchase", Action.VOIDED): Sentence("voided {object}{points}", _points, mentioned=("points", "status")),
    ("purchase", Action.RESTORED): Sentence("restored {object}{points}", _points, mentioned=("points", "status")),
    ("purchase", Action.UNIMPORTED): Sentence(
        "undid the import of {object}{points}", _points, mentioned=("points", "status")
    ),
    ("purchase", Action.MOVED): Sentence(
        "moved {object} from {from_entry} to {to_entry}",
        others={"from_entry": _entry_before, "to_entry": _entry_after},
        mentioned=("entry",),
    ),
    ("rejectedpurchase", Action.ATTACHED): Sentence(
        "attached {object} to {entry}", others={"entry": _entry_after}, mentioned=("entry", "purchase", "state")
    ),
    ("rejectedpurchase", Action.DETACHED): Sentence(
        "detached {object} from {entry}", others={"entry": _entry_before}, mentioned=("entry", "purchase", "state")
    ),
    ("rejectedpurchase", Action.RECORDED): Sentence(
        "recorded the rejected {object} by hand", mentioned=("purchase", "state")
    ),
    ("rejectedpurchase", Action.DISMISSED): Sentence(
        "dismissed the rejected {object}", mentioned=("state", "purchase")
    ),
    ("rejectedpurchase", Action.REOPENED): Sentence("reopened the rejected {object}", mentioned=("state", "purchase")),
    ("rejectedpurchase", Action.UNIMPORTED): Sentence(
        "undid the import of {object}, which was on hold", mentioned=("state", "purchase")
    ),
    ("pendingrefund", Action.DISMISSED): Sentence("dismissed a pending refund of {object}", mentioned=("dismissed",)),
    ("pendingrefund", Action.REOPENED): Sentence("reopened a pending refund of {object}", mentioned=("dismissed",)),
    ("storedelivery", Action.RETRIED): Sentence("retried {object}", mentioned=("state",)),
    ("storedelivery", Action.DISMISSED): Sentence("dismissed {object}", mentioned=("state",)),
    ("storedelivery", Action.REOPENED): Sentence("reopened {object}", mentioned=("state",)),
    ("storedelivery", Action.EXPORTED): Sentence("downloaded the body of {object}", mentioned=("exported", "bytes")),
    ("contest", Action.RETRIED): Sentence("retried {count} of {contest}", _retried, mentioned=("deliveries",)),
    ("purchaseimport", Action.IMPORTED): Sentence(
        "imported {object} into {contest}, new orders: {count}", imported, mentioned=("rows", "new")
    ),
    ("purchaseimport", Action.UNIMPORTED): Sentence(
        "undid the import {object} into {contest}, orders: {count}", unimported, mentioned=("imported",)
    ),
    ("storeconnection", Action.ADDED): Sentence("connected {object} to {contest}", mentioned=("kind", "name")),
    ("storeconnection", Action.CHANGED): Sentence("changed {fields} of {object}", _store_fields),
    ("storeconnection", Action.PAUSED): Sentence("paused {object}"),
    ("storeconnection", Action.RESUMED): Sentence("resumed {object}"),
    ("storeconnection", Action.SECRET_REPLACED): Sentence("replaced the secret of {object}"),
    ("storeconnection", Action.REVOKED): Sentence("ended the old secret of {object}"),
    ("storeconnection", Action.DELETED): Sentence(
        "deleted the store connection “{name}”", _deleted_connection, mentioned=("name",)
    ),
    ("webhookendpoint", Action.ADDED): Sentence("added {object} to {contest}", mentioned=("name",)),
    ("webhookendpoint", Action.CHANGED): Sentence("changed {fields} of {object}", _endpoint_fields),
    ("webhookendpoint", Action.PAUSED): Sentence("paused {object}"),
    ("webhookendpoint", Action.RESUMED): Sentence("resumed {object}"),
    ("webhookendpoint", Action.SECRET_REPLACED): Sentence("replaced the secret of {object}"),
    ("webhookendpoint", Action.REVOKED): Sentence("ended the old secret of {object}"),
    ("webhookendpoint", Action.RETRIED): Sentence("sent {count} of {object} again", _sent_again, mentioned=("events",)),
    ("webhookendpoint", Action.DELETED): Sentence(
        "deleted the webhook “{name}”", _deleted_connection, mentioned=("name",)
    ),
    ("outgoingevent", Action.RETRIED): Sentence("sent {object} again", mentioned=("state",)),
}
