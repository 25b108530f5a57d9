"""``POST /api/webhooks/purchase/:contestId`` and ``/signup/:contestId``: calls with a secret instead of a key."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.models import ApiKey
from blitzrocket import strict_json
from blitzrocket.api.exceptions import BodyTooLargeError
from blitzrocket.api.viewsets import ApiViewSet
from blitzrocket.limits import LARGEST_BODY
from contests.api.entries import new_entry_of
from contests.api.viewsets import ContestScopedViewSet
from contests.services import sign_up
from contests.services.entries import REQUEST_SECONDS, announce_reachable
from purchases.api import schema
from purchases.api.exceptions import ConnectionNotReadyError, ConnectionPausedError, InvalidWebhookSecretError
from purchases.api.purchases import PurchaseViewSet
from purchases.api.serializers import SignedUpSerializer, SignUpSerializer
from purchases.models import StoreConnection
from purchases.stores.health import note_delivery
from purchases.stores.secret_connections import find_connection
from purchases.stores.secrets import SecretUnreadable

HEADER = "HTTP_X_WEBHOOK_SECRET"
FIELD = "secret"


class WebhookSecretAuthentication(BaseAuthentication):
    """Finds the contest's connection by its secret; the header comes first."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        contest_id = request.parser_context["kwargs"]["contest_id"]
        secret = request.META.get(HEADER, "").strip() or _secret_in_body(request)
        connection = self._find(contest_id, secret) if secret and "\0" not in contest_id else None
        if connection is None:
            raise InvalidWebhookSecretError
        if not connection.is_active:
            raise ConnectionPausedError
        note_delivery(connection, timezone.now())
        request.log_fields.update(key=connection.pk, team=connection.api_key.team_id)  # type: ignore[attr-defined]
        return None, connection.api_key

    def _find(self, contest_id: str, secret: str) -> StoreConnection | None:
        try:
            return find_connection(contest_id, secret, timezone.now())
        except SecretUnreadable:
            raise ConnectionNotReadyError from None

    def authenticate_header(self, request: Request) -> str:
        return 'WebhookSecret realm="BlitzRocket", header="x-webhook-secret"'


def _secret_in_body(request: Request) -> str:
    """The body's field; empty where there is none.

    Raises:
        BodyTooLargeError: the body, which may have a secret, is longer than any call's.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise BodyTooLargeError(f"The request body is larger than {LARGEST_BODY // 1024} KiB.")
    try:
        body: Any = strict_json.read(request._request.body)
    except strict_json.InvalidJSON:
        return ""
    secret = body.get(FIELD) if isinstance(body, dict) else None
    return secret.strip() if isinstance(secret, str) else ""


class WebhookMixin(ApiViewSet):
    """A call with a webhook secret, which has no rate limit."""

    authentication_classes = (WebhookSecretAuthentication,)
    throttle_classes = ()
    uses_api_key = False
    body_limit = LARGEST_BODY


class PurchaseWebhookViewSet(WebhookMixin, PurchaseViewSet):
    """Records an order exactly as the API does."""

    @schema.describe_purchase_webhook
    def create(self, request: Request, contest_id: str) -> Any:
        """Record an order from any store. 201 when new, 200 for a duplicate."""
        return super().create(request, contest_id)


class SignUpWebhookViewSet(WebhookMixin, ContestScopedViewSet):
    """Creates an entry as the API does, and says which points its referral gave."""

    serializer_class = SignUpSerializer

    @schema.describe_sign_up_webhook
    def create(self, request: Request, contest_id: str) -> Response:
        """Create an entry from any sign-up form. 201 when new; 200 with the existing entry for a known email.

        Orders on hold for its email are recorded. An unknown referral code is ignored.
        """
        signed_up = sign_up(self.contest, new_entry_of(self.read_validated()), audit=self.get_audit())
        # Also for an existing entry: the call that created it may have been cut off before this.
        announce_reachable([signed_up.entry], seconds=REQUEST_SECONDS)
        return Response(SignedUpSerializer(signed_up).data, status=200 if signed_up.already_exists else 201)
