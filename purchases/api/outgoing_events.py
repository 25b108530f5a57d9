"""The OpenAPI description of the messages that webhooks send: docs/events.md."""

from typing import Any

from drf_spectacular.utils import OpenApiWebhook

from purchases.models import EventKind

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TIME: Schema = {"type": "string", "format": "date-time"}
MONEY: Schema = {"type": "number"}
POINTS: Schema = {"type": "integer"}
# Of the entry, right after the event.
POINTS_OR_NULL: Schema = {"type": ["integer", "null"]}
OF_PURCHASE = dict.fromkeys(("entryId", "purchaseId", "orderId"), TEXT)
MONEY_OF_ORDER: dict[str, Schema] = {"amount": MONEY, "currency": TEXT}
DATA: dict[EventKind, dict[str, Schema]] = {
    EventKind.RECORDED: {
        **OF_PURCHASE,
        "email": TEXT,
        **MONEY_OF_ORDER,
        "purchasedAt": TIME,
        "pointsAwarded": POINTS,
        "entryPoints": POINTS_OR_NULL,
    },
    EventKind.REFUNDED: {
        **OF_PURCHASE,
        "refundId": TEXT,
        **MONEY_OF_ORDER,
        "refundedAmount": MONEY,
        "pointsRemoved": POINTS,
        "entryPoints": POINTS_OR_NULL,
    },
    EventKind.VOIDED: {**OF_PURCHASE, "pointsRemoved": POINTS, "entryPoints": POINTS_OR_NULL},
    EventKind.HELD: {"orderId": TEXT, "email": TEXT, **MONEY_OF_ORDER, "purchasedAt": TIME},
    EventKind.ADJUSTED: {
        "entryId": TEXT,
        "ledgerLineId": TEXT,
        "kind": TEXT,
        "points": POINTS,
        "entryPoints": POINTS,
        "purchaseId": TEXT_OR_NULL,
        "reason": TEXT_OR_NULL,
    },
    EventKind.CREATED: {
        "entryId": TEXT,
        **dict.fromkeys(("email", "name", "phone", "referredBy"), TEXT_OR_NULL),
        "referralCode": TEXT,
        "emailConfirmed": {"type": "boolean"},
    },
    EventKind.ENDED: {"title": TEXT, "endDate": {"type": ["string", "null"], "format": "date-time"}},
}


SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _operation_id(kind: EventKind) -> str:
    """Such as ``receivePurchaseRecorded``."""
    return "receive" + "".join(map(str.capitalize, kind.value.split(".")))


def _header(name: str) -> Schema:
    return {"name": name, "in": "header", "required": True, "schema": TEXT}


def _webhook(kind: EventKind) -> OpenApiWebhook:
    data = _object({"contestId": TEXT, **DATA[kind]})
    message = _object({"id": TEXT, "type": {"type": "string", "const": kind.value}, "timestamp": TIME, "data": data})
    operation = {
        "operationId": _operation_id(kind),
        "summary": str(kind.label),
        "description": "Signed by Standard Webhooks, and sent at least once.",
        "tags": ["Webhooks"],
        "security": [],  # no key of the API: the headers are signed
        "parameters": [_header(name) for name in SIGNED_HEADERS],
        "requestBody": {"required": True, "content": {"application/json": {"schema": message}}},
        "responses": {"2XX": {"description": "Received."}},
    }
    return OpenApiWebhook(name=kind.value, decorator={"post": operation})


WEBHOOKS = [_webhook(kind) for kind in EventKind]
