"""Shopify's orders CSV: https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders.

One row a line item; only the first of an order has its totals. Headings as files of 2024 and 2026 have them: “Cancelled
at” became “Canceled at”, “Payment Reference” became “Payment References”. The file does not say how much tax is in the
shipping, and has no mark for test orders but the name of Shopify's test gateway.
"""

import re
from decimal import Decimal

from blitzrocket.spreadsheets.csv_table import Vocabulary
from purchases.imports.store_files.order_file import (
    CANCELLED,
    NOT_PAID,
    REFUNDED_IN_FULL,
    TEST,
    OrderFile,
    SkippedOrder,
    Values,
    cell_money,
    first_of,
    plain,
    without_parts,
)
from purchases.stores.provider import Options
from purchases.stores.shopify_amounts import PAID_WITHOUT_MONEY

PAID = ("paid", "partially_refunded")
SPELLINGS = {
    "id": (("id", "order id"),),
    "name": (("name", "order", "order name"),),
    "email": (("email",),),
    "financial_status": (("financial status",),),
    "paid_at": (("paid at",),),
    "created_at": (("created at",),),
    "cancelled_at": (("cancelled at", "canceled at"),),
    "currency": (("currency",),),
    "shipping": (("shipping",),),
    "tax": (("taxes",),),
    "total": (("total",),),
    "refunded": (("refunded amount",),),
    "payment_method": (("payment method",),),
}


class ShopifyOrders(OrderFile):
    name = "the orders CSV of Shopify"
    help_text = "In Shopify: Orders › Export › Plain CSV file. Upload it as it is: Excel shortens the order IDs."
    vocabulary = Vocabulary(
        SPELLINGS,
        required=[
            *((name,) for name in ("id", "name", "email", "financial_status", "currency", "total")),
            ("paid_at", "created_at"),
        ],
        example="Name,Email,Financial Status,Paid at,Currency,Total,Id",
    )

    def continues(self, values: Values, above: Values) -> bool:
        has_totals = values.get("total") or values.get("financial_status") or values.get("id")
        return not has_totals and values.get("name") == above.get("name")

    def facts(self, values: Values, options: Options) -> dict[str, str]:
        times = ("paid_at", "created_at") if options["earns"] == "paid" else ("created_at", "paid_at")
        return {
            "order_id": values.get("id", "").removeprefix("'"),
            "name": values.get("name", ""),
            "email": values.get("email", ""),
            "currency": values.get("currency", ""),
            "purchased_at": first_of(values, *times),
        }

    def check(self, values: Values, options: Options) -> None:
        status = plain(values.get("financial_status", ""))
        methods = {plain(method) for method in re.split(r"[+,]", values.get("payment_method", "")) if method.strip()}
        if values.get("cancelled_at") or status == "voided":
            raise SkippedOrder(CANCELLED)
        if status == "refunded":
            raise SkippedOrder(REFUNDED_IN_FULL)
        if options["earns"] == "paid" and status not in PAID:
            raise SkippedOrder(NOT_PAID)
        if any("bogus" in method for method in methods):
            raise SkippedOrder(TEST)
        if options["gift_cards"] == "leave_out" and methods and methods <= PAID_WITHOUT_MONEY:
            raise SkippedOrder("Paid only by gift card or store credit")

    def earning(self, total: Decimal, values: Values, currency: str, options: Options) -> Decimal:
        return without_parts(total, cell_money(values, "shipping", currency), values, currency, options)
