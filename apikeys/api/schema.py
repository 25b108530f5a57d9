"""The security schemes of the OpenAPI description."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The two kinds of key, and where each may be sent."""

    target_class = "apikeys.authentication.ApiKeyAuthentication"
    name = ["privateKey", "publicKey", "publicKeyInUrl"]  # spectacular takes several

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        header = {"type": "apiKey", "in": "header", "name": "x-api-key"}
        return [
            header | {"description": "A private key, `brk_priv_…`. Reads and writes. Keep it on your server."},
            header | {"description": "A public key, `brk_pub_…`. Reads only. Safe in web pages."},
            {
                "type": "apiKey",
                "in": "query",
                "name": "apiKey",
                "description": "A public key as a query parameter. Private keys are refused: URLs are logged.",
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """The kinds of key that the operation accepts, any of them."""
        reads = auto_schema.method in SAFE_METHODS and not getattr(auto_schema.view, "needs_private_key", False)
        kinds = self.name if reads else self.name[:1]
        return [{kind: []} for kind in kinds]
