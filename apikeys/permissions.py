"""Permissions of API keys: a public key reads, a private key reads and writes."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apikeys.models import ApiKey
from blitzrocket.api.exceptions import PrivateKeyRequiredError

if TYPE_CHECKING:  # DRF imports this module while rest_framework.views is being imported
    from rest_framework.views import APIView


class PublicKeyReadsPrivateKeyWrites(BasePermission):
    """The default permission of the API's views (settings)."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        key = cast("ApiKey", request.auth)
        reads_only = request.method in SAFE_METHODS and not getattr(view, "needs_private_key", False)
        if not reads_only and not key.is_private:
            raise PrivateKeyRequiredError
        return True
