"""Authentication by API key: the header ``x-api-key``, or ``?apiKey=`` for a public key."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apikeys.key_use import KeyUse, use_key
from apikeys.models import ApiKey, kind_of
from blitzrocket.api.exceptions import InvalidApiKeyError, MissingApiKeyError, PrivateKeyInUrlError

HEADER = "HTTP_X_API_KEY"  # as WSGI names it
PARAMETER = "apiKey"


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the key and counts the call, so that every response to a valid key can have the rate limit's headers."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        use = use_key_of(request)
        request.log_fields.update(key=use.key.prefix, team=use.key.team_id)  # type: ignore[attr-defined]
        request.call_count = use.count  # type: ignore[attr-defined]
        return None, use.key

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="BlitzRocket", header="x-api-key"'


def use_key_of(request: Request) -> KeyUse:
    """Use the key of a request; the header comes first.

    Raises:
        PrivateKeyInUrlError: a private key is in the URL, which is logged on its way.
        MissingApiKeyError: there is none.
        InvalidApiKeyError: it does not exist, has expired or was revoked.
    """
    # Most calls have no parameters, and parsing none takes as long as reading an order.
    in_url = request.query_params.get(PARAMETER, "") if request.META.get("QUERY_STRING") else ""
    if kind_of(in_url) == ApiKey.Kind.PRIVATE:
        raise PrivateKeyInUrlError
    secret = request.META.get(HEADER, "").strip() or in_url
    if not secret:
        raise MissingApiKeyError
    use = use_key(secret) if kind_of(secret) else None
    if use is None:
        raise InvalidApiKeyError
    return use
