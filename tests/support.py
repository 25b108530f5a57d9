"""What the tests are made with: rows as an owner would make them, and a real web server."""

import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import psutil
import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.test import Client
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Invitation, Membership, Team, User
from blitzrocket.accounts.services import create_invitation
from blitzrocket.accounts.services.session_store import SessionStore
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.web_server import COMMANDS
from contests.models import Contest, Entry, PointRule, RuleSet
from contests.models.entry import new_referral_code
from contests.services import create_contest, create_entry, publish_rules
from purchases.models import RejectedPurchase
from purchases.services import (
    EntryMissing,
    NewPurchase,
    PurchaseNotFound,
    Recorded,
    Rejection,
    record_batch,
    record_purchase,
    record_rejection,
    refund_order,
)
from tests.copied_rows import CopiedRows
from tests.openapi import check_answer
from tests.programs import Program, forking_programs

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
START_SECONDS = 180.0

_numbers = count(1)


@dataclass
class Shop:
    """A team with a running contest, one entry, and a private and a public key."""

    team: Team
    contest: Contest
    entry: Entry
    private_key: str
    public_key: str
    keys: dict[str, ApiKey] = field(default_factory=dict)

    def order(self, **fields: Any) -> dict[str, Any]:
        """A valid body, with another order id each time."""
        body = {"email": self.entry.email, "orderId": f"order-{next(_numbers)}", "amount": 49.99, "currency": "USD"}
        return {name: value for name, value in (body | fields).items() if value is not ...}


@dataclass(frozen=True)
class _First:
    """The first shop of this process that was made with these values, and all its rows."""

    shop: Shop
    rows: CopiedRows


_first_shops: dict[tuple[Any, ...], _First] = {}
_asked_for: set[tuple[Any, ...]] = set()  # values with which a second one may be made


def make_shop(email: str = "ada@example.com", **contest_fields: Any) -> Shop:
    """One that the services make, or a copy of one that they have made with the same values."""
    name = f"Team {next(_numbers)}"
    fields = {"title": "Summer", "slug": "summer", "status": Contest.Status.ACTIVE} | contest_fields
    return _copied_shop(name, email, fields) or _new_shop(name, email, fields)


def _new_shop(name: str, email: str, fields: dict[str, Any]) -> Shop:
    team = Team.objects.create(name=name)
    contest = create_contest(team, **fields)
    entry = create_entry(contest, email, name="Ada")
    keys = {kind: ApiKey(team=team, kind=kind, name=f"{kind} key") for kind in ("private", "public")}
    secrets = {kind: key.new_secret() for kind, key in keys.items()}
    ApiKey.objects.bulk_create(keys.values())
    shop = Shop(team, contest, entry, secrets["private"], secrets["public"], keys)
    # No times, which a copy takes for those of rows, and no id, for which it has another.
    if "id" not in fields and all(isinstance(value, str | int) for value in fields.values()):
        made_with = (email, *sorted(fields.items()))
        if made_with in _asked_for:
            _first_shops[made_with] = _First(_kept(shop), CopiedRows(team, contest))
        _asked_for.add(made_with)
    return shop


def _kept(shop: Shop) -> Shop:
    """The shop as it was made, whatever the test does with it."""
    keys = {kind: copy(key) for kind, key in shop.keys.items()}
    return replace(shop, team=copy(shop.team), contest=copy(shop.contest), entry=copy(shop.entry), keys=keys)


def _copied_shop(name: str, email: str, fields: dict[str, Any]) -> Shop | None:
    kept = _first_shops.get((email, *sorted(fields.items())))
    if kept is None:
        return None
    first = kept.shop
    texts = {first.team.name: name, first.entry.referral_code: new_referral_code()}
    secrets = {}
    for kind, key in first.keys.items():
        other = ApiKey(kind=kind)
        secrets[kind] = other.new_secret()
        texts |= {key.prefix: other.prefix, key.digest: other.digest}
    copied = kept.rows.copy(texts)
    team = copied.of(first.team)
    contest = copied.of(first.contest, team=team)
    rules = cast("RuleSet", first.contest.rule_set)
    contest.rule_set = copied.of(rules, contest=contest, content=copied.in_json(rules.content))
    entry = copied.of(first.entry, contest=contest)
    keys = {kind: copied.of(key, team=team) for kind, key in first.keys.items()}
    return Shop(team, contest, entry, secrets["private"], secrets["public"], keys)


def set_rules(contest: Contest, *rules: dict[str, Any], **settings_of_contest: Any) -> None:
    """Replace the contest's rules and publish, as its admin page does."""
    contest.rules.all().delete()
    for rule in rules:
        PointRule.objects.create(contest=contest, **rule)
    Contest.objects.filter(pk=contest.pk).update(**settings_of_contest)
    contest.refresh_from_db()
    contest.rule_set = publish_rules(contest)


def record(shop: Shop, amount: str = "49.99", **fields: Any) -> Recorded:
    """Record a purchase as the API does, without HTTP."""
    now = timezone.now()
    values: dict[str, Any] = {
        "email": Email.parse(shop.entry.email),
        "order_id": f"order-{next(_numbers)}",
        "amount": Decimal(amount),
        "currency": "USD",
        "purchased_at": now,
    }
    order = NewPurchase(**(values | fields))
    return record_purchase(shop.contest.pk, order, api_key=shop.keys["private"], received_at=now)


def record_all(shop: Shop, order_ids: Iterable[str], amount: str = "49.99") -> None:
    """Record an order with each of these ids, all in a few statements."""
    now, email = timezone.now(), Email.parse(shop.entry.email)
    orders = [
        NewPurchase(email=email, order_id=order_id, amount=Decimal(amount), currency="USD", purchased_at=now)
        for order_id in order_ids
    ]
    record_batch(shop.contest.pk, orders, api_key=shop.keys["private"], received_at=now)


def reject(shop: Shop) -> None:
    """Save a rejected order, as the API does for an amount that is not positive."""
    rejection = Rejection(
        api_key=shop.keys["private"],
        contest_sent=shop.contest.pk,
        contest=shop.contest,
        order_id="refused",
        code="amount_not_positive",
        details=[{"field": "amount", "message": "The amount must be greater than 0."}],
    )
    record_rejection(rejection, timezone.now())


def hold(shop: Shop, email: str = "late@example.com", **fields: Any) -> RejectedPurchase:
    """An order on hold, as the API saves it."""
    with suppress(EntryMissing):
        record(shop, email=Email.parse(email), **fields)
    return RejectedPurchase.objects.latest("id")


def make_pending_refund(shop: Shop) -> None:
    """A refund that comes before its order."""
    audit = AuditContext(reason="Sent back", api_key=shop.keys["private"])
    with suppress(PurchaseNotFound):
        refund_order(shop.contest, "not-yet", refund_id="refund-1", audit=audit, received_at=timezone.now())


def signed_in(shop: Shop, role: str) -> Client:
    """The browser of somebody with that role in the shop's team."""
    number = next(_numbers)
    user = User.objects.create(
        username=f"{role}-{number}",
        password=f"{UNUSABLE_PASSWORD_PREFIX}{number}",
        is_staff=True,
        last_login=timezone.now(),
    )
    Membership.objects.create(team=shop.team, user=user, role=role)
    client = Client()
    open_session(client, user)
    return client


class _NewSession(SessionStore):
    key_salt = SessionStore().key_salt  # which has the name of the class

    def exists(self, _session_key: str) -> bool:
        """Of 165 random bits, none does."""
        return False


def open_session(client: Client, user: User) -> None:
    """Give a browser the session that signing in leaves, by 1 statement; Django's `force_login` takes 18."""
    session: Any = _NewSession()  # the stubs leave out what is not public
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = f"{ModelBackend.__module__}.{ModelBackend.__qualname__}"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session._session_key = session._get_new_session_key()
    session.create_model_instance(session._session).save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)


def invite(team: Team, email: str = "new@example.com", role: str = "support") -> tuple[Invitation, str]:
    """An invitation by an owner of the team, and the token of its link."""
    owner = User.objects.create_user(f"owner-{next(_numbers)}", is_staff=True)
    Membership.objects.create(team=team, user=owner, role="owner")
    return create_invitation(team, Email.parse(email), role, audit=AuditContext(user=owner))


def downloaded(client: Client, url: str, **query: str) -> str:
    """A file that a page streams, without the mark that it begins with."""
    answer = client.get(url, query)
    assert answer.status_code == 200, (url, answer.status_code)
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


class Server:
    """The web server of SERVER with several workers on a database, on a free port of the loopback."""

    def __init__(self, database_url: str, log: Path, **environment: str) -> None:
        self.log = log
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {"DATABASE_URL": database_url, "PORT": str(self.port)} | environment
        self.process: Program | None = None

    def start(self) -> None:
        command = COMMANDS[self.environment.get("SERVER") or "gunicorn"]
        self.process = forking_programs().start(command, self.environment, self.log)
        wait_for(self.has_started, "the server to answer")

    def has_started(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-4000:]
        return self.is_ready()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/readyz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def renew_workers(self) -> None:
        """Have new worker processes, which remember nothing of a database that a test has emptied since."""
        assert self.process is not None
        before = {worker.pid for worker in self.workers()}
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.workers() and not before & {worker.pid for worker in self.workers()}, "new workers")
        wait_for(self.is_ready, "the new workers to answer")

    def workers(self) -> list[psutil.Process]:
        assert self.process is not None
        return list(psutil.Process(self.process.pid).children())


class Api:
    """A client of the record call over a kept-alive connection."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.trust_env = False  # else each call goes through the environment for proxies
        self.session.hooks["response"].append(check_answer)

    def record(self, shop: Shop, body: Any = None, *, key: str | None = None, **options: Any) -> requests.Response:
        """POST a purchase; ``body`` is JSON unless it is bytes."""
        headers = {"x-api-key": key or shop.private_key} | options.pop("headers", {})
        if isinstance(body, bytes):
            headers = {"Content-Type": "application/json"} | headers
            options["data"] = body
        else:
            options["json"] = body if body is not None else shop.order()
        contest_id = options.pop("contest_id", shop.contest.pk)
        return self.post(f"/api/v1/contests/{contest_id}/purchases", headers=headers, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.session.post(f"{self.base_url}{path}", timeout=30, **options)

    def call(self, shop: Shop, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Any call below ``/api/v1``, with the shop's private key unless another is given."""
        headers = {"x-api-key": options.pop("key", shop.private_key)} | options.pop("headers", {})
        url = f"{self.base_url}/api/v1{path}"
        return self.session.request(method, url, json=body, headers=headers, timeout=60, **options)


def test_database_url() -> str:
    """The database of this test run, for another process."""
    database = settings.DATABASES["default"]
    options = connection.settings_dict["OPTIONS"]
    host = options.get("host") or database.get("HOST") or ""
    login = quote(database["USER"], safe="") + (
        f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    )
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{login}@/{connection.settings_dict['NAME']}?host={quote(host, safe='')}{port}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_for(condition: Any, what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def wait_for_blocked(count: int = 1) -> None:
    """Until so many connections to this database wait for a lock that another one holds."""
    wait_for(lambda: _blocked() >= count, "a call to wait for a lock")


def _blocked() -> int:
    # `pg_stat_activity` would not change within a transaction.
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (
                SELECT pid FROM pg_locks
                WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
        """)
        return int(cursor.fetchone()[0])


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()
