"""What a run exercised, beside all that there is: “every call, every event, every act” is counted, not claimed.

What there is comes from the product itself: the OpenAPI description, the stores' topics, the kinds of events sent, the
addresses of the admin, the forms that its pages offered, the actions of its lists, and the kinds of the activity log.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.contrib import admin
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from blitzrocket.api.document import openapi_document
from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import SENTENCES
from purchases.models import EventKind
from purchases.models.webhooks import TEST
from purchases.stores.kinds import STORE_KINDS

CALL, STORE_EVENT, EVENT = "API call", "store's event", "event sent"
PAGE, FORM, BULK, ACTIVITY = "page of the admin", "form of the admin", "action on selected rows", "activity"
KINDS = (CALL, STORE_EVENT, EVENT, PAGE, FORM, BULK, ACTIVITY)
LOGIN = "/admin/login/?"  # where a session has ended
MISSING_HERE = (403, 404)
READ_ONLY = {"accounts_invitation_change", "audit_auditevent_change"}  # pages in Django's form, without a button
# How a delivery names the topics that a store's own settings name in other words.
TOPICS = {
    "shopify": {
        "Order creation": "orders/create",
        "Order payment": "orders/paid",
        "Order update": "orders/updated",
        "Order cancellation": "orders/cancelled",
        "Refund create": "refunds/create",
    },
    "woocommerce": {"Order created": "order.created", "Order updated": "order.updated"},
    "custom": {"Purchase": "purchase", "Sign-up": "signup"},
}


@dataclass
class Coverage:
    """What was exercised, by kind; for forms, also what pages offered."""

    exercised: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    offered: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)  # pages that are refused to everyone
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, name: str) -> None:
        with self.lock:
            self.exercised[kind].add(name)

    def answered(self, response: requests.Response) -> None:
        """Count the call, and those that led to it."""
        for each in (*response.history, response):
            if each.request.method and LOGIN not in each.headers.get("Location", ""):
                self._count(each.request.method, each.url, each.status_code)

    def _count(self, method: str, url: str, status: int) -> None:
        path, name = urlsplit(url).path, name_of(url)
        if path.startswith("/api/"):
            self.add(CALL, f"{method} {name}")
        elif status < 400:
            self.add(PAGE if method == "GET" else FORM, name)

    def offer(self, page: requests.Response) -> None:
        """The forms of a page."""
        names = {name_of(urljoin(page.url, address)) for address in PostedForms(page.text).addresses}
        with self.lock:
            self.offered |= names

    def close(self, url: str, status: int) -> None:
        """A page that a superuser asked for, too, and did not get."""
        if status in MISSING_HERE:
            with self.lock:
                self.closed.add(name_of(url))

    def rows(self) -> Iterator[tuple[str, int, list[str]]]:
        """Of each kind, how many there are, and those that were not exercised."""
        self.exercised[ACTIVITY] |= stored_activity()
        for kind, names in required(self).items():
            yield kind, len(names), sorted(names - self.exercised[kind])


class PostedForms(HTMLParser):
    """The addresses to which a page's forms and buttons post."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if (address := values.get("hx-post")) is not None:
            self.addresses.append(address)
        elif tag == "form" and (values.get("method") or "").lower() == "post":
            self.addresses.append(values.get("action") or "")


def name_of(url: str) -> str:
    """The name of an address's pattern; of one without a name, its path."""
    path = urlsplit(url).path
    try:
        return resolve(path).url_name or path
    except Resolver404:
        return path


def required(coverage: Coverage) -> dict[str, set[str]]:
    """All that there is, by kind."""
    pages = set(names_below("admin/"))
    return {
        CALL: set(api_calls()),
        STORE_EVENT: set(store_events()),
        EVENT: {*EventKind.values, TEST},
        PAGE: pages - coverage.exercised[FORM] - coverage.closed,
        FORM: coverage.offered - forms_without_a_button(),
        BULK: set(bulk_actions()),
        ACTIVITY: {f"{action} {object_type}" for object_type, action in SENTENCES},
    }


def api_calls() -> Iterator[str]:
    paths = json.loads(openapi_document().content)["paths"]
    for path, operations in paths.items():
        for method in operations:
            yield f"{method.upper()} {name_of(path)}"


def store_events() -> Iterator[str]:
    for kind, store in STORE_KINDS.items():
        for topic in store.topics:
            yield f"{kind} {TOPICS.get(kind, {}).get(topic, topic)}"


def names_below(prefix: str) -> Iterator[str]:
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern).startswith(prefix):
            yield from names_of(pattern)


def names_of(pattern: URLPattern | URLResolver) -> Iterator[str]:
    if isinstance(pattern, URLResolver):
        for each in pattern.url_patterns:
            yield from names_of(each)
    elif pattern.name and not is_shadowed(pattern.name):
        yield pattern.name


def is_shadowed(name: str) -> bool:
    """Whether another pattern, of ours, comes before it: Django's own page is replaced."""
    try:
        return name_of(reverse(f"admin:{name}")) != name
    except NoReverseMatch:  # it needs an id, or is not one of the admin's own
        return False


def forms_without_a_button() -> set[str]:
    """The forms of lists without actions, and of pages that only show."""
    lists = {model._meta.label_lower for model, model_admin in admin.site._registry.items() if not model_admin.actions}
    return {f"{label.replace('.', '_')}_changelist" for label in lists} | READ_ONLY


def bulk_actions() -> Iterator[str]:
    for model, model_admin in admin.site._registry.items():
        for action in model_admin.actions or ():
            yield f"{model._meta.model_name} {action}"


def stored_activity() -> set[str]:
    kinds = AuditEvent.objects.order_by().values_list("action", "object_type").distinct()
    return {f"{action} {object_type}" for action, object_type in kinds}
