"""The rows of the table: each a call or a page, with a request for each number."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.scale.client import Client, Request
from bench.scale.target import MIXED_CASE_ORDER, RARE_EMAIL, RARE_NAME, Target

OK, CREATED, FOUND, NOT_FOUND = 200, 201, 302, 404
ALL_ROWS = {"attention": "all"}
ORDERS_IN_BATCH, ORDERS_TO_RECONCILE, ORDERS_PASTED = 500, 1000, 100
COMMON_WORD, COMMON_NAME, COMMON_START = "ada", "ada young", "ad"  # of a 26th, a 598th and a 26th of all entries
CSRF_TOKEN = "0" * 32  # Django compares the cookie with the header, and accepts any of its length
RARE_CURRENCY = "CHF"  # of one purchase in 10,000

RequestOfNumber = Callable[[int], Request]
Rows = Iterator[tuple[str, RequestOfNumber]]


def rows_of(target: Target, client: Client) -> dict[str, RequestOfNumber]:
    """The rows by name, the same for each target."""
    api, admin = Api(target), Admin(target)
    return dict([*record_rows(api), *list_rows(api, client), *read_rows(api), *desk_rows(admin), *page_rows(admin)])


@dataclass(frozen=True)
class Api:
    """Requests to the API, with the private key."""

    target: Target

    @property
    def contest(self) -> str:
        return f"contests/{self.target.contest_id}"

    def get(self, path: str, *, key: str = "", **query: Any) -> RequestOfNumber:
        request = Request("GET", f"/api/v1/{path}{_query(query)}", {"x-api-key": key or self.target.private_key}, OK)
        return lambda _: request

    def post(self, path: str, body: Callable[[int], dict[str, Any]], status: int) -> RequestOfNumber:
        headers = {"x-api-key": self.target.private_key, "Content-Type": "application/json"}
        return lambda number: Request(
            "POST", f"/api/v1/{self.contest}/{path}", headers, status, json.dumps(body(number))
        )


@dataclass(frozen=True)
class Admin:
    """Requests to the admin, as an owner."""

    target: Target

    def get(self, path: str, *, status: int = OK, **query: Any) -> RequestOfNumber:
        request = Request("GET", f"/admin/{path}{_query(query)}", {"Cookie": self.target.cookie}, status)
        return lambda _: request

    def post(self, path: str, **fields: Any) -> RequestOfNumber:
        headers = {
            "Cookie": f"{self.target.cookie}; csrftoken={CSRF_TOKEN}",
            "X-CSRFToken": CSRF_TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        request = Request("POST", f"/admin/{path}", headers, OK, urlencode(fields))
        return lambda _: request

    def each(self, samples: Sequence[str], get: Callable[[str], RequestOfNumber]) -> RequestOfNumber:
        """Another sample for each number."""
        return lambda number: get(any_of(samples, number))(number)


def any_of(samples: Sequence[str], number: int) -> str:
    return samples[number % len(samples)]


def _query(query: dict[str, Any]) -> str:
    return f"?{urlencode({name.removesuffix('_'): value for name, value in query.items()})}" if query else ""


def record_rows(api: Api) -> Rows:
    target, run = api.target, secrets.token_hex(4)

    def order(number: int, order_id: str, email: str = "") -> dict[str, Any]:
        return {"email": email or any_of(target.emails, number), "orderId": order_id, "amount": 49.99}

    def orders(number: int, kind: str, count: int) -> list[dict[str, Any]]:
        return [order(place, f"{kind}-{run}-{number}-{place}") for place in range(count)]

    yield "record", api.post("purchases", lambda number: order(number, f"new-{run}-{number}"), CREATED)
    yield "record, duplicate", api.post("purchases", lambda number: order(number, any_of(target.order_ids, number)), OK)
    yield (
        "record, held",
        api.post(
            "purchases", lambda number: order(number, f"held-{run}-{number}", f"{run}{number}@no.test"), NOT_FOUND
        ),
    )
    yield (
        f"batch of {ORDERS_IN_BATCH}",
        api.post("purchases/batch", lambda number: {"purchases": orders(number, "batch", ORDERS_IN_BATCH)}, OK),
    )
    yield "preview", api.post("purchases/preview", lambda number: order(number, f"preview-{run}-{number}"), OK)
    yield (
        f"reconcile {ORDERS_TO_RECONCILE}",
        api.post("purchases/reconcile", lambda number: {"orders": orders(number, "none", ORDERS_TO_RECONCILE)}, OK),
    )
    yield (
        "refund",
        api.post(
            "refunds",
            lambda number: {
                "orderId": any_of(target.order_ids, number),
                "refundId": f"refund-{run}-{number}",
                "amount": 0.01,
            },
            CREATED,
        ),
    )


def list_rows(api: Api, client: Client) -> Rows:
    """The lists of the API: first page, page by cursor, each filter."""
    target = api.target

    def pages(name: str, path: str, **query: Any) -> Rows:
        first = api.get(path, **query)
        yield name, first
        cursor = json.loads(client.send(first(0)).body)["pagination"]["nextCursor"]
        if cursor:
            yield f"{name}, by cursor", api.get(path, cursor=cursor, **query)

    entries, purchases, refunds = (f"{api.contest}/{name}" for name in ("entries", "purchases", "refunds"))
    yield "contests", api.get("contests")
    yield from pages("entries", entries)
    yield "entries, page 50", api.get(entries, page=50)
    yield "entries, email", api.get(entries, email=target.emails[0])
    for name, text in {
        "rare word": RARE_NAME.split()[0],
        "start of an email": RARE_EMAIL[:10],
        "no match": "qqqq",
    }.items():
        yield f"entries, search: {name}", api.get(entries, search=text)
    yield from pages("entries, search: common word", entries, search=COMMON_WORD)
    yield "entries, search: common start", api.get(entries, search=COMMON_START)
    yield "entries, search: one letter", api.get(entries, search="a")
    yield "entries, search: two common words", api.get(entries, search=COMMON_NAME)
    yield "entries, search: common word, public key", api.get(entries, key=target.public_key, search=COMMON_WORD)
    yield from pages("purchases", purchases)
    yield "purchases, page 50", api.get(purchases, page=50)
    yield "purchases, order ID", api.get(purchases, orderId=target.order_ids[0])
    yield "purchases, email", api.get(purchases, email=target.emails[0])
    yield "purchases, entry", api.get(purchases, entryId=target.entry_ids[0])
    for currency in ("USD", RARE_CURRENCY, target.unused_currency):
        yield f"purchases, currency {currency}", api.get(purchases, currency=currency)
    for status in ("recorded", "voided"):
        yield f"purchases, {status}", api.get(purchases, status=status)
    yield "purchases, rare currency and status", api.get(purchases, currency=RARE_CURRENCY, status="voided")
    yield "purchases, recorded from", api.get(purchases, from_=target.purchased_at)
    yield "purchases, recorded to", api.get(purchases, to=target.purchased_at)
    yield "purchases, bought from", api.get(purchases, purchasedFrom=target.purchased_at)
    yield "purchases, bought to", api.get(purchases, purchasedTo=target.purchased_at)
    yield (
        "purchases, bought in an hour",
        api.get(purchases, purchasedFrom=target.purchased_at, purchasedTo=target.hour_later),
    )
    yield from pages("purchases, oldest bought first", purchases, sort="purchasedAt")
    yield from pages("refunds", refunds)
    yield "refunds, order ID", api.get(refunds, orderId=target.order_ids[0])
    for state in ("applied", "pending", "refused"):
        yield f"refunds, {state}", api.get(refunds, state=state)


def read_rows(api: Api) -> Rows:
    target = api.target
    yield "contest", api.get(api.contest)
    yield "leaderboard, 25", api.get(f"{api.contest}/leaderboard")
    yield "leaderboard, 100", api.get(f"{api.contest}/leaderboard", limit=100)
    yield "analytics", api.get(f"{api.contest}/analytics")
    yield "purchase", api.get(f"{api.contest}/purchases/{target.purchase_ids[0]}")
    yield "entry", api.get(f"entries/{target.entry_ids[0]}")
    yield "entry, look-up", api.get("entries/lookup", email=target.emails[0], contestId=target.contest_id)
    yield "key", api.get("key")


def desk_rows(admin: Admin) -> Rows:
    """The search; an only result, and an entry with its own orders, redirects to its page."""
    target, desk = admin.target, "purchases/purchase/desk/"
    yield "desk", admin.get(desk)
    yield "desk: order ID", admin.each(target.order_ids, lambda text: admin.get(desk, status=FOUND, q=text))
    yield "desk: order ID, other case", admin.get(desk, status=FOUND, q=MIXED_CASE_ORDER.swapcase())
    yield "desk: start of order IDs", admin.get(desk, q=target.order_ids[-1][:5], begins=1)
    yield "desk: email", admin.each(target.emails, lambda text: admin.get(desk, status=FOUND, q=text))
    yield "desk: held order", admin.each(target.held_order_ids, lambda text: admin.get(desk, status=FOUND, q=text))
    yield "desk: rare name", admin.get(desk, status=FOUND, q=RARE_NAME.split()[0])
    yield "desk: common name", admin.get(desk, q=COMMON_WORD)
    yield "desk: two common names", admin.get(desk, q=COMMON_NAME)
    yield "desk: no match", admin.get(desk, q="qqqq")
    yield f"desk: {ORDERS_PASTED} order IDs", admin.get(desk, q="\n".join(target.order_ids[:ORDERS_PASTED]))
    for name, text in {
        "order ID": target.order_ids[0], "start of an email": target.emails[0][:5], "common name": COMMON_WORD,
        "two common names": COMMON_NAME, "no match": "qqqq",
    }.items():  # fmt: skip
        yield f"suggestions: {name}", admin.post("purchases/purchase/suggestions/", q=text)


def page_rows(admin: Admin) -> Rows:
    """The pages of the admin: dashboards, lists with a search and each filter, the pages of one row."""
    target = admin.target
    contest = f"contests/contest/{target.contest_id}"
    yield "dashboard", admin.get("")
    yield "dashboard, 90 days", admin.get("", days=90)
    yield "contest: overview", admin.get(f"{contest}/overview/")
    yield "contest: overview, 90 days", admin.get(f"{contest}/overview/", days=90)
    for name in ("rules", "change", "entries", "leaderboard", "history"):
        yield f"contest: {name}", admin.get(f"{contest}/{name}/")
    for name in ("recalculate", "imports", "purchaseimports", "copy"):
        yield f"contest: {name}", admin.get(f"{contest}/{name}/")
    yield "contest list", admin.get("contests/contest/")
    yield "contest list, search", admin.get("contests/contest/", q="load")
    yield from filtered_rows(
        admin,
        "purchase list",
        "purchases/purchase/",
        {"search": {"q": target.order_ids[0]}},
        {"contest": target.contest_id, "status__exact": "voided", "recorded": "today", "currency": RARE_CURRENCY},
        {"origin": "history", "sent_again": "7", "sort": "-purchased_at"},
    )
    yield "purchase list, unused currency", admin.get("purchases/purchase/", currency=target.unused_currency)
    yield from filtered_rows(
        admin,
        "entry list",
        "contests/entry/",
        {"search": {"q": COMMON_WORD}, "search: email": {"q": target.emails[0]}},
        {"contest": target.contest_id, "created": "today", "is_disqualified__exact": 1, "email_confirmed__exact": 0},
        {"sort": "-points"},
    )
    yield from filtered_rows(
        admin,
        "rejected list",
        "purchases/rejectedpurchase/",
        {"search": {"q": target.held_order_ids[0]}},
        {"state__exact": "held", "code__exact": "entry_not_found", "attention": "open", "contest": target.contest_id},
        {"state__exact": "rejected"},
        whole=ALL_ROWS,
    )
    yield from filtered_rows(
        admin,
        "pending refund list",
        "purchases/pendingrefund/",
        {"search": {"q": target.order_ids[0]}},
        {"state__exact": "pending", "is_dismissed__exact": 0, "attention": "open", "contest": target.contest_id},
        whole=ALL_ROWS,
    )
    yield from filtered_rows(
        admin,
        "delivery list",
        "purchases/storedelivery/",
        {"search": {"q": target.order_ids[0]}},
        {"state__exact": "failed", "attention": "open", "event": "refunds/create", "contest": target.contest_id},
        {"state__exact": "done"},
        whole=ALL_ROWS,
    )
    yield from filtered_rows(
        admin,
        "activity log",
        "audit/auditevent/",
        {"search": {"q": target.order_ids[0]}},
        {"kind": "voided", "contest": target.contest_id},
    )
    purchase, entry = "purchases/purchase", "contests/entry"
    yield "purchase, page", admin.each(target.purchase_ids, lambda pk: admin.get(f"{purchase}/{_quoted(pk)}/change/"))
    for action in ("refund", "move"):
        yield f"purchase, {action} dialog", admin.get(f"{purchase}/{_quoted(target.purchase_ids[0])}/{action}/")
    yield "purchase list, export of the page", admin.get("purchases/purchase/export/")
    yield "entry, page", admin.each(target.entry_ids, lambda pk: admin.get(f"{entry}/{_quoted(pk)}/change/"))
    yield "entry, adjust dialog", admin.get(f"{entry}/{_quoted(target.entry_ids[0])}/adjust/")
    yield "search of the navigation", admin.get("search/", s=COMMON_WORD)
    yield (
        "held order, page",
        admin.each(target.held_ids, lambda pk: admin.get(f"purchases/rejectedpurchase/{_quoted(pk)}/change/")),
    )
    for name, path in {
        "key list": "apikeys/apikey/", "member list": "accounts/membership/", "invitation list": "accounts/invitation/",
    }.items():  # fmt: skip
        yield name, admin.get(path)


def filtered_rows(
    admin: Admin,
    name: str,
    path: str,
    searches: dict[str, dict[str, Any]],
    *filters: dict[str, Any],
    whole: dict[str, Any] | None = None,
) -> Rows:
    """A list's first page, its searches, and each filter by itself; ``whole`` takes off the filter it opens with."""
    yield name, admin.get(path, **(whole or {}))
    for search, query in searches.items():
        yield f"{name}, {search}", admin.get(path, **query)
    for column, value in (pair for some in filters for pair in some.items()):
        shown = column.removesuffix("__exact") + ("" if column == "contest" else f" {value}")
        yield f"{name}, {shown}", admin.get(path, **{column: value})


def _quoted(pk: str) -> str:
    """An id in an admin URL, as `django.contrib.admin.utils.quote` writes it."""
    return pk.replace("_", "_5F")
