"""Stripe: https://docs.stripe.com/webhooks and https://docs.stripe.com/currencies for its units."""

from collections.abc import Sequence
from decimal import Decimal

from purchases.stores.events import Event, NotUsed, PurchaseMade, PurchaseRefunded, RefundTotal, StoreOrder
from purchases.stores.payload import Payload, read_object
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
    topics = (
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "invoice.paid",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    )
    secret_source = SecretSource.STORE
    credential_label = "Signing secret"
    steps = (
        "In your Stripe Dashboard, open Workbench and select the Webhooks tab.",
        "Click Add destination, choose Your account, select the events and click Continue.",
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
            "subscriptions",
            "Subscriptions",
            (("ignore", "Earn no points"), ("earn", "Each paid invoice earns points")),
        ),
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_stripe(delivery.body, delivery.header("stripe-signature"), secrets, delivery.received_at)

    def delivery_id(self, delivery: Delivery) -> str:
        return read_object(delivery.body).text("id")

    def topic(self, delivery: Delivery) -> str:
        return read_object(delivery.body).text("type")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = read_object(delivery.body)
        if body.get("livemode") is False:
            return [NotUsed("A test: it earns no points.", is_test=True)]
        item = body.object("data.object")
        match body.text("type"):
            case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
                return [_session(item)]
            case "invoice.paid":
                return [_invoice(item, options)]
            case "charge.refunded":
                return [_charge(item)]
            case "refund.created" | "refund.updated" | "refund.failed":
                return [_refund(item)]
        return [NotUsed(f"Nothing is done with “{body.text('type')[:100]}”.")]


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


def _session(session: Payload) -> Event:
    if session.text("mode") == "subscription":
        return NotUsed("A subscription's invoices earn its points.")
    if session.text("payment_status") == "unpaid":
        return NotUsed("Not paid yet: the payment arrives later.")
    amount, currency = session.amount("amount_total"), session.text("currency")
    if amount <= 0:
        return NotUsed("The amount is 0.")
    payment = _reference(session, "payment_intent")
    order_id = session.text("client_reference_id", "metadata.order_id", "metadata.orderId") or payment
    return PurchaseMade(
        order=StoreOrder(
            order_id=order_id or session.required_identifier("id"), other_ids=_ids(payment, session.identifier("id"))
        ),
        email=session.text("customer_details.email", "customer_email"),
        amount=in_major_units(amount, currency),
        currency=currency,
        purchased_at=session.unix_moment("created"),
    )


def _invoice(invoice: Payload, options: Options) -> Event:
    subscription = _reference(invoice, "subscription") or _reference(
        invoice.object("parent.subscription_details"), "subscription"
    )
    if not subscription:
        return NotUsed("An invoice without a subscription.")
    if options["subscriptions"] != "earn":
        return NotUsed("Subscriptions earn no points here.")
    amount, currency = invoice.amount("amount_paid"), invoice.text("currency")
    if amount <= 0:
        return NotUsed("The amount is 0.")
    payments = [_reference(payment.object("payment"), "payment_intent") for payment in invoice.objects("payments.data")]
    return PurchaseMade(
        order=StoreOrder(
            order_id=invoice.required_identifier("id"),
            name=invoice.text("number"),
            other_ids=_ids(_reference(invoice, "payment_intent"), _reference(invoice, "charge"), *payments),
        ),
        email=invoice.text("customer_email"),
        amount=in_major_units(amount, currency),
        currency=currency,
        purchased_at=invoice.unix_moment("status_transitions.paid_at") or invoice.unix_moment("created"),
    )


def _payment(item: Payload, charge: str) -> StoreOrder:
    return StoreOrder(other_ids=_ids(_reference(item, "payment_intent"), charge))


def _charge(charge: Payload) -> Event:
    currency = charge.text("currency")
    return RefundTotal(
        order=_payment(charge, charge.required_identifier("id")),
        source="charge",
        amount=in_major_units(charge.amount("amount_refunded"), currency),
        currency=currency,
    )


def _refund(refund: Payload) -> Event:
    match refund.text("status"):
        case "succeeded":
            currency = refund.text("currency")
            return PurchaseRefunded(
                order=_payment(refund, _reference(refund, "charge")),
                refund_id=refund.required_identifier("id"),
                amount=in_major_units(refund.amount("amount"), currency),
                currency=currency,
                reason=refund.text("reason"),
            )
        case "failed" | "canceled":
            return NotUsed("The refund failed: no money was given back.")
    return NotUsed("The refund has not succeeded yet.")
