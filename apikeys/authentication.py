"""Authentication by API key: the header ``x-api-key``, or ``?apiKey=`` for a public key."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apikeys.models import ApiKey, kind_of
from apikeys.throttling import count_call
from blitzrocket.api.exceptions import InvalidApiKeyError, MissingApiKeyError, PrivateKeyInUrlError

HEADER = "x-api-key"
PARAMETER = "apiKey"


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the key and counts the call, so that every response to a valid key can have the rate limit's headers."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        key = find_key(request)
        request.log_fields.update(key=key.prefix, team=key.team_id)  # type: ignore[attr-defined]  # of the middleware
        request.call_count = count_call(key)  # type: ignore[attr-defined]
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="BlitzRocket", header="x-api-key"'


def find_key(request: Request) -> ApiKey:
    """The key of a request; the header comes first.

    Raises:
        PrivateKeyInUrlError: a private key is in the URL, which is logged on its way.
        MissingApiKeyError: there is none.
        InvalidApiKeyError: it does not exist, has expired or was revoked.
    """
    in_url = request.query_params.get(PARAMETER, "")
    if kind_of(in_url) == ApiKey.Kind.PRIVATE:
        raise PrivateKeyInUrlError
    secret = request.headers.get(HEADER, "").strip() or in_url
    if not secret:
        raise MissingApiKeyError
    key = ApiKey.objects.usable(secret, timezone.now()) if kind_of(secret) else None
    if key is None:
        raise InvalidApiKeyError
    return key
