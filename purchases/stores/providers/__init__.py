"""One module a store; docs/store-providers.md says how to write one."""

from purchases.stores.provider import Provider
from purchases.stores.providers.shopify import Shopify
from purchases.stores.providers.stripe import Stripe
from purchases.stores.providers.woocommerce import WooCommerce

PROVIDERS: dict[str, Provider] = {provider.kind: provider for provider in (Shopify(), Stripe(), WooCommerce())}
