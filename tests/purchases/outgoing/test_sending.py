"""Sending: at least once, signed, tried again, and what failed can be sent again by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.models.webhooks import BACK_OFF
from purchases.outgoing import endpoints, sending
from purchases.outgoing.chores import delete_old_events
from purchases.outgoing.sending import send_events, send_to_failing
from tests.purchases.orders import buy
from tests.purchases.outgoing.receiver import Receiver, receiving, send_all, subscribe
from tests.support import Shop

RECORDED = EventKind.RECORDED
State = OutgoingEvent.State


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(server: Receiver, settings: Any) -> Receiver:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    url = server.url
    server.__init__(0)  # type: ignore[misc]  # as new
    server.url = url
    return server


@pytest.fixture
def endpoint(shop: Shop, receiver: Receiver) -> WebhookEndpoint:
    row, secret = subscribe(shop, RECORDED, url=receiver.url)
    receiver.secrets = [secret]
    return row


def event() -> OutgoingEvent:
    return OutgoingEvent.objects.get()


def make_due() -> None:
    OutgoingEvent.objects.update(due_at=timezone.now())


def test_a_signed_message_is_sent_once(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    purchase = buy(shop)
    send_all()
    (message,) = receiver.messages
    assert receiver.paths == ["/hooks?a=1"]
    assert message["type"] == "purchase.recorded"
    assert message["data"]["orderId"] == purchase.order_id
    assert (event().state, event().pk) == (State.SENT, message["id"])
    assert [(each["status"], each["answer"]) for each in event().attempts] == [(200, "thanks")]
    endpoint.refresh_from_db()
    assert endpoint.state == WebhookEndpoint.State.ACTIVE


def test_an_order_with_unlike_answers(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    """Anything but 2xx is no success; a redirect is not followed."""
    buy(shop)
    for status, headers in [(500, {}), (302, {"Location": receiver.url}), (404, {})]:
        receiver.status, receiver.headers = status, headers
        make_due()
        send_events()
        send_to_failing()
    assert [each["status"] for each in event().attempts] == [500, 302, 404]
    assert len(receiver.messages) == 3
    assert event().state == State.PENDING
    receiver.status = 204
    make_due()
    send_to_failing()
    assert event().state == State.SENT
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_what_fails_is_tried_for_a_day_and_then_has_failed(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    buy(shop)
    receiver.status = 503
    waits = []
    for _ in range(len(BACK_OFF) + 1):
        assert event().state == State.PENDING
        now = timezone.now()
        make_due()
        send_events()
        send_to_failing()
        waits.append(event().due_at - now)
    assert len(receiver.messages) == len(BACK_OFF) + 1
    for wait, planned in zip(waits, BACK_OFF, strict=False):
        assert 0.8 * planned <= wait <= 1.2 * planned + timedelta(seconds=5)
    assert timedelta(hours=23) < sum(BACK_OFF, timedelta()) < timedelta(hours=25)
    assert event().state == State.FAILED


def test_failed_events_are_sent_again_by_hand(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    for _ in range(3):
        buy(shop)
    OutgoingEvent.objects.update(state=State.FAILED, tries=11)
    first = OutgoingEvent.objects.earliest("pk")
    audit = AuditContext()
    assert [endpoints.send_again(first, audit=audit) for _ in range(2)] == [True, False]
    with pytest.raises(endpoints.NotFailed):
        endpoints.send_again(first, audit=AuditContext())
    send_all()
    assert receiver.types == ["purchase.recorded"]
    all_audit = AuditContext()
    assert [endpoints.send_failed_again(endpoint, audit=all_audit) for _ in range(2)] == [2, None]
    send_all()
    assert OutgoingEvent.objects.filter(state=State.SENT).count() == 3


def test_both_secrets_sign_for_a_day(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    (old,) = receiver.secrets
    new = endpoints.replace_secret(endpoint, audit=AuditContext())
    receiver.secrets = [old, new]
    buy(shop)
    send_all()
    assert len(receiver.messages) == 1
    endpoint.refresh_from_db()
    now = timezone.now()
    assert len(endpoints.secrets_of(endpoint, now + timedelta(hours=23))) == 2
    assert endpoints.secrets_of(endpoint, now + timedelta(hours=25)) == [new]
    assert endpoints.end_overlap(endpoint, audit=AuditContext())
    endpoint.refresh_from_db()
    assert endpoints.secrets_of(endpoint, now) == [new]


def test_a_key_that_encrypts_is_replaced(endpoint: WebhookEndpoint, receiver: Receiver, settings: Any) -> None:
    settings.STORE_SECRET_KEYS = ["a newer key of ours", settings.SECRET_KEY]
    call_command("reencrypt_store_secrets")
    settings.STORE_SECRET_KEYS = ["a newer key of ours"]
    assert sending.send_test(endpoint).attempts[0]["status"] is None  # as it was read before
    endpoint.refresh_from_db()
    assert sending.send_test(endpoint).state == State.SENT


def test_a_paused_endpoint_loses_nothing(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    endpoints.pause(endpoint, audit=AuditContext())
    buy(shop)
    send_all()
    assert receiver.messages == []
    endpoints.resume(endpoint, audit=AuditContext())
    send_all()
    assert len(receiver.messages) == 1


def test_an_endpoint_is_paused_after_long_failure(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    buy(shop)
    receiver.status = 500
    WebhookEndpoint.objects.update(failing_since=timezone.now() - sending.PAUSED_AFTER - timedelta(minutes=1))
    send_to_failing()
    endpoint.refresh_from_db()
    assert endpoint.state == WebhookEndpoint.State.STOPPED
    assert AuditEvent.objects.about(endpoint).filter(action=AuditEvent.Action.PAUSED).exists()
    endpoints.resume(endpoint, audit=AuditContext())
    receiver.status = 200
    make_due()
    send_all()
    assert event().state == State.SENT


def test_a_killed_process_leaves_a_lease(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    """What it had claimed is sent after the lease; meanwhile nobody else sends it."""
    buy(shop)
    sending._claim(endpoint, 10)  # and then it is killed
    send_all()
    assert receiver.messages == []
    OutgoingEvent.objects.update(due_at=timezone.now())  # the lease is over
    send_all()
    assert len(receiver.messages) == 1


def test_a_test_is_sent_at_once_and_says_how_it_went(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    assert sending.send_test(endpoint).state == State.SENT
    receiver.status = 418
    failed = sending.send_test(endpoint)
    assert (failed.state, failed.attempts[0]["status"]) == (State.FAILED, 418)
    assert receiver.types == ["webhook.test"] * 2


def test_an_answer_may_be_anything(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.text = "\x00\ud7ff<script>" + "x" * 100_000
    answer = sending.send_test(endpoint).attempts[0]["answer"]
    assert answer.startswith("\ud7ff<script>x")
    assert len(answer) == 300


def test_old_events_are_deleted(shop: Shop, endpoint: WebhookEndpoint, settings: Any) -> None:
    buy(shop)
    assert delete_old_events() == 0
    old = OutgoingEvent.objects.get()
    OutgoingEvent.objects.filter(pk=old.pk).update(id="msg_" + "0" * 26)
    assert delete_old_events() == 1
    assert not OutgoingEvent.objects.exists()
