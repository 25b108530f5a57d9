"""``POST /api/webhooks/:store/:connectionId``: what stores call."""

from collections.abc import Mapping
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from blitzrocket.api.exceptions import (
    BodyTooLargeError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    UnauthorizedError,
    error_response,
    exception_handler,
)
from blitzrocket.api.renderers import json_response
from blitzrocket.limits import LARGEST_BODY
from blitzrocket.turns import in_turn
from purchases.api.exceptions import ConnectionNotReadyError
from purchases.stores.active_connections import ActiveConnection, ConnectionInactive, find_connection
from purchases.stores.flow import DeliveryFailed, receive
from purchases.stores.provider import Delivery
from purchases.stores.providers import PROVIDERS
from purchases.stores.secrets import SecretUnreadable
from purchases.stores.signatures import SignatureInvalid

MAX_REMEMBERED_NAMES = 500  # each store sends the same few


class InvalidSignatureError(UnauthorizedError):
    error = "Invalid signature"
    code = "invalid_signature"
    message = "The delivery is not signed with this connection's secret."


@in_turn
@csrf_exempt
def store_webhook(request: HttpRequest, kind: str, connection_id: str) -> HttpResponse:
    """Receive a delivery. 200 also for one that changes nothing, because stores disable a webhook that fails."""
    try:
        return _receive(request, kind, connection_id)
    except Exception as error:
        return exception_handler(error, {"request": request})


def _receive(request: HttpRequest, kind: str, connection_id: str) -> HttpResponse:
    if request.method != "POST":
        raise MethodNotAllowedError(headers={"Allow": "POST"})
    try:
        return _answer(request, _connection(kind, connection_id))
    except ConnectionInactive:
        message = "No store connection has this URL. Copy the URL from the connection's page."
        raise NotFoundError(message) from None


def _connection(kind: str, connection_id: str) -> ActiveConnection:
    if kind not in PROVIDERS or "\0" in connection_id:  # which PostgreSQL refuses
        raise ConnectionInactive
    return find_connection(kind, connection_id)


def _answer(request: HttpRequest, active: ActiveConnection) -> HttpResponse:
    connection = active.connection
    request.log_fields.update(key=connection.pk, team=connection.api_key.team_id)  # type: ignore[attr-defined]
    delivery = Delivery(_body(request), _headers(request.META), timezone.now())
    if PROVIDERS[connection.kind].is_ping(delivery):
        active.read_again()
        return json_response({"message": "Ready to receive"}, 200)
    try:
        received = receive(active, delivery)
    except SignatureInvalid as error:
        raise InvalidSignatureError(str(error)) from None
    except SecretUnreadable:
        raise ConnectionNotReadyError from None
    except DeliveryFailed:  # which is logged
        return error_response(request, InternalServerError())
    request.log_fields.update(store=connection.kind, outcome=received.state)  # type: ignore[attr-defined]
    return json_response({"deliveryId": received.id, "status": received.state, "message": received.message}, 200)


def _body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise BodyTooLargeError(f"The body is larger than {LARGEST_BODY // 1024} KiB.")
    return request.read()  # as `request.body` does, which keeps it for forms


def _headers(meta: Mapping[str, str]) -> dict[str, str]:
    headers = {
        _header_name(name): value for name, value in meta.items() if name.startswith("HTTP_") and isinstance(value, str)
    }
    return headers | {"content-type": meta.get("CONTENT_TYPE", "")}


@lru_cache(MAX_REMEMBERED_NAMES)
def _header_name(name: str) -> str:
    """The name of a header that WSGI calls so."""
    return name.removeprefix("HTTP_").replace("_", "-").lower()
