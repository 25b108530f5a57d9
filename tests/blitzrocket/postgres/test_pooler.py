"""The whole service through a real PgBouncer in transaction mode, with the settings of docs/scaling.md."""

import csv
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests
from django.conf import settings
from django.db import connection
from django.urls import reverse

from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.models import Job
from blitzrocket.postgres.connection import WEB_SECONDS
from contests.models import Contest
from purchases.models import Purchase
from purchases.services.recalculation import start_recalculation
from tests.nginx import program, settings_in
from tests.programs import Programs, forking_programs
from tests.standby import admit_its_user
from tests.support import (
    Api,
    Server,
    Shop,
    free_port,
    make_shop,
    running,
    signed_in,
    test_database_url,
    wait_for,
)

CONNECTIONS = 3  # of the pooler, so that transactions of different calls share each
CLIENTS = 12
NAME = "a-web-server"  # which the pooler passes on
TRANSACTION = {"DATABASE_POOLER": "transaction"}


@pytest.fixture(scope="module")
def pooler(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DATABASE_URL of a pooler before the test run's database."""
    command = program("pgbouncer")
    primary = admit_its_user()
    port, folder = free_port(), primary.folder / "pgbouncer"
    file = tmp_path_factory.mktemp("pooler") / "log"
    folder.mkdir()
    (folder / "pgbouncer.ini").write_text(_settings(str(primary.socket_folder), port))
    for path in (folder, folder / "pgbouncer.ini"):
        shutil.chown(path, primary.user or os.geteuid())
    with file.open("wb") as log:
        process = subprocess.Popen(
            [command, str(folder / "pgbouncer.ini")], user=primary.user, cwd=folder, stdout=log, stderr=log
        )
        url = f"postgresql://blitzrocket@127.0.0.1:{port}/{connection.settings_dict['NAME']}"
        try:
            wait_for(lambda: process.poll() is None and _answers(url), "the pooler to answer", 30)
            yield url
        finally:
            process.terminate()
            process.wait(10)
            shutil.rmtree(folder)


def _settings(host: str, port: int) -> str:
    """Those of the page, with this machine's addresses."""
    text = settings_in("scaling.md", "ini")
    name = connection.settings_dict["NAME"]
    changes = {
        "blitzrocket = host=10.0.0.5 dbname=blitzrocket": f"{name} = host={host} dbname={name} user=blitzrocket",
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =",
        "auth_type = scram-sha-256": "auth_type = any",  # there are no passwords here
        "auth_file = /etc/pgbouncer/userlist.txt": "",
        "default_pool_size = 20": f"default_pool_size = {CONNECTIONS}",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def served(pooler: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("web") / "log"
    with running(Server(pooler, log, WEB_CONCURRENCY="2", PGAPPNAME=NAME, **TRANSACTION)) as server:
        yield server
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def api(served: Server, shop: Shop) -> Api:
    return Api(served.base_url)


def test_orders_of_many_callers_are_recorded_once(served: Server, shop: Shop) -> None:
    orders = [shop.order() for _ in range(60)]

    def send(order: dict[str, object]) -> int:
        return Api(served.base_url).record(shop, order).status_code

    with ThreadPoolExecutor(CLIENTS) as callers:
        statuses = Counter(callers.map(send, [order for order in orders for _ in range(3)]))
    assert statuses == {201: 60, 200: 120}
    assert Purchase.objects.count() == 60
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [NAME])
        assert 1 <= cursor.fetchone()[0] <= CONNECTIONS


def test_each_kind_of_call_works(api: Api, shop: Shop) -> None:
    contest = f"/contests/{shop.contest.pk}"
    order = shop.order()
    batch = {"purchases": [shop.order(), shop.order(), shop.order(email="nobody@example.com"), {}]}
    refund = {"orderId": order["orderId"], "refundId": "r1", "amount": 10}
    calls = [
        ("POST", f"{contest}/purchases/preview", order, 200),
        ("POST", f"{contest}/purchases", order, 201),
        ("POST", f"{contest}/purchases", order, 200),
        ("POST", f"{contest}/purchases", shop.order(email="late@example.com"), 404),
        ("POST", f"{contest}/purchases", shop.order(amount="x"), 400),
        ("POST", f"{contest}/purchases/batch", batch, 200),
        ("POST", f"{contest}/refunds", refund, 201),
        ("POST", f"{contest}/refunds", refund, 200),
        ("POST", f"{contest}/entries", {"email": "late@example.com"}, 201),
        ("GET", f"{contest}/purchases", None, 200),
        ("GET", f"{contest}/entries?search=late", None, 200),
        ("GET", f"{contest}/leaderboard", None, 200),
        ("GET", f"{contest}/analytics", None, 200),
    ]
    for method, path, body, status in calls:
        answer = api.call(shop, method, path, body)
        assert answer.status_code == status, (path, answer.text)
    assert api.call(shop, "GET", f"{contest}/analytics").json()["data"]["purchases"]["count"] == 4


def test_pages_forms_and_exports_work(api: Api, served: Server, shop: Shop) -> None:
    orders = [shop.order() for _ in range(3)]
    assert api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/batch", {"purchases": orders}).ok
    owner = requests.Session()
    owner.cookies.set("sessionid", signed_in(shop, "owner").cookies["sessionid"].value)
    base = served.base_url
    for page in (
        reverse("admin:index"),
        reverse("admin:purchases_purchase_changelist"),
        reverse("admin:purchases_purchase_change", args=[Purchase.objects.latest("pk").pk]),
    ):
        assert owner.get(f"{base}{page}").status_code == 200
    export = owner.get(f"{base}{reverse('admin:contests_contest_export_purchases', args=[shop.contest.pk])}")
    rows = csv.DictReader(export.content.decode("utf-8-sig").splitlines())
    assert {row["Order ID"] for row in rows} == {order["orderId"] for order in orders}
    form = f"{base}{reverse('admin:contests_contest_change', args=[shop.contest.pk])}"
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', owner.get(form).text))
    answer = owner.post(form, fields | {"title": "Winter"}, headers={"Referer": form}, allow_redirects=False)
    assert answer.status_code in (200, 302), answer.text


def test_jobs_and_commands_work(pooler: str, programs: Programs, api: Api, shop: Shop, tmp_path: Path) -> None:
    assert api.record(shop).status_code == 201
    Contest.objects.filter(pk=shop.contest.pk).update(tracking_enabled=True)
    audit = AuditContext(reason="A test")
    job = start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=audit).job
    environment = os.environ | TRANSACTION | {"DATABASE_URL": pooler}
    background = forking_programs().start(["manage.py", "run_jobs"], environment, tmp_path / "log")
    try:
        wait_for(lambda: Job.objects.get(pk=job.pk).state not in Job.OPEN, "the job")
    finally:
        background.terminate()
        background.wait()
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE, (tmp_path / "log").read_text()
    for command in ("update_daily_stats", "record_held_purchases", "check_ledger"):
        result = programs.run(["manage.py", command], environment)
        assert result.returncode == 0, result.stderr


def test_nothing_is_left_on_the_poolers_connections(pooler: str, api: Api, shop: Shop) -> None:
    contest = f"/contests/{shop.contest.pk}"
    for _ in range(10):
        api.record(shop)
        api.call(shop, "POST", f"{contest}/purchases/batch", {"purchases": [shop.order()]})
    sql = """
        SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
            current_setting('client_connection_check_interval'), (SELECT count(*) FROM pg_prepared_statements),
            (SELECT count(*) FROM pg_cursors WHERE is_holdable), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
    """  # noqa: E501
    for _ in range(2 * CONNECTIONS):
        with psycopg.connect(pooler, autocommit=True, prepare_threshold=None) as shared:
            assert shared.execute(sql).fetchone() == ("0", "0", "1s", 0, 0, 0)


def test_a_statement_ends_soon_after_its_deadline(api: Api, shop: Shop) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with (
        psycopg.connect(test_database_url(), autocommit=True) as watcher,
        psycopg.connect(test_database_url()) as keeper,
    ):
        keeper.execute("SELECT 1 FROM contests_entry WHERE id = %s FOR UPDATE", [shop.entry.pk])
        started = time.monotonic()
        answer = api.record(shop)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert WEB_SECONDS <= time.monotonic() - started < WEB_SECONDS + 4
        wait_for(lambda: watcher.execute(waiting).fetchone() == (0,), "the server to end the statement", 10)
        keeper.rollback()
    assert api.record(shop).status_code == 201


def test_this_test_run_is_not_behind_the_pooler(db: None) -> None:
    assert settings.DATABASES["default"]["POOLER"] == "session"
