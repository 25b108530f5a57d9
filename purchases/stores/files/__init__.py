"""The stores whose own exports of orders can be brought in; one module a store."""

from purchases.stores.files.order_file import OrderFile
from purchases.stores.files.shopify import ShopifyOrders
from purchases.stores.files.stripe import StripePayments
from purchases.stores.files.woocommerce import WooCommerceOrders

ORDER_FILES: dict[str, OrderFile] = {
    "shopify": ShopifyOrders(),
    "woocommerce": WooCommerceOrders(),
    "stripe": StripePayments(),
}
