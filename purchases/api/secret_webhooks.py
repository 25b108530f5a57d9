"""``POST /api/webhooks/purchase/:contestId``: the record call with a webhook secret instead of a key."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apikeys.models import ApiKey
from blitzrocket import strict_json
from blitzrocket.api.exceptions import UnauthorizedError
from blitzrocket.limits import BODY_LIMIT
from purchases.api.purchases import PurchaseViewSet
from purchases.stores.secret_connections import find_connection

HEADER = "HTTP_X_WEBHOOK_SECRET"
FIELD = "secret"


class InvalidWebhookSecretError(UnauthorizedError):
    error = "Invalid webhook secret"
    code = "invalid_webhook_secret"
    message = "Send the connection's secret in the header x-webhook-secret or in the body field secret."


class WebhookSecretAuthentication(BaseAuthentication):
    """Finds the contest's connection by its secret; the header comes first."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        contest_id = request.parser_context["kwargs"]["contest_id"]
        secret = request.META.get(HEADER, "").strip() or _secret_in_body(request)
        found = find_connection(contest_id, secret, timezone.now()) if secret and "\0" not in contest_id else None
        if found is None:
            raise InvalidWebhookSecretError
        request.log_fields.update(key=found.pk, team=found.api_key.team_id)  # type: ignore[attr-defined]
        return None, found.api_key

    def authenticate_header(self, request: Request) -> str:
        return 'WebhookSecret realm="BlitzRocket", header="x-webhook-secret"'


def _secret_in_body(request: Request) -> str:
    """The body's field; empty where there is none, and for a body that no call may have."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        return ""
    try:
        body: Any = strict_json.read(request._request.body)
    except strict_json.InvalidJSON:
        return ""
    secret = body.get(FIELD) if isinstance(body, dict) else None
    return secret.strip() if isinstance(secret, str) else ""


class PurchaseWebhookViewSet(PurchaseViewSet):
    """Records an order exactly as the API does, without a rate limit."""

    authentication_classes = (WebhookSecretAuthentication,)
    throttle_classes = ()
