"""Another system that the contest's webhooks are sent to: what arrived, each event once, and whether it was signed."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

REFUSED = "/refused"  # a path at which nothing is accepted
PREFIX = "whsec_"


@dataclass
class Received:
    """The messages by their ids; ``problems`` are those that were not signed with the secret of their path."""

    secrets: dict[str, str] = field(default_factory=dict)  # by path
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer with."""
        message = json.loads(body)
        signatures = headers["webhook-signature"].split()
        with self.lock:
            expected = signature_of(self.secrets.get(path, ""), headers, body)
            if expected not in signatures or headers["webhook-id"] != message["id"]:
                self.problems.append(f"the event {message['type']} to {path} is not signed by its secret")
            if path != REFUSED:
                self.messages[message["id"]] = message
                self.times[message["id"]] += 1
        return 500 if path == REFUSED else 204

    def kinds(self) -> set[str]:
        with self.lock:
            return {message["type"] for message in self.messages.values()}

    def points_by_entry(self) -> dict[str, int]:
        """What a receiver adds up, by docs/events.md."""
        points: Counter[str] = Counter()
        with self.lock:
            for message in self.messages.values():
                if entry_id := message["data"].get("entryId"):
                    points[entry_id] += change_in(message["data"])
        return dict(points)


def change_in(data: Mapping[str, Any]) -> int:
    added: int = data.get("pointsAwarded", 0) + data.get("points", 0) - data.get("pointsRemoved", 0)
    return added


def signature_of(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """By Standard Webhooks, in its own few lines."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Receiver:
    """A web server on the loopback, for as long as the story runs."""

    def __init__(self) -> None:
        self.received = received = Received()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(received.receive(self.path, headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"
