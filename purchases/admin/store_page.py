"""What the page of a store connection says: how it is doing, and how to set it up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from blitzrocket.accounts.admin.team_scoped import list_url
from blitzrocket.times import show_datetime, time_element
from purchases.admin.order_page import Badge, Fact
from purchases.imports.store_files import ORDER_FILES
from purchases.models import StoreConnection, StoreDelivery
from purchases.stores.connections import is_secret_readable
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import StoreKind
from purchases.support.open_items import capped_count
from purchases.support.store_failures import failures_in

State, Problem = StoreConnection.State, StoreConnection.Problem
BADGES = {
    State.ACTIVE: "success",
    State.WAITING: "plain",
    State.PAUSED: "plain",
    State.SILENT: "warning",
    State.FAILING: "danger",
}
# Bodies to try the endpoints with, by kind of store, in the order of its URLs or events.
ORDER: dict[str, Any] = {"email": "ada@example.com", "orderId": "order-1", "amount": 49.99, "currency": "USD"}
CUSTOM_BODIES: tuple[dict[str, Any], ...] = (ORDER, {"email": "ada@example.com", "name": "Ada Lovelace"})
EXAMPLES: dict[str, tuple[dict[str, Any], ...]] = {
    "standard": (
        {"type": "purchase.made", "data": ORDER},
        {
            "type": "purchase.refunded",
            "data": {"orderId": "order-1", "refundId": "refund-1", "amount": 20, "currency": "USD"},
        },
        {"type": "purchase.cancelled", "data": {"orderId": "order-1"}},
        {"type": "entry.signed_up", "data": CUSTOM_BODIES[1]},
    )
}


@dataclass(frozen=True, slots=True)
class News:
    """What happened last, or what to do next; ``is_good`` for a delivery, ``is_bad`` for a problem."""

    title: str
    text: str = ""
    is_good: bool = False
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """How a connection is doing; ``is_awaited``: the page asks again by itself, until an order arrives."""

    badge: Badge
    news: News
    facts: list[Fact]
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that the store calls, with a command that tries it."""

    label: str
    url: str
    command: str = ""


def kind_of(connection: StoreConnection) -> StoreKind:
    return STORE_KINDS[connection.kind]


def badge_of(connection: StoreConnection, now: datetime) -> Badge:
    state = connection.state_at(now)
    return Badge(BADGES[state], state.label)


def status_of(connection: StoreConnection, now: datetime) -> Status:
    rows = StoreDelivery.objects.filter(contest=connection.contest_id, connection=connection)
    last = rows.defer("body", "headers").order_by("-received_at", "-id").first()
    is_received = last is not None and last.state != StoreDelivery.State.TEST
    is_received |= last is None and connection.last_delivery_at is not None
    return Status(
        badge=badge_of(connection, now),
        news=_news(connection, last, now),
        facts=list(_facts(connection, last)),
        is_awaited=connection.is_active and not is_received,
    )


def deliveries_url(connection: StoreConnection, **filters: str) -> str:
    return list_url(StoreDelivery, connection=connection.pk, **filters)


def past_orders_url(connection: StoreConnection) -> str:
    """Where orders from before the connection are brought in; empty where there is no such file of its store."""
    if connection.kind not in ORDER_FILES:
        return ""
    args, query = [quote(connection.contest_id)], {"connection": connection.pk}
    return reverse("admin:contests_contest_purchaseimports", args=args, query=query)


def endpoints_of(request: HttpRequest, connection: StoreConnection) -> list[Endpoint]:
    paths = kind_of(connection).paths(connection.contest_id, connection.pk)
    urls = [(label, request.build_absolute_uri(path)) for label, path in paths]
    if connection.kind != "custom":
        return [Endpoint(label, url) for label, url in urls]
    return [Endpoint(label, url, _command(url, body)) for (label, url), body in zip(urls, CUSTOM_BODIES, strict=True)]


def examples_of(kind: StoreKind) -> list[str]:
    return [json.dumps(body) for body in EXAMPLES.get(kind.kind, ())]


def _command(url: str, body: dict[str, Any]) -> str:
    return (
        f"curl -X POST {url} \\\n"
        "  -H 'x-webhook-secret: WEBHOOK_SECRET' -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body)}'"
    )


def _news(connection: StoreConnection, last: StoreDelivery | None, now: datetime) -> News:
    kind = kind_of(connection)
    label = kind.credential_label.lower()
    if not connection.is_active:
        return News("Paused", "What the store sends is answered with 404 and not recorded. Resume to receive it again.")
    if not connection.secret:
        return News(f"Enter the {label}", f"Set up {kind.title} as described below; it shows the {label}.")
    if not is_secret_readable(connection):
        text = "The key that encrypted it is missing from STORE_SECRET_KEYS. Add that key, or replace the secret."
        return News("The secret can't be read", text, is_bad=True)
    if connection.problem == Problem.SIGNATURE:
        at = show_datetime(connection.problem_at or now)
        text = f"Received {at}, not signed with this {label}. Replace the secret with the one that {kind.title} has."
        return News("Invalid signature", text, is_bad=True)
    return _delivery_news(connection, last, kind, now)


def _delivery_news(connection: StoreConnection, last: StoreDelivery | None, kind: StoreKind, now: datetime) -> News:
    if last is None and connection.last_delivery_at is None:
        return News("Waiting for the first delivery…", "Set up the store as described below. This page updates itself.")
    if connection.problem and last is not None:
        return News(f"Last delivery: {last.get_state_display().lower()}", last.message, is_bad=True)
    if last is not None and last.state == StoreDelivery.State.TEST:
        return News("Test delivery received: it earns no points", "The connection works.", is_good=True)
    if connection.state_at(now) == State.SILENT:
        text = f"Nothing has arrived for {timesince(connection.quiet_since, now)}. Check the webhook in {kind.title}."
        return News("Silent for longer than ever before", text)
    text = " · ".join(filter(None, [last.topic, last.get_state_display(), last.message])) if last else ""
    return News("Received", text, is_good=True)


def _facts(connection: StoreConnection, last: StoreDelivery | None) -> Iterator[Fact]:
    received_at = last.received_at if last else connection.last_delivery_at
    yield Fact("Store", kind_of(connection).title)
    yield Fact("Last delivery", time_element(received_at) if received_at else "None yet")
    failures = failures_in([connection.contest_id])[connection.pk]
    yield Fact("Failed or unusable", _failures_link(connection, failures) if failures else "None")
    by = connection.created_by
    yield Fact(
        "Created", time_element(connection.created_at), f"by {by.get_full_name() or by.get_username()}" if by else ""
    )


def _failures_link(connection: StoreConnection, failures: int) -> Any:
    return format_html('<a href="{}">{}</a>', deliveries_url(connection), capped_count(failures))
