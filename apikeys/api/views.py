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


class ApiKeySerializer(serializers.Serializer):
    type = serializers.ChoiceField(
        [kind.value for kind in ApiKey.FOR_CALLS], source="kind", help_text="Type of the key: public or private."
    )
    name = serializers.CharField(help_text="Name of the key, chosen by its owner.")
    team = serializers.CharField(source="team.name", help_text="Name of the team that owns the key.")
    prefix = serializers.CharField(help_text="First characters of the key, to identify it.")
    createdAt = TimestampField(source="created_at", help_text="Time at which the key was created.")
    expiresAt = DateTimeOrNullField(
        source="expires_at", help_text="Time at which the key expires. null: it never expires."
    )
    lastUsedAt = DateTimeOrNullField(
        source="last_used_at", help_text="Time of the last request with the key, accurate to the minute."
    )
    rateLimit = serializers.IntegerField(
        source="rate_limit", allow_null=True, help_text="Maximum requests per minute. null: no limit."
    )


class KeyViewSet(RetrieveModelMixin, ApiViewSet):
    """``/key``."""

    serializer_class = ApiKeySerializer

    @describe("getKey", "Get key", "Keys")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Retrieve the API key that authenticates the request, with its type, team and rate limit."""
        return super().retrieve(request, *args, **kwargs)

    def get_object(self) -> ApiKey:
        return ApiKey.objects.select_related("team").get(pk=cast("ApiKey", self.request.auth).pk)
