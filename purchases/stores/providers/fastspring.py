"""FastSpring: https://developer.fastspring.com/docs/webhooks-overview, order.completed and return.created."""

from collections.abc import Sequence

from purchases.stores.events import (
    A_TEST,
    Event,
    PurchaseMade,
    PurchaseRefunded,
    StoreOrder,
    or_unusable,
    unknown_topic,
    unless_free,
)
from purchases.stores.payload import Payload
from purchases.stores.provider import Delivery, Options, Provider, SecretSource
from purchases.stores.signatures import check_base64_hmac


class FastSpring(Provider):
    """A delivery has several events, and is made up anew when it is sent again: it has no id."""

    kind = "fastspring"
    title = "FastSpring"
    about = "Orders and returns"
    topics = ("order.completed", "return.created")
    secret_source = SecretSource.US
    credential_label = "HMAC SHA256 Secret"
    steps = (
        "In the FastSpring App, go to Developer Tools > Webhooks > Configuration and click Add Webhook.",
        "Enter a title, choose to get webhooks from live orders, and save.",
        "Add a URL endpoint to the webhook: paste the URL, and the secret as the HMAC SHA256 Secret.",
        "Select the events order.completed and return.created, and save.",
    )

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_base64_hmac(delivery.body, delivery.header("x-fs-signature"), secrets)

    def topic(self, delivery: Delivery) -> str:
        events = delivery.payload.objects("events")
        return ", ".join(dict.fromkeys(event.text("type") for event in events))

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        return [or_unusable(_event, event) for event in delivery.payload.objects("events")]


def _event(event: Payload) -> Event:
    data = event.object("data")
    if event.get("live") is False or data.get("live") is False:
        return A_TEST
    match event.text("type"):
        case "order.completed":
            return _purchase(data)
        case "return.created":
            return _refund(data)
    return unknown_topic(event.text("type"))


def _purchase(order: Payload) -> Event:
    return unless_free(
        PurchaseMade(
            order=StoreOrder(order_id=order.required_identifier("id"), name=order.text("reference")),
            email=order.text("customer.email", "account.contact.email"),
            amount=order.amount("total"),
            currency=order.text("currency"),
            purchased_at=order.unix_moment("changedInSeconds"),
        )
    )


def _refund(refund: Payload) -> Event:
    return PurchaseRefunded(
        order=StoreOrder(order_id=refund.required_identifier("original.id"), name=refund.text("original.reference")),
        refund_id=refund.required_identifier("return"),
        amount=refund.amount("totalReturn"),
        currency=refund.text("currency"),
        reason=refund.text("reason"),
    )
