"""The key of a call."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from bench.peers.drf.models import ApiKey
from bench.peers.one_statement import digest_of


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        key = ApiKey.objects.filter(digest=digest_of(request.headers.get("x-api-key", "")), revoked_at=None).first()
        if key is None:
            raise AuthenticationFailed("Missing or invalid API key")
        return None, key
