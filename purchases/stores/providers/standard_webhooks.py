"""Any system that signs by https://www.standardwebhooks.com: the body is our own form, with the API's names of fields.

``{"type": "purchase.made", "data": {"orderId", "email", "amount", "currency", "purchasedAt"}}``,
``{"type": "purchase.refunded", "data": {"orderId", "refundId", "amount", "currency", "reason"}}`` and
``{"type": "purchase.cancelled", "data": {"orderId", "reason"}}``.
"""

from collections.abc import Sequence

from purchases.stores.events import Event, NotUsed, PurchaseCancelled, PurchaseMade, PurchaseRefunded, StoreOrder
from purchases.stores.payload import Payload, read_object
from purchases.stores.provider import Delivery, Options, Provider
from purchases.stores.signatures import check_standard


class StandardWebhooks(Provider):
    kind = "standard"
    title = "Standard Webhooks"
    topics = ("purchase.made", "purchase.refunded", "purchase.cancelled")

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        check_standard(delivery.body, delivery.headers, secrets, delivery.received_at)

    def delivery_id(self, delivery: Delivery) -> str:
        return delivery.header("webhook-id")

    def topic(self, delivery: Delivery) -> str:
        return read_object(delivery.body).text("type")

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        body = read_object(delivery.body)
        data = body.object("data")
        match body.text("type"):
            case "purchase.made":
                return [_purchase(data)]
            case "purchase.refunded":
                return [_refund(data)]
            case "purchase.cancelled":
                return [PurchaseCancelled(order=_order(data), reason=data.text("reason"))]
        return [NotUsed(f"Nothing is done with “{body.text('type')[:100]}”.")]


def _order(data: Payload) -> StoreOrder:
    return StoreOrder(order_id=data.required_identifier("orderId"))


def _purchase(data: Payload) -> Event:
    return PurchaseMade(
        order=_order(data),
        email=data.text("email"),
        amount=data.amount("amount"),
        currency=data.text("currency"),
        purchased_at=data.moment("purchasedAt"),
    )


def _refund(data: Payload) -> Event:
    return PurchaseRefunded(
        order=_order(data),
        refund_id=data.required_identifier("refundId"),
        amount=data.amount("amount") if data.has("amount") else None,
        currency=data.text("currency"),
        reason=data.text("reason"),
    )
