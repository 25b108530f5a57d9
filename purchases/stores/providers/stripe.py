"""Stripe: https://docs.stripe.com/webhooks and https://docs.stripe.com/currencies for its units."""

from collections.abc import Sequence
from decimal import Decimal

from purchases.stores.events import (
    Event,
    NotUsed,
    OrderIds,
    PurchaseMade,
    PurchaseRefunded,
    RefundFailed,
    RefundTotal,
    StoreOrder,
    unknown_topic,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Option, Options, Provider, SecretSource, SecretUnusable
from purchases.stores.signatures import check_stripe

# Stripe's own table. ISK and UGX have no minor unit, but Stripe counts them in hundredths all the same.
WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


class Stripe(Provider):
    kind = "stripe"
    title = "Stripe"
    about = "Payments, subscriptions and refunds"
    topics = (
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "invoice.paid",
        "invoice_payment.paid",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    )
    secret_source = SecretSource.STORE
    credential_label = "Signing secret"
    steps = (
        "In your Stripe Dashboard, open Workbench and select the Webhooks tab.",
        "Click Create new destination, and choose events of your account and the payload style Snapshot.",
        "Select the events and click Continue.",
        "Choose Webhook endpoint, click Continue and paste the URL as the endpoint URL.",
        "Click Create destination.",
        "Reveal the signing secret, which starts with whsec_, and enter it here.",
    )
    position = 30

    def check_secret(self, secret: str) -> None:
        if not secret.startswith("whsec_"):
            raise SecretUnusable("Enter the endpoint's signing secret, which starts with whsec_.")

    options = (
        Option(
            "order_id",
            "Order ID",
            (
                ("reference", "client_reference_id, else metadata order_id, else the payment intent"),
                ("payment", "The payment intent"),
            ),
            "Choose the payment intent where client_reference_id is not a different one for each order.",
        ),
        Option(
            "subscriptions",
            "Subscriptions",
            (("ignore", "Earn no points"), ("earn", "Each paid invoice earns points")),
            "An invoice's order ID is its own ID.",
        ),
        Option(
            "mode",
            "Test mode payments",
            (("live", "Earn no points"), ("test", "Earn points")),
            "To try it out, with a connection that you delete afterwards.",
        ),
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_stripe(delivery.body, delivery.header("stripe-signature"), secrets, delivery.received_at)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.payload.text("id")

    def topic(self, delivery: Delivery) -> str:
        return delivery.payload.text("type")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = delivery.payload
        if body.get("livemode") is False and options["mode"] != "test":
            return [NotUsed("A test mode payment: it earns no points.", is_test=True)]
        item = body.object("data.object")
        match body.text("type"):
            case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
                return [_session(item, options)]
            case "checkout.session.async_payment_failed":
                return [NotUsed("The payment failed.")]
            case "invoice.paid" | "invoice_payment.paid" if options["subscriptions"] != "earn":
                return [NotUsed("Subscriptions earn no points here.")]
            case "invoice.paid":
                return [_invoice(item)]
            case "invoice_payment.paid":
                return [_invoice_payment(item)]
            case "charge.refunded":
                return [_charge(item)]
            case "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated":
                return [_refund(item)]
        return [unknown_topic(body.text("type"))]


def in_major_units(amount: Decimal, currency: str) -> Decimal:
    """Stripe's whole number of smallest units as an amount."""
    code = currency.upper()
    digits = 0 if code in WITHOUT_DECIMALS else 3 if code in THREE_DECIMALS else 2
    return amount.scaleb(-digits)


def _ids(*ids: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, ids)))


def _reference(item: Payload, name: str) -> str:
    """The id of another object, which may be sent as a whole."""
    return item.identifier(name) or item.identifier(f"{name}.id")


def _session(session: Payload, options: Options) -> Event:
    match session.text("mode"):
        case "subscription":
            return NotUsed("A subscription's invoices earn its points.")
        case "setup":
            return NotUsed("Nothing was paid: it saves how to pay later.")
    if session.text("payment_status") == "unpaid":
        return NotUsed("Not paid yet: the payment arrives later.")
    amount, currency = session.amount("amount_total"), session.text("currency")
    if amount <= 0:
        return NotUsed("The amount is 0.")
    payment, session_id = _reference(session, "payment_intent"), session.identifier("id")
    order_id = payment or session_id
    if options["order_id"] == "reference":
        order_id = session.text("client_reference_id", "metadata.order_id", "metadata.orderId") or order_id
    return PurchaseMade(
        order=StoreOrder(
            order_id=order_id or session.required_identifier("id"),
            payment_ids=_ids(payment),
            other_ids=_ids(session_id),
        ),
        email=session.text("customer_details.email", "customer_email"),
        amount=in_major_units(amount, currency),
        currency=currency,
        purchased_at=session.unix_moment("created"),
    )


def _invoice(invoice: Payload) -> Event:
    """Older API versions name the payment in the invoice; since 2025-03-31 it comes as invoice_payment.paid."""
    subscription = _reference(invoice, "subscription") or _reference(
        invoice.object("parent.subscription_details"), "subscription"
    )
    if not subscription:
        return NotUsed("An invoice without a subscription.")
    amount, currency = invoice.amount("amount_paid"), invoice.text("currency")
    if amount <= 0:
        return NotUsed("The amount is 0.")
    payments = [_reference(payment.object("payment"), "payment_intent") for payment in invoice.objects("payments.data")]
    return PurchaseMade(
        order=StoreOrder(
            order_id=invoice.required_identifier("id"),
            name=invoice.text("number"),
            payment_ids=_ids(_reference(invoice, "payment_intent"), _reference(invoice, "charge"), *payments),
        ),
        email=invoice.text("customer_email"),
        amount=in_major_units(amount, currency),
        currency=currency,
        purchased_at=invoice.unix_moment("status_transitions.paid_at") or invoice.unix_moment("created"),
    )


def _invoice_payment(payment: Payload) -> Event:
    ids = _ids(_reference(payment.object("payment"), "payment_intent"), _reference(payment.object("payment"), "charge"))
    order_id = _reference(payment, "invoice")
    if not (ids and order_id):
        return NotUsed("It names no payment intent and no charge.")
    return OrderIds(order=StoreOrder(order_id=order_id, payment_ids=ids))


def _payment(item: Payload, charge: str) -> StoreOrder:
    return StoreOrder(payment_ids=_ids(_reference(item, "payment_intent"), charge))


def _charge(charge: Payload) -> Event:
    currency = charge.text("currency")
    amount = charge.amount("amount_refunded")
    if amount <= 0:
        return NotUsed("Nothing of the charge is refunded.")
    return RefundTotal(
        order=_payment(charge, charge.required_identifier("id")),
        source="charge",
        amount=in_major_units(amount, currency),
        currency=currency,
    )


def _refund(refund: Payload) -> Event:
    status, currency = refund.text("status"), refund.text("currency")
    if status not in ("succeeded", "failed", "canceled"):
        return NotUsed("The refund has not succeeded yet.")
    order, refund_id = _payment(refund, _reference(refund, "charge")), refund.required_identifier("id")
    amount = in_major_units(refund.amount("amount"), currency)
    if not order.ids:
        return NotUsed("The refund is not one of a payment.")
    if status != "succeeded":
        return RefundFailed(order=order, refund_id=refund_id, amount=amount, currency=currency)
    return PurchaseRefunded(
        order=order, refund_id=refund_id, amount=amount, currency=currency, reason=refund.text("reason")
    )
