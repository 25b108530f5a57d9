"""The stores whose own exports of orders can be brought in; one module a store."""

from purchases.imports.store_files.order_file import OrderFile
from purchases.imports.store_files.shopify import ShopifyOrders
from purchases.imports.store_files.stripe import StripePayments
from purchases.imports.store_files.woocommerce import WooCommerceOrders

ORDER_FILES: dict[str, OrderFile] = {
    "shopify": ShopifyOrders(),
    "woocommerce": WooCommerceOrders(),
    "stripe": StripePayments(),
}
