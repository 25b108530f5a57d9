"""A webhook is added, changed, tested and looked at in the admin; support sees it and sends events again."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blitzrocket.audit.models import AuditEvent
from purchases.admin.contest_warnings import warnings_for
from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.stores.secrets import decrypt
from tests.purchases.orders import buy
from tests.purchases.outgoing.receiver import Receiver, receiving, subscribe
from tests.support import Shop, make_shop, signed_in

FORM: dict[str, Any] = {
    "name": "CRM",
    "url": "https://hooks.example.com/a",
    "kinds": [EventKind.ENDED.value, EventKind.RECORDED.value],
}


@pytest.fixture
def owner(shop: Shop) -> Client:
    return signed_in(shop, "owner")


@pytest.fixture
def endpoint(shop: Shop) -> WebhookEndpoint:
    return subscribe(shop)[0]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def contest_url(view: str, shop: Shop) -> str:
    return reverse(f"admin:contests_contest_{view}", args=[quote(shop.contest.pk)])


def url_of(view: str, endpoint: WebhookEndpoint, *ids: str) -> str:
    return reverse(f"admin:purchases_webhookendpoint_{view}", args=[quote(each) for each in (endpoint.pk, *ids)])


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def act(client: Client, view: str, endpoint: WebhookEndpoint) -> int:
    url = url_of(view, endpoint)
    return client.post(url, {"_form_submitted": "True", "request_id": f"{view}-1"}).status_code


def test_a_webhook_is_added_and_its_secret_shown_once(shop: Shop, owner: Client) -> None:
    assert "Tell other systems" in text_of(owner, contest_url("webhooks", shop))
    add_url = contest_url("add_webhook", shop)
    assert "entry.created" in text_of(owner, add_url)
    pages = [owner.post(add_url, FORM | {"request_id": "r1"}) for _ in range(2)]  # a double click
    row = WebhookEndpoint.objects.get()
    assert row.kinds == [EventKind.RECORDED, EventKind.ENDED]
    for page in pages:
        assert decrypt(row.secret) in page.content.decode()
        assert "no-store" in page["Cache-Control"]
    assert decrypt(row.secret) not in text_of(owner, url_of("change", row))
    assert "CRM" in text_of(owner, contest_url("webhooks", shop))
    assert "CRM" in text_of(owner, reverse("admin:purchases_webhookendpoint_changelist"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "http://hooks.example.com/"}, "must start with https://"),
        ({"url": "https://10.0.0.1/"}, "not public"),
        ({"kinds": []}, "Choose at least one event."),
        ({"kinds": ["purchase.lost"]}, "Select a valid choice"),
        ({"name": " "}, "This field is required."),
    ],
)
def test_what_can_t_be_added(shop: Shop, owner: Client, fields: dict[str, Any], message: str) -> None:
    page = owner.post(contest_url("add_webhook", shop), FORM | fields | {"request_id": "r1"})
    assert message in page.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_a_contest_has_ten_webhooks_at_most(shop: Shop, owner: Client) -> None:
    for _ in range(10):
        subscribe(shop)
    page = owner.post(contest_url("add_webhook", shop), FORM | {"request_id": "r1"})
    assert "at most 10 webhooks" in page.content.decode()


def test_an_owner_changes_pauses_resumes_and_deletes(owner: Client, endpoint: WebhookEndpoint) -> None:
    for _ in range(2):
        owner.post(url_of("change", endpoint), FORM | {"name": "New name", "request_id": "r1"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.url) == ("New name", FORM["url"])
    assert act(owner, "pause", endpoint) == 200
    assert "Paused" in text_of(owner, url_of("change", endpoint))
    assert act(owner, "resume", endpoint) == 200
    assert act(owner, "remove", endpoint) == 200
    assert not WebhookEndpoint.objects.exists()
    actions = AuditEvent.objects.filter(object_type="webhookendpoint").order_by("created_at")
    assert [event.action for event in actions] == ["added", "changed", "paused", "resumed", "deleted"]


def test_a_secret_is_replaced_and_shown_once(owner: Client, endpoint: WebhookEndpoint) -> None:
    pages = [owner.post(url_of("secret", endpoint), {"request_id": "s1"}) for _ in range(2)]
    secrets = {re.search(r"whsec_[\w+/=]+", page.content.decode())[0] for page in pages}  # type: ignore[index]
    endpoint.refresh_from_db()
    assert secrets == {decrypt(endpoint.secret)}
    assert "signs too until" in text_of(owner, url_of("change", endpoint))
    assert act(owner, "end_overlap", endpoint) == 200
    assert "signs too until" not in text_of(owner, url_of("change", endpoint))


def test_a_test_says_how_it_went(owner: Client, endpoint: WebhookEndpoint, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    WebhookEndpoint.objects.update(url=receiver.url)
    assert "The test arrived." in owner.post(url_of("test", endpoint), follow=True).content.decode()
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    page = owner.post(url_of("test", endpoint), follow=True).content.decode()
    assert "The test failed." in page
    assert "must start with https://" in page


def test_the_log_has_pages_and_each_event_its_attempts(shop: Shop, owner: Client, endpoint: WebhookEndpoint) -> None:
    for _ in range(30):
        buy(shop)
    event = OutgoingEvent.objects.earliest("pk")
    answer = {"at": timezone.now().isoformat(), "status": 500, "ms": 12, "answer": "<script>"}
    OutgoingEvent.objects.filter(pk=event.pk).update(state="failed", attempts=[answer])
    first = text_of(owner, url_of("change", endpoint))
    older = re.search(r"\?(before=[^\"#]+)#events\">Older", first)
    assert older
    assert first.count(">purchase.recorded</a>") == 25
    second = text_of(owner, f"{url_of('change', endpoint)}?{older[1]}")
    assert second.count(">purchase.recorded</a>") == 5
    assert text_of(owner, f"{url_of('change', endpoint)}?state=failed").count(">purchase.recorded</a>") == 1
    page = text_of(owner, url_of("event", endpoint, event.pk))
    assert "HTTP 500" in page
    assert "&lt;script&gt;" in page
    assert shop.entry.email not in page  # until it is asked for
    assert shop.entry.email in text_of(owner, f"{url_of('event', endpoint, event.pk)}?personal=1")


def test_support_sends_again_and_changes_nothing_else(shop: Shop, endpoint: WebhookEndpoint) -> None:
    buy(shop)
    OutgoingEvent.objects.update(state="failed", tries=11)
    event, support = OutgoingEvent.objects.get(), signed_in(shop, "support")
    page = text_of(support, url_of("change", endpoint))
    assert "Send failed again" in page
    assert "Replace secret" not in page
    support.post(url_of("event_again", endpoint, event.pk), {"request_id": "a1"})
    event.refresh_from_db()
    assert (event.state, event.tries) == ("pending", 0)
    OutgoingEvent.objects.update(state="failed")
    assert act(support, "resend_failed", endpoint) == 200
    event.refresh_from_db()
    assert event.state == "pending"
    for view in ("change", "test", "secret"):
        assert support.post(url_of(view, endpoint), FORM | {"request_id": "x"}).status_code == 403
    assert act(support, "pause", endpoint) == 403
    assert support.get(contest_url("add_webhook", shop)).status_code == 403
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.is_active) == ("CRM", True)


def test_another_team_sees_nothing(shop: Shop, endpoint: WebhookEndpoint) -> None:
    buy(shop)
    stranger = signed_in(make_shop("eve@example.com"), "owner")
    event = OutgoingEvent.objects.get()
    for url in (url_of("change", endpoint), url_of("event", endpoint, event.pk), contest_url("webhooks", shop)):
        assert stranger.get(url).status_code == 404
    assert stranger.post(url_of("event_again", endpoint, event.pk), {"request_id": "a1"}).status_code == 404
    for view in ("test", "secret"):
        assert stranger.post(url_of(view, endpoint), {"request_id": "a1"}).status_code == 404


def test_an_event_of_another_webhook_is_not_there(shop: Shop, owner: Client, endpoint: WebhookEndpoint) -> None:
    buy(shop)
    other = subscribe(shop)[0]
    event = OutgoingEvent.objects.get(endpoint_id=endpoint.pk)
    assert owner.get(url_of("event", other, event.pk)).status_code == 404


def test_the_contest_warns_of_a_webhook_that_fails(shop: Shop, endpoint: WebhookEndpoint) -> None:
    assert warnings_for(shop.contest) == []
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=2))
    assert [warning.level for warning in warnings_for(shop.contest)] == ["warning"]
    WebhookEndpoint.objects.update(is_active=False)
    assert [warning.level for warning in warnings_for(shop.contest)] == ["danger"]
