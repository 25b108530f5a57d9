"""Stripe's payments CSV: Dashboard › Payments › Export, https://support.stripe.com/questions/exporting-payment-reports.

Headings as files of several years have them: “id, Description, Created (UTC), Amount, Amount Refunded, Currency, Mode,
Status, Customer Email, Captured, Invoice ID, PaymentIntent ID” and “… (metadata)” for each name of metadata. Amounts
are in major units. A payment's metadata is not that of its Checkout session, and the file has no session: an order
that a delivery recorded is found by its payment.
"""

from blitzrocket.spreadsheets.csv_table import Vocabulary
from purchases.imports.store_files.order_file import (
    CANCELLED,
    NOT_PAID,
    REFUNDED_IN_FULL,
    TEST,
    OrderFile,
    SkippedOrder,
    Values,
    first_of,
    plain,
)
from purchases.stores.provider import Options

PAID = ("paid", "succeeded", "partial_refund", "partially_refunded")
SPELLINGS = {
    "id": (("id", "payment id", "charge id"),),
    "order_id": (
        ("client reference id", "client_reference_id (metadata)"),
        ("order_id (metadata)",),
        ("order id",),
    ),
    "payment_intent": (("paymentintent id", "payment intent", "payment intent id"),),
    "invoice": (("invoice id", "invoice"),),
    "email": (("customer email",), ("receipt email",), ("customer_email (metadata)", "email (metadata)")),
    "created_utc": (("created (utc)", "created date (utc)"), ("created", "created date")),
    "currency": (("currency",),),
    "amount": (("amount",),),
    "refunded": (("amount refunded",),),
    "status": (("status",),),
    "captured": (("captured",),),
    "mode": (("mode",),),
}


class StripePayments(OrderFile):
    name = "the payments CSV of Stripe"
    help_text = "In Stripe: Transactions › Payments › Export, with all columns."
    total = "amount"
    vocabulary = Vocabulary(
        SPELLINGS,
        required=[
            (name,)
            for name in ("id", "created_utc", "amount", "refunded", "currency", "status", "email", "payment_intent")
        ],
        example="id,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer Email,PaymentIntent ID",
    )

    def facts(self, values: Values, options: Options) -> dict[str, str]:
        payment = first_of(values, "payment_intent", "id")
        reference = values.get("order_id", "") if options["order_id"] == "reference" else ""
        return {
            "order_id": values.get("invoice") or reference or payment,
            "payment_ids": " ".join(dict.fromkeys(filter(None, (payment, values.get("id", ""))))),
            "email": values.get("email", ""),
            "currency": values.get("currency", ""),
            "purchased_at": _utc(values.get("created_utc", "")),
        }

    def check(self, values: Values, options: Options) -> None:
        status = plain(values.get("status", ""))
        if plain(values.get("mode", "")) == "test" and options["mode"] != "test":
            raise SkippedOrder(TEST)
        if status == "refunded":
            raise SkippedOrder(REFUNDED_IN_FULL)
        if status in ("canceled", "cancelled"):
            raise SkippedOrder(CANCELLED)
        if status not in PAID or plain(values.get("captured", "")) == "false":
            raise SkippedOrder(NOT_PAID)
        if values.get("invoice") and options["subscriptions"] != "earn":
            raise SkippedOrder("A subscription's payment")


def _utc(text: str) -> str:
    """The time with the zone that its heading names."""
    return f"{text} UTC" if text and text[-1].isdigit() else text
