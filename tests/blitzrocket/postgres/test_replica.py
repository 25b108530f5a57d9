"""Lists and reports come from a streaming replica, and never show less than the primary would."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest
import requests
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from blitzrocket.accounts.models import Membership
from blitzrocket.audit.models import AuditEvent
from blitzrocket.metrics.folder import VARIABLE
from contests.models import Contest
from tests.programs import Programs
from tests.standby import Standby, standby
from tests.support import (
    Api,
    Server,
    Shop,
    hold,
    make_pending_refund,
    make_shop,
    record,
    reject,
    running,
    signed_in,
    test_database_url,
    wait_for,
)

TOKEN = "a-token-of-this-test"
LONGEST_CALL = 5  # seconds, of which one is the wait for a replica that is away
# As in production, an answer comes after the log is flushed.
DURABLE = {"PGOPTIONS": "-c synchronous_commit=on"}
APPS = ("audit", "contests", "purchases")


@pytest.fixture(scope="module")
def replica(django_db_setup: None) -> Iterator[Standby]:
    with standby() as replica:
        yield replica


@pytest.fixture(scope="module")
def served(replica: Standby, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("replica")
    environment = {"REPLICA_URL": replica.url, "WEB_CONCURRENCY": "1", "LOG_FORMAT": "json"}
    metrics = {"METRICS_TOKEN": TOKEN, VARIABLE: str(folder)}
    with running(Server(test_database_url(), folder / "log", **DURABLE, **environment, **metrics)) as server:
        yield server


@pytest.fixture
def shop(replica: Standby, transactional_db: None) -> Iterator[Shop]:
    shop = make_shop()
    replica.catch_up()
    yield shop
    replica.resume()


@pytest.fixture
def api(served: Server, shop: Shop) -> Api:
    return Api(served.base_url)


def reads(server: Server, answer: requests.Response) -> str | None:
    """Where the request has read, by its line in the log."""
    request_id = answer.headers["X-Request-Id"]
    wait_for(lambda: request_id in server.log.read_text(), "the line")
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if request_id in line]
    (where,) = (line.get("reads") for line in lines if line["name"] == "blitzrocket.requests")
    return where  # type: ignore[no-any-return]


def from_replica(server: Server, get: Callable[[], requests.Response]) -> requests.Response:
    """The answer as soon as the replica has given it: on a busy machine it may be behind for a moment."""
    answers: list[requests.Response] = []

    def comes_from_replica() -> bool:
        answers.append(get())
        assert answers[-1].status_code == 200, answers[-1].text
        return reads(server, answers[-1]) == "replica"

    wait_for(comes_from_replica, "an answer of the replica", 30)
    return answers[-1]


def recorded(api: Api, shop: Shop) -> str:
    """The id of a new order."""
    order = shop.order()
    assert api.record(shop, order).status_code == 201
    return str(order["orderId"])


def orders(api: Api, shop: Shop) -> requests.Response:
    answer = api.call(shop, "GET", f"/contests/{shop.contest.pk}/purchases")
    assert answer.status_code == 200, answer.text
    return answer


def ids(answer: requests.Response) -> list[str]:
    return [row["orderId"] for row in answer.json()["data"]]


def browser(shop: Shop, role: str) -> requests.Session:
    session = requests.Session()
    session.cookies.set("sessionid", signed_in(shop, role).cookies["sessionid"].value)
    return session


def test_a_list_comes_from_the_replica(api: Api, served: Server, shop: Shop, replica: Standby) -> None:
    order_id = recorded(api, shop)
    replica.catch_up()
    assert ids(from_replica(served, lambda: orders(api, shop))) == [order_id]
    statements = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()"
    assert replica.ask(statements, '%"purchases_purchase"%') > 0


def test_a_list_has_what_was_written_before_it_was_asked_for(
    api: Api, served: Server, shop: Shop, replica: Standby
) -> None:
    replica.pause()
    sent: list[str] = []
    for _ in range(3):
        sent.insert(0, recorded(api, shop))
        answer = orders(api, shop)
        assert (reads(served, answer), ids(answer)) == ("primary, replica behind", sent)
    assert replica.ask("SELECT count(*) FROM purchases_purchase") == 0, "the replica has none of them"
    replica.resume()
    replica.catch_up()
    assert ids(from_replica(served, lambda: orders(api, shop))) == sent


def test_a_list_in_the_admin_has_what_anyone_wrote_before(
    api: Api, served: Server, shop: Shop, replica: Standby
) -> None:
    support = browser(shop, "support")
    page = f"{served.base_url}{reverse('admin:purchases_purchase_changelist')}"
    from_replica(served, lambda: support.get(page))
    replica.pause()
    order_id = recorded(api, shop)
    answer = support.get(page)
    assert order_id in answer.text
    assert reads(served, answer) == "primary, replica behind"


def test_rights_are_never_older_than_the_request(api: Api, served: Server, shop: Shop, replica: Standby) -> None:
    support = browser(shop, "support")
    page = f"{served.base_url}{reverse('admin:contests_contest_overview', args=[shop.contest.pk])}"
    leaderboard = f"/contests/{shop.contest.pk}/leaderboard"
    replica.catch_up()
    assert support.get(page).status_code == 200
    assert api.call(shop, "GET", leaderboard, key=shop.public_key).status_code == 200
    replica.pause()
    Membership.objects.filter(team=shop.team).delete()
    Contest.objects.filter(pk=shop.contest.pk).update(status=Contest.Status.DRAFT)
    with psycopg.connect(test_database_url(), autocommit=True) as primary:
        primary.execute("SET synchronous_commit = on")  # what tests write by themselves is not flushed
        primary.execute("SELECT pg_logical_emit_message(true, 'tests', '')")
    assert support.get(page).status_code in (403, 404)
    assert api.call(shop, "GET", leaderboard, key=shop.public_key).status_code == 404
    shop.keys["private"].revoke()
    assert api.call(shop, "GET", leaderboard).status_code == 401


def test_all_lists_and_reports_of_the_admin_read_there_and_write_nothing(
    served: Server, shop: Shop, replica: Standby
) -> None:
    record(shop)
    hold(shop)
    reject(shop)
    make_pending_refund(shop)
    owner = browser(shop, "owner")
    models = [model._meta for model in admin.site._registry if model._meta.app_label in APPS]
    lists = [reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") for meta in models]
    tabs = [
        reverse(f"admin:contests_contest_{page}", args=[shop.contest.pk])
        for page in ("overview", "entries", "leaderboard", "history")
    ]
    history = [f"{tabs[-1]}?show={section}" for section in ("rules", "imports", "activity")]
    desk = reverse("admin:purchases_purchase_desk")
    pages = [*lists, *tabs, *history, reverse("admin:index"), desk, f"{desk}?q=ada&begins=1", f"{lists[0]}?q=order"]
    for page in pages:
        from_replica(served, lambda: owner.get(f"{served.base_url}{page}"))  # noqa: B023  (it is called at once)
    assert "Traceback" not in served.log.read_text()


def test_all_lists_and_reports_of_the_api_read_there(api: Api, served: Server, shop: Shop, replica: Standby) -> None:
    contest = f"/contests/{shop.contest.pk}"
    paths = ["/contests", contest, *(f"{contest}/{name}" for name in ("entries", "purchases", "refunds"))]
    paths += [f"{contest}/leaderboard", f"{contest}/analytics", f"{contest}/entries?search=ada"]
    for path in paths:
        from_replica(served, lambda: api.call(shop, "GET", path))  # noqa: B023  (it is called at once)
    entry = api.call(shop, "GET", f"/entries/{shop.entry.pk}")
    assert (entry.status_code, reads(served, entry)) == (200, None)
    assert reads(served, api.record(shop)) is None


def test_an_export_comes_from_the_replica_and_is_logged_on_the_primary(
    api: Api, served: Server, shop: Shop, replica: Standby
) -> None:
    order_id = recorded(api, shop)
    owner = browser(shop, "owner")
    page = reverse("admin:contests_contest_export_purchases", args=[shop.contest.pk])
    from_replica(served, lambda: orders(api, shop))
    answer = owner.get(f"{served.base_url}{page}")
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row["Order ID"] for row in rows] == [order_id]
    assert AuditEvent.objects.get(action=AuditEvent.Action.EXPORTED).after == {"exported": "purchases", "rows": 1}


def test_a_report_that_fails_on_the_replica_is_read_from_the_primary(
    api: Api, served: Server, shop: Shop, replica: Standby
) -> None:
    """As where the replica ends a statement that keeps it from replaying, or is stopped."""
    order_id = recorded(api, shop)
    leaderboard = partial(api.call, shop, "GET", f"/contests/{shop.contest.pk}/leaderboard")
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%purchases_purchase%'"
    with psycopg.connect(test_database_url()) as keeper, ThreadPoolExecutor(1) as callers:
        keeper.execute("LOCK TABLE purchases_purchase IN ACCESS EXCLUSIVE MODE")
        replica.catch_up()  # the lock is replayed too
        wait_for(lambda: reads(served, leaderboard()) == "replica", "the replica to be used", 30)
        listing = callers.submit(lambda: orders(api, shop))
        wait_for(lambda: replica.ask(waiting), "the list to wait")
        replica.ask(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) waiting")
        keeper.rollback()
        answer = listing.result()
    assert (reads(served, answer), ids(answer)) == ("primary, replica away", [order_id])
    from_replica(served, lambda: orders(api, shop))


def test_without_the_replica_the_primary_answers(api: Api, served: Server, shop: Shop, replica: Standby) -> None:
    assert requests.get(f"{served.base_url}/readyz", timeout=10).text == "ready\n"
    replica.stop()
    try:
        for _ in range(3):
            answer = orders(api, shop)
            assert reads(served, answer) == "primary, replica away"
            assert answer.elapsed.total_seconds() < LONGEST_CALL
        probe = requests.get(f"{served.base_url}/readyz", timeout=10)
        note = "ready; the replica cannot be reached, so the primary answers for it\n"
        assert (probe.status_code, probe.text) == (200, note)
        metrics = requests.get(
            f"{served.base_url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        ).text
        assert 'blitzrocket_reports_total{database="primary, replica away"}' in metrics
        assert 'blitzrocket_reports_total{database="replica"}' in metrics
    finally:
        replica.start()
    from_replica(served, lambda: orders(api, shop))


def test_another_server_is_not_taken_for_the_replica(programs: Programs, transactional_db: None) -> None:
    code = """
import django
django.setup()
from blitzrocket.postgres.replica import note_on_replica
print(note_on_replica())
"""
    url = test_database_url()
    environment = {"DATABASE_URL": url, "REPLICA_URL": f"{url}&application_name=the-primary"}
    result = programs.run(["-c", code], os.environ | environment)
    assert result.stdout == "the replica is no replica of this database, so the primary answers for it\n", result.stderr


def test_unlogged_tables_are_not_looked_for_on_the_replica(db: None) -> None:
    sql = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        unlogged = {name for (name,) in cursor.fetchall()}
    assert {name for name in unlogged if name.partition("_")[0] in APPS} == {"purchases_rejectioncount"}
    assert settings.DATABASE_ROUTERS == [], "only an installation with a replica has one"
