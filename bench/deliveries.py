"""Orders as a Shopify shop delivers them: https://shopify.dev/docs/api/admin-rest/latest/resources/order."""

import json
from decimal import Decimal
from typing import Any

from bench.orders import NUMBER, Orders, Target, any_entry
from bench.workload import CURRENCY

PREFIX = "5491"  # of the id of an order, which is a number
SECRET = "of the benchmark's shop"  # noqa: S105  (of nobody)


class Deliveries(Orders):
    """Paid orders, one in each delivery, which the load generator signs."""

    def _request(self, target: Target, index: int, emails: list[str]) -> list[str]:
        body = json.dumps(order_of(f"{self.prefix}{NUMBER}", emails[0], self.amount(self.first + index)))
        body = body.replace(f'"{self.prefix}{NUMBER}"', f"{self.prefix}{NUMBER}")  # the id is no text
        headers = {
            "Host": "127.0.0.1",
            "User-Agent": "Shopify-Captain-Hook",
            "Accept": "*/*",
            "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
            "Content-Type": "application/json",
            "Content-Length": len(body),
            "X-Shopify-Api-Version": "2026-10",
            "X-Shopify-Event-Id": f"98880550-7158-44d4-b7cd-2{NUMBER}000",
            "X-Shopify-Shop-Domain": "benchmark.myshopify.com",
            "X-Shopify-Topic": "orders/paid",
            "X-Shopify-Triggered-At": "2026-11-26T18:00:00.123456789Z",
            "X-Shopify-Webhook-Id": f"b54557e4-bdd9-4b37-8a5f-b{NUMBER}ca4",
        }
        lines = [f"POST /api/webhooks/shopify/{target.connection_id} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", body]).split(NUMBER)


def deliveries(first: int) -> Deliveries:
    return Deliveries(prefix=PREFIX, first=first, email_of_place=any_entry)


def order_of(order_id: str, email: str, amount: Decimal) -> dict[str, Any]:
    """An order with the fields that a shop sends, of one line with tax and shipping included."""
    person = {"first_name": "Ada", "last_name": "Byron", "phone": None}
    address = person | {
        "address1": "12 St James's Square",
        "address2": "",
        "city": "London",
        "zip": "SW1Y 4LE",
        "province": "England",
        "country": "United Kingdom",
        "country_code": "GB",
        "latitude": 51.5,
        "longitude": -0.13,
    }
    shipping, tax = Decimal("4.90"), Decimal("1.60")
    return {
        "id": order_id,
        "admin_graphql_api_id": "gid://shopify/Order/450789469",
        "app_id": 580111,
        "browser_ip": "203.0.113.9",
        "buyer_accepts_marketing": False,
        "cancel_reason": None,
        "cancelled_at": None,
        "confirmed": True,
        "contact_email": email,
        "created_at": "2026-11-20T10:29:58-05:00",
        "currency": CURRENCY,
        "email": email,
        "financial_status": "paid",
        "fulfillment_status": None,
        "name": f"#{order_id}",
        "note": None,
        "note_attributes": [],
        "payment_gateway_names": ["shopify_payments"],
        "presentment_currency": CURRENCY,
        "processed_at": "2026-11-20T10:29:57-05:00",
        "source_name": "web",
        "tags": "",
        "taxes_included": True,
        "test": False,
        **_money("total_price", amount),
        **_money("current_total_price", amount),
        **_money("subtotal_price", amount - shipping),
        **_money("total_discounts", Decimal("0.00")),
        **_money("total_tax", tax),
        "total_shipping_price_set": _both(shipping),
        "tax_lines": [{"title": "VAT", "rate": 0.2, **_money("price", tax)}],
        "customer": person | {"id": 207119551, "email": email, "state": "enabled", "tags": "", "currency": CURRENCY},
        "billing_address": address,
        "shipping_address": address,
        "line_items": [
            {
                "id": 466157049,
                "gift_card": False,
                "name": "Notebook - green",
                **_money("price", amount - shipping),
                "product_id": 632910392,
                "quantity": 1,
                "requires_shipping": True,
                "sku": "NOTE-GREEN",
                "taxable": True,
                "title": "Notebook",
                **_money("total_discount", Decimal("0.00")),
                "variant_id": 39072856,
                "vendor": "Analytical",
                "tax_lines": [{"title": "VAT", "rate": 0.2, **_money("price", tax)}],
            }
        ],
        "shipping_lines": [{"id": 271878346, "code": "Standard", "title": "Standard", **_money("price", shipping)}],
        "refunds": [],
        "fulfillments": [],
        "discount_codes": [],
    }


def _money(name: str, amount: Decimal) -> dict[str, Any]:
    return {name: f"{amount}", f"{name}_set": _both(amount)}


def _both(amount: Decimal) -> dict[str, Any]:
    money = {"amount": f"{amount}", "currency_code": CURRENCY}
    return {"shop_money": money, "presentment_money": money}
