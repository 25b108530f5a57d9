"""The examples of docs/events.md have the fields of the messages that are sent, with values of the same types."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.strict_json import read
from contests.models import Contest
from contests.services import NewEntry, adjust_points, enter
from purchases.models import EventKind, OutgoingEvent
from purchases.outgoing.chores import tell_ended_contests
from purchases.outgoing.messages import bodies_of
from purchases.services import void_purchase
from tests.purchases.orders import buy, refund
from tests.purchases.outgoing.receiver import subscribe
from tests.support import ROOT, Shop, hold

TEXT = (ROOT / "docs/events.md").read_text()
EXAMPLES = {
    example["type"]: example
    for example in (json.loads(text, parse_float=Decimal) for text in re.findall(r"```json\n(.*?)```", TEXT, re.S))
}


@pytest.fixture
def messages(shop: Shop) -> dict[str, Any]:
    """One message of each kind."""
    subscribe(shop)
    purchase = buy(shop)
    refund(purchase, "10.00", "refund-1")
    void_purchase(purchase, audit=AuditContext())
    hold(shop)
    adjust_points(shop.entry, 25, adjustment_id="a", audit=AuditContext(reason="Prize"))
    enter(shop.contest, NewEntry(email=Email.parse("eve@example.com"), name="Eve"), audit=AuditContext())
    Contest.objects.update(ends_at=timezone.now())
    tell_ended_contests()
    shop.contest.refresh_from_db()
    bodies = bodies_of(shop.contest, list(OutgoingEvent.objects.all()))
    return {message["type"]: message for message in map(read, bodies.values())}


def test_each_kind_of_event_has_an_example_like_the_message(messages: dict[str, Any]) -> None:
    assert set(EXAMPLES) == set(EventKind.values) == set(messages)
    for kind, example in EXAMPLES.items():
        assert shape(messages[kind]) == shape(example), kind
        assert f"\n| `{kind}` | " in TEXT


def shape(value: Any) -> Any:
    """The fields with the types of their values; a number with a fraction is as good as one without."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return "number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else type(value).__name__


def test_the_openapi_description_has_each_message(client: Client) -> None:
    document = client.get("/api/schema").json()
    for kind, example in EXAMPLES.items():
        message = document["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(message["properties"]) == set(example)
        assert set(message["properties"]["data"]["properties"]) == set(example["data"]), kind


def test_the_description_names_each_message_and_how_it_is_signed(client: Client) -> None:
    """Generators call the messages by these names; linters refuse a message without, or that says nothing of keys."""
    messages = [each["post"] for each in client.get("/api/schema").json()["webhooks"].values()]
    assert {message["operationId"] for message in messages} >= {"receivePurchaseRecorded", "receiveContestEnded"}
    for message in messages:
        assert message["security"] == []
        assert [header["name"] for header in message["parameters"]] == [
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        ]
