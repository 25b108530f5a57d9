"""Another system that webhooks are sent to: a real web server, which checks them with the library of the standard."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

from blitzrocket.audit.context import AuditContext
from purchases.models import EventKind, OutgoingEvent, WebhookEndpoint
from purchases.outgoing.endpoints import add_endpoint
from purchases.outgoing.sending import send_events
from tests.support import Shop


class Receiver:
    """What arrived, and what is answered."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks?a=1"
        self.secrets: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.text = "thanks"
        self.messages: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.when_received: Callable[[], object] = lambda: None

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]

    def receive(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.paths.append(path)
        for secret in self.secrets:
            Webhook(secret).verify(body, headers)
        self.messages.append(json.loads(body))
        assert headers["webhook-id"] == self.messages[-1]["id"]
        self.when_received()


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.receive(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def subscribe(shop: Shop, *kinds: EventKind, url: str = "https://hooks.example.com/") -> tuple[WebhookEndpoint, str]:
    """An endpoint for these events, or for all."""
    return add_endpoint(shop.contest, name="CRM", url=url, kinds=list(kinds or EventKind), audit=AuditContext())


def events(shop: Shop) -> list[str]:
    """The kinds of the events in the outbox, in their order."""
    return list(OutgoingEvent.objects.filter(contest=shop.contest).order_by("pk").values_list("kind", flat=True))


def send_all() -> None:
    while send_events():
        pass
