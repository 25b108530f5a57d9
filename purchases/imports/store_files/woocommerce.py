"""Orders of WooCommerce, which itself exports none with emails: two documented CSV files, and its REST API's JSON.

- The JSON of https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-orders: the same objects as deliveries.
- https://woocommerce.com/document/ordercustomer-csv-export/ (“order_id, order_number, date, status, order_total,
  refunded_total, order_currency, billing_email, …”).
- https://woocommerce.com/document/import-and-export-of-woocommerce-orders/ (“order_id, order_date, paid_date, …”).

WooCommerce Analytics downloads orders without an email and is refused for that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from blitzrocket.spreadsheets.csv_table import MAX_BYTES, MAX_ROWS, FileRow, UnreadableFile, Vocabulary
from blitzrocket.strict_json import InvalidJSON, read_each
from blitzrocket.text import storable
from purchases.imports.store_files.order_file import (
    CANCELLED,
    NOT_PAID,
    REFUNDED_IN_FULL,
    OrderFile,
    OrderTable,
    SkippedOrder,
    Values,
    cell_money,
    first_of,
    plain,
    without_parts,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Options
from purchases.stores.providers.woocommerce import CANCELLED as CANCELLED_STATUSES
from purchases.stores.providers.woocommerce import PAID

SPELLINGS = {
    "id": (("order id", "id"),),
    "number": (("order number formatted",), ("order number", "number")),
    "status": (("status", "order status"),),
    "email": (("billing email", "billing email address"), ("customer email", "email")),
    "currency": (("order currency", "currency"),),
    "total": (("order total", "total"),),
    "shipping": (("shipping total", "order shipping"),),
    "shipping_tax": (("shipping tax total", "shipping tax", "order shipping tax"),),
    "tax": (("tax total", "total tax", "order total tax"),),
    "refunded": (("refunded total", "total refunded", "refund total"),),
    "paid_at": (("date paid", "paid date"),),
    "created_at": (("order date", "date created"), ("date",)),
    "transaction_id": (("transaction id",),),
    "order_key": (("order key",),),
}
_JSON_STARTS = (b"[", b"{")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class WooCommerceOrders(OrderFile):
    name = "a CSV export of WooCommerce's orders with order_id and billing_email, or the JSON of its REST API"
    help_text = (
        "WooCommerce Analytics' own download has no emails: use an export extension, or save what "
        "/wp-json/wc/v3/orders?per_page=100 returns."
    )
    vocabulary = Vocabulary(
        SPELLINGS,
        required=[
            *((name,) for name in ("email", "id", "status", "currency", "total")),
            ("paid_at", "created_at"),
        ],
        example="order_id,status,date,order_currency,order_total,refunded_total,billing_email",
    )

    def parse(self, data: bytes) -> OrderTable:
        if not data.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(_JSON_STARTS):
            return super().parse(data)
        if len(data) > MAX_BYTES:
            raise UnreadableFile(f"The file is larger than {MAX_BYTES // 1024**2} MB. Import it in parts.")
        table = JsonOrders(data)
        for count, _row in enumerate(table.rows(), start=1):
            if count > MAX_ROWS:
                raise UnreadableFile(f"The file has more than {MAX_ROWS} orders. Import it in parts.")
        return table

    def continues(self, values: Values, above: Values) -> bool:
        return bool(values.get("id")) and values.get("id") == above.get("id")  # one row a line item

    def facts(self, values: Values, options: Options) -> dict[str, str]:
        others = filter(None, (values.get("transaction_id", ""), values.get("order_key", "")))
        return {
            "order_id": values.get("id", ""),
            "name": values.get("number", ""),
            "other_ids": " ".join(other for other in others if " " not in other),
            "email": values.get("email", ""),
            "currency": values.get("currency", ""),
            "purchased_at": first_of(values, "paid_at", "created_at"),
        }

    def check(self, values: Values, options: Options) -> None:
        status = plain(values.get("status", "")).removeprefix("wc_")
        if status in CANCELLED_STATUSES:
            raise SkippedOrder(CANCELLED)
        if status == "refunded":
            raise SkippedOrder(REFUNDED_IN_FULL)
        if status not in PAID:
            raise SkippedOrder(NOT_PAID)

    def earning(self, total: Decimal, values: Values, currency: str, options: Options) -> Decimal:
        shipping = cell_money(values, "shipping", currency) + cell_money(values, "shipping_tax", currency)
        return without_parts(total, shipping, values, currency, options)


@dataclass(frozen=True)
class JsonOrders:
    """The orders of JSON lists, read one at a time; several pages may follow each other in one file."""

    data: bytes
    encoding: str = "UTF-8"
    ignored_headings: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[FileRow]:
        """The orders, each with its number in the file as its line.

        Raises:
            UnreadableFile: it is no JSON of orders.
        """
        number = 0
        try:
            for number, value in enumerate(read_each(self.data), start=1):
                if not isinstance(value, dict) or "id" not in value or "billing" not in value:
                    raise UnreadableFile(f"Item {number} is no order of WooCommerce: it has no “id” or no “billing”.")
                yield FileRow(number, _values_of(Payload(value)), has_more_cells=False)
        except InvalidJSON as error:
            raise UnreadableFile(str(error).replace("The body", "The file")) from None
        if not number:
            raise UnreadableFile("The file has no orders.")


def _values_of(order: Payload) -> dict[str, str]:
    """An order's values by the meanings of the columns."""
    values = {
        "id": order.identifier("id"),
        "number": order.identifier("number"),
        "status": order.text("status"),
        "email": order.text("billing.email"),
        "currency": order.text("currency"),
        "total": _shown(order.get("total")),
        "shipping": _shown(order.get("shipping_total")),
        "shipping_tax": _shown(order.get("shipping_tax")),
        "tax": _shown(order.get("total_tax")),
        "refunded": f"{_refunded(order):f}",
        "paid_at": _utc(order, "date_paid"),
        "created_at": _utc(order, "date_created"),
        "transaction_id": order.text("transaction_id"),
        "order_key": order.text("order_key"),
    }
    return {name: storable(value) for name, value in values.items() if value}


def _refunded(order: Payload) -> Decimal:
    """The sum of its refunds, whose totals are negative."""
    totals = (_shown(refund.get("total")) for refund in order.objects("refunds"))
    return sum((abs(_decimal(total)) for total in totals), Decimal(0))


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number.adjusted()) < len("999999999999") else Decimal(0)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""


def _utc(order: Payload, name: str) -> str:
    moment = order.text(f"{name}_gmt")
    return f"{moment}Z" if moment else order.text(name)
