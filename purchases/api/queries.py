"""The query parameters of the lists of purchases and refunds, and the filters that they mean."""

from typing import Any, ClassVar

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast
from rest_framework import serializers

from blitzrocket.api.pagination import NEWEST_FIRST, PageQuerySerializer
from blitzrocket.api.query_params import DateTimeParameter, Parameter, TextParameter, WordParameter
from blitzrocket.ids import MAX_LENGTH, end_id, least_id
from contests.api.queries import EmailParameter
from contests.models import Contest, Entry
from purchases.api.order_fields import ORDER_ID_TEXT, CurrencyCodeField, OrderIdField
from purchases.models import PendingRefund, Purchase, Refund

ORDERS = {
    "-createdAt": NEWEST_FIRST,
    "purchasedAt": ("purchased_at", "id"),
    "-purchasedAt": ("-purchased_at", "-id"),
}


REFUND_STATES = ["applied", "pending", "refused"]


class OrderIdParameter(OrderIdField):
    """An order id, read as in bodies."""

    schema: ClassVar[dict[str, Any]] = ORDER_ID_TEXT

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, null="refused", **options)


class CurrencyParameter(Parameter):
    """A currency, read as in bodies."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "pattern": "^[A-Za-z]{3}$"}, **options)

    def read(self, text: str) -> str:
        return CurrencyCodeField().to_internal_value(text)


class PurchaseListQuerySerializer(PageQuerySerializer):
    """The parameters of the list of purchases."""

    orderId = OrderIdParameter(help_text="Only rows of this order, by your order ID.")
    email = EmailParameter(help_text="Only purchases of the entry with this email, in any case.")
    entryId = TextParameter(max_length=MAX_LENGTH, help_text="Only purchases of the entry with this ID.")
    currency = CurrencyParameter(help_text="Only purchases in this currency, an ISO 4217 code in any case.")
    status = WordParameter(list(Purchase.Status.values), help_text="Only purchases with this status.")
    to = DateTimeParameter(help_text="Only purchases recorded before this time.")
    purchasedFrom = DateTimeParameter(help_text="Only orders placed at this time or later.")
    purchasedTo = DateTimeParameter(help_text="Only orders placed before this time.")
    sort = WordParameter(
        list(ORDERS),
        default="-createdAt",
        help_text="Order of the list: by time of recording, or of purchase. A minus sign sorts the newest first.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Adds ``from``, which Python reserves."""
        return super().get_fields() | {
            "from": DateTimeParameter(help_text="Only purchases recorded at this time or later.")
        }


def is_filtered(query: dict[str, Any]) -> bool:
    """Whether the parameters select only some of the purchases."""
    return any(name in query for name in (*_COLUMNS, "email", "from", "to"))


def has_own_index(query: dict[str, Any]) -> bool:
    """Whether filter and order use different indexes: one the time of purchase, the other that of recording."""
    names = ("purchasedFrom", "purchasedTo") if query["sort"] == "-createdAt" else ("from", "to")
    return any(name in query for name in names)


def filter_purchases(purchases: QuerySet[Purchase], contest: Contest, query: dict[str, Any]) -> QuerySet[Purchase]:
    """The purchases that the parameters of a `PurchaseListQuerySerializer` select."""
    if "email" in query:  # looked up first, so that the planner knows that there is one
        entry = Entry.objects.filter(contest=contest, email_key=query["email"].key).values_list("pk", flat=True).first()
        purchases = purchases.filter(entry=entry) if entry else purchases.none()
    if "from" in query:  # ids sort by time, so only their range is read
        purchases = purchases.filter(id__gte=least_id("purchase", query["from"]), created_at__gte=query["from"])
    if "to" in query:
        purchases = purchases.filter(id__lt=end_id("purchase", query["to"]), created_at__lt=query["to"])
    return purchases.filter(**{column: query[name] for name, column in _COLUMNS.items() if name in query})


_COLUMNS = {
    "orderId": "order_id",
    "entryId": "entry",
    "currency": "currency",
    "status": "status",
    "purchasedFrom": "purchased_at__gte",
    "purchasedTo": "purchased_at__lt",
}


class RefundListQuerySerializer(PageQuerySerializer):
    """The parameters of the list of refunds."""

    orderId = OrderIdParameter(help_text="Only rows of this order, by your order ID.")
    state = WordParameter(
        REFUND_STATES,
        help_text="Only refunds in this state.",
    )


def refunds_of(contest: Contest, query: dict[str, Any]) -> "list[QuerySet[Any]]":
    """The refunds that the parameters of a `RefundListQuerySerializer` select, a queryset for each state.

    They are in two tables. A refund keeps its id in every state, and is in one of the two tables at any moment.
    """
    pending = PendingRefund.objects.filter(contest=contest)
    applied = Refund.objects.filter(contest=contest)
    if "orderId" in query:
        purchase = Purchase.objects.find_order(contest.pk, query["orderId"])
        applied = applied.filter(purchase=purchase) if purchase else applied.none()
        pending = pending.filter(order_id=query["orderId"])
    parts = {
        "applied": _as_row(applied, "applied", F("purchase_id"), F("points_reversed"), Value("")),
        "pending": _not_applied(pending.filter(state=PendingRefund.State.PENDING), "pending"),
        "refused": _not_applied(pending.filter(state=PendingRefund.State.REFUSED), "refused"),
    }
    return [parts[query["state"]]] if "state" in query else list(parts.values())


def _not_applied(rows: "QuerySet[PendingRefund]", state: str) -> "QuerySet[Any]":
    same_order = Purchase.objects.filter(contest=OuterRef("contest"), order_id=OuterRef("order_id"))
    return _as_row(rows, state, Subquery(same_order.values("pk")[:1]), Value(0), F("problem"))


def _as_row(rows: "QuerySet[Any]", state: str, purchase: Any, points: Any, problem: Any) -> "QuerySet[Any]":
    """The columns that `RefundRowSerializer` reads, the same from both tables."""
    return rows.values(
        "id", "refund_id", "order_id", "amount", "currency", "reason", "received_at",
        row_state=Value(state, output_field=TextField()),
        row_purchase=purchase,
        row_points=Cast(points, BigIntegerField()),
        row_problem=Cast(problem, TextField()),
    )  # fmt: skip
