"""A colleague who adds a webhook to reach into our network: refused in the form, and again when it is sent."""

import socket
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.outgoing.addresses import AddressRefused, UnusableURL, addresses_of, check_url, target_of
from purchases.outgoing.sending import send_events
from tests.attacks.targets import some
from tests.purchases.orders import buy
from tests.purchases.outgoing.receiver import subscribe
from tests.support import Shop, signed_in

PUBLIC = "93.184.216.34"
# Ways to write an address of ours that a check by the text alone lets through.
SPELLINGS = [
    "2130706433", "0x7f000001", "0X7F.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0",
    "0.0.0.1", "127.0.0.1.", "127.0.0.1%00.example.com", "127.0.0.1%2eexample.com", "\uff11\uff12\uff17.0.0.1",
    "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "localhost.", "LOCALHOST", "loc\u00adalhost",
    "ip6-localhost",
    "[::]", "[::1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[fe80::1%25lo]",
    "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[fd00:ec2::254]", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "metadata.google.internal", "kubernetes.default.svc", "db", "redis.internal", "a.localhost", "host.docker.internal",
]  # fmt: skip
FORMS = [
    "http://{}/", "https://example.com@{}/", "https://{}#@example.com/", "https://{}?@example.com/",
    "https://{}\\@example.com/", "https://example.com:443@{}/", "gopher://{}/", "file://{}/etc/hostname", "ftp://{}/",
    "dict://{}:11211/", "javascript://{}/%0aalert(1)", "//{}/", " https://{}/", "https:\\\\{}\\", "https:{}",
    "https://{}:0/", "https://{}:-1/", "https://{}:65536/", "https://{}:22x/",
]  # fmt: skip
CRLF = ["\r\nX-Evil: 1", "%0d%0aX-Evil: 1\r\n", "\n\n", "\x00", "\t", "\u2028", "\x85", "\xa0"]


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where a connection would go; none is made."""
    asked: list[Any] = []

    def refuse(_self: Any, address: Any, *_: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", lambda address, *_, **__: refuse(None, address))
    return asked


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server that answers these in turn, and then its last answer."""
    turns = list(answers)

    def resolve(*_: Any, **__: Any) -> Any:
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, 443)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def is_refused(url: str) -> bool:
    try:
        check_url(url)
        return not addresses_of(target_of(url))
    except (UnusableURL, AddressRefused):
        return True


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_address_of_ours_in_another_spelling(host: str) -> None:
    assert is_refused(f"https://{host}/")


@pytest.mark.parametrize("form", FORMS)
def test_an_address_of_ours_in_another_form_of_url(form: str) -> None:
    assert is_refused(form.format("127.0.0.1"))


@pytest.mark.parametrize("control", CRLF)
@pytest.mark.parametrize(
    "url", ["https://example.com/{}", "https://example.com{}/", "https://{}example.com/", "https://example.com/?a={}"]
)
def test_a_line_break_in_a_url(url: str, control: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, [PUBLIC])
    if not is_refused(url.format(control)):
        target = target_of(url.format(control))
        assert target.host == "example.com"
        assert target.path.isascii()
        assert not set(target.path + target.host_header) & set("\r\n\t\0 ")


@pytest.mark.parametrize(
    "private", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "0.0.0.1"]
)
def test_a_name_of_ours_by_another_name_server(monkeypatch: pytest.MonkeyPatch, private: str) -> None:
    for answer in ([private], [PUBLIC, private], [private, PUBLIC]):
        resolve_to(monkeypatch, answer)
        assert is_refused("https://hooks.example.com/"), answer


def test_a_name_that_moves_into_our_network_after_it_was_checked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    """The event stays, and what is noted of the try says nothing of what is there."""
    subscribe(shop, EventKind.RECORDED, url="https://hooks.example.com/")
    buy(shop)
    resolve_to(monkeypatch, ["10.0.0.7"])
    send_events()
    assert no_connection == []
    event = OutgoingEvent.objects.get()
    assert event.state == OutgoingEvent.State.PENDING
    assert "10.0.0.7" not in str([each.get("answer") for each in event.attempts])


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    """The name is not looked up a second time, which could answer something else (DNS rebinding)."""
    subscribe(shop, EventKind.RECORDED, url="https://hooks.example.com/")
    buy(shop)
    resolve_to(monkeypatch, [PUBLIC], ["127.0.0.1"])
    send_events()
    assert {address[0] for address in no_connection} == {PUBLIC}


@pytest.mark.parametrize(
    "url", some([f"https://{host}/" for host in SPELLINGS] + [form.format("127.0.0.1") for form in FORMS], 0)
)
def test_the_form_refuses_it(shop: Shop, url: str) -> None:
    page = reverse("admin:contests_contest_add_webhook", args=[shop.contest.pk.replace("_", "_5F")])
    form = {"name": "CRM", "url": url, "kinds": [EventKind.RECORDED.value]}
    assert signed_in(shop, "owner").post(page, form).status_code == 200
    assert not WebhookEndpoint.objects.exists()


def test_no_call_and_no_delivery_makes_a_request(shop: Shop, no_connection: list[Any]) -> None:
    """A URL in an order, a name or a file is text."""
    url = "http://127.0.0.1:9/"
    body = shop.order(orderId=url, imageUrl=url, callback=url, url=url, email=f"a@{'127.0.0.1'}")
    headers = {"x-api-key": shop.private_key, "X-Callback-Url": url, "Referer": url}
    path = f"/api/v1/contests/{shop.contest.pk}/purchases?url={url}&callback={url}"
    Client().post(path, body, content_type="application/json", headers=headers)
    assert no_connection == []
