"""The API call that describes the caller's key."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.models import ApiKey
from blitzrocket.api.fields import DateTimeOrNullField, TimestampField
from blitzrocket.api.schema import describe
from blitzrocket.api.viewsets import ApiViewSet


class KeySerializer(serializers.Serializer):
    type = serializers.ChoiceField([kind.value for kind in ApiKey.Kind], source="kind", help_text="public or private.")
    name = serializers.CharField(help_text="What uses the key.")
    team = serializers.CharField(source="team.name", help_text="The team that the key belongs to.")
    prefix = serializers.CharField(help_text="The first characters of the key.")
    createdAt = TimestampField(source="created_at", help_text="When it was created.")
    expiresAt = DateTimeOrNullField(source="expires_at", help_text="When it expires; null: never.")
    lastUsedAt = DateTimeOrNullField(source="last_used_at", help_text="When it was last used, to the minute.")
    rateLimit = serializers.IntegerField(
        source="rate_limit", allow_null=True, help_text="Requests per minute; null: no limit."
    )


class KeyViewSet(RetrieveModelMixin, ApiViewSet):
    """``/key``."""

    serializer_class = KeySerializer

    @describe("getKey", "Get key", "Keys")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the key is, and what is left to it."""
        return super().retrieve(request, *args, **kwargs)

    def get_object(self) -> ApiKey:
        return cast("ApiKey", self.request.auth)
