"""A database of each release, upgraded by the migrations since: nothing is lost, and the service goes on with it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.apps import apps

from blitzrocket import strict_json
from tests.programs import Programs
from tests.releases.answers import Answers, answers_of, missing_from
from tests.releases.code import unpack
from tests.releases.database import load, new_database, schema_of
from tests.releases.keys import PRIVATE_KEY, PUBLIC_KEY
from tests.releases.versions import FOLDER, releases_with
from tests.support import Api, Server, free_port, running, test_database_url, wait_for

# Tables of Django and other packages, and one that a crash may empty, have no rows in a dump.
OURS = ("accounts", "apikeys", "audit", "contests", "jobs", "purchases")
WITHOUT_ROWS = {"apikeys_callwindow", "accounts_user_groups", "accounts_user_user_permissions"}
RUN_JOBS = "from blitzrocket.jobs.queue import run_all_jobs; print(run_all_jobs())"


@dataclass
class Upgraded:
    """A release's database with today's schema, and a web server on it."""

    version: str
    url: str
    api: Api
    answers: Answers  # before a test has written to it
    programs: Programs

    def stored_answers(self) -> Answers:
        answers: Answers = strict_json.read((FOLDER / f"{self.version}.answers.json").read_bytes())
        return answers

    def contest(self, slug: str = "summer") -> str:
        """The path of a contest."""
        contests: list[dict[str, Any]] = self.answers["/contests"]["data"]
        return next(f"/contests/{contest['id']}" for contest in contests if contest["slug"] == slug)

    def purchases(self, slug: str = "summer") -> list[dict[str, Any]]:
        purchases: list[dict[str, Any]] = self.answers[f"{self.contest(slug)}/purchases"]["data"]
        return purchases

    def call(self, method: str, path: str, body: Any = None, key: str = PRIVATE_KEY) -> requests.Response:
        url = f"{self.api.base_url}/api/v1{path}"
        headers = {"x-api-key": key, "Content-Type": "application/json"}
        data = None if body is None else strict_json.write(body)
        return self.api.session.request(method, url, data=data, headers=headers, timeout=30)

    def purchase(self, order_id: str, slug: str = "summer") -> dict[str, Any]:
        """A purchase as it is now."""
        purchases = self.call("GET", f"{self.contest(slug)}/purchases?orderId={order_id.replace('#', '%23')}").json()[
            "data"
        ]
        purchase: dict[str, Any] = self.call("GET", f"{self.contest(slug)}/purchases/{purchases[0]['id']}").json()[
            "data"
        ]
        return purchase

    def manage(self, *arguments: str) -> str:
        """Run a management command on it, which has to succeed."""
        return manage(self.programs, self.url, *arguments)


def manage(programs: Programs, url: str, *arguments: str) -> str:
    done = programs.run(["manage.py", *arguments], os.environ | {"DATABASE_URL": url})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=releases_with("sql"))
def upgraded(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    programs: Programs,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Upgraded]:
    log = tmp_path_factory.mktemp("upgraded") / "log"
    with new_database(test_database_url(), "upgraded") as url:
        load(url, text_of(request.param))
        manage(programs, url, "migrate")
        with running(Server(url, log, WEB_CONCURRENCY="1")) as server:
            yield Upgraded(request.param, url, Api(server.base_url), answers_of(server.base_url), programs)


def text_of(version: str) -> str:
    return (FOLDER / f"{version}.sql").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_schema_is_that_of_a_new_database(upgraded: Upgraded) -> None:
    assert schema_of(upgraded.url) == schema_of(test_database_url())


def test_every_table_has_rows_to_upgrade() -> None:
    newest = text_of(releases_with("sql")[-1])
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    tables = {model._meta.db_table for model in models} - WITHOUT_ROWS
    made_since = {table for table in tables if f"\nCREATE TABLE public.{table} " not in newest}
    assert {table for table in tables - made_since if f"\nINSERT INTO public.{table} " not in newest} == set()


def test_purchases_entries_and_refunds_have_their_figures(upgraded: Upgraded) -> None:
    assert missing_from(upgraded.answers, upgraded.stored_answers()) == []


def test_lost_and_changed_members_are_found_and_new_ones_are_not() -> None:
    old = {"points": Decimal("1.50"), "refunds": [{"amount": 5}], "note": None}
    assert missing_from(old | {"status": "new"}, old) == []
    new = {"points": Decimal("1.5"), "refunds": [{}]}
    assert [line.partition(":")[0] for line in missing_from(new, old)] == [".points", ".refunds[0].amount", ".note"]
    assert missing_from(old | {"refunds": []}, old) != []


def test_ledger_and_daily_stats_agree_with_the_rows(upgraded: Upgraded) -> None:
    upgraded.manage("check_ledger")
    upgraded.manage("update_daily_stats", "--prove")


def test_orders_sent_again_are_known(upgraded: Upgraded) -> None:
    for purchase in upgraded.purchases():
        order = {name: purchase[name] for name in ("email", "orderId", "amount", "currency")}
        answer = upgraded.call("POST", f"{upgraded.contest()}/purchases", order)
        result = answer.json()["data"]
        summary = (answer.status_code, result["purchaseId"], result["entryId"], result["alreadyExists"])
        assert summary == (200, purchase["id"], purchase["entryId"], True), purchase
        assert (result["pointsAwarded"], "differences" in result) == (0, False), purchase


def test_refunds_go_on_where_they_were(upgraded: Upgraded) -> None:
    refunds = f"{upgraded.contest()}/refunds"
    applied = next(refund for refund in upgraded.answers[refunds]["data"] if refund["state"] == "applied")
    repeat = upgraded.call("POST", refunds, {name: applied[name] for name in ("orderId", "refundId", "amount")})
    assert (repeat.status_code, repeat.json()["data"]["alreadyExists"]) == (200, True)
    # Recorded, refunded in part, recalculated, imported: each loses what is left of its points.
    for order_id in ("#5002", "#1004", "#2002", "#0001"):
        assert upgraded.purchase(order_id)["pointsNow"] > 0
        refund = upgraded.call("POST", refunds, {"orderId": order_id, "refundId": "the rest"})
        assert refund.status_code == 201, refund.text
        purchase = upgraded.purchase(order_id)
        assert (purchase["status"], purchase["pointsNow"]) == ("refunded", 0)
    upgraded.manage("check_ledger")


def test_what_waits_is_recorded_and_refunded(upgraded: Upgraded) -> None:
    """Held orders by the rules of their first receipt; a pending refund when its order comes."""
    entered = upgraded.call("POST", f"{upgraded.contest()}/entries", {"email": "late@example.com"})
    assert entered.status_code == 201, entered.text
    upgraded.manage("record_held_purchases")  # those for which the call had no time left
    # The first purchase of an entry earned 100 more by the rules that were live then.
    assert [upgraded.purchase(order_id)["pointsAwarded"] for order_id in ("#2004", "#2005")] == [110, 20]
    order = {"email": "ada@example.com", "orderId": "#4001", "amount": 15}
    recorded = upgraded.call("POST", f"{upgraded.contest()}/purchases", order)
    assert (recorded.status_code, recorded.json()["data"]["pointsAwarded"]) == (201, 33)
    purchase = upgraded.purchase("#4001")
    assert (purchase["status"], purchase["pointsNow"]) == ("partially_refunded", 23)
    upgraded.manage("check_ledger")


def test_a_waiting_job_is_done(upgraded: Upgraded) -> None:
    """A recalculation with 3 points for each 1.00."""
    assert upgraded.purchase("#1001", "autumn")["pointsNow"] == 10
    assert upgraded.manage("shell", "--no-imports", "-c", RUN_JOBS).strip() == "1"
    assert upgraded.purchase("#1001", "autumn")["pointsNow"] == 30
    upgraded.manage("check_ledger")


def test_keys_keep_what_they_may(upgraded: Upgraded) -> None:
    kinds = [upgraded.call("GET", "/key", key=key).json()["data"]["type"] for key in (PRIVATE_KEY, PUBLIC_KEY)]
    assert kinds == ["private", "public"]
    assert upgraded.call("GET", "/key", key=PRIVATE_KEY.replace("0", "1")).status_code == 401, "it was revoked"


@contextmanager
def old_server(version: str, url: str, folder: Path) -> Iterator[Api]:
    """A web server of the release's code, with the libraries of today."""
    unpack(FOLDER / f"{version}.code.tar.xz", folder)
    port, log = free_port(), folder / "log"
    environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "WEB_CONCURRENCY": "1", "THREADS": "4"}
    environment |= {"DJANGO_SETTINGS_MODULE": "blitzrocket.settings", "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("w") as output:
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            api = Api(f"http://127.0.0.1:{port}")
            wait_for(lambda: _is_ready(api, process, log), "the release's web server to answer")
            yield api
        finally:
            process.terminate()
            process.wait(30)


def _is_ready(api: Api, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")[-4000:]
    try:
        return requests.get(f"{api.base_url}/readyz", timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def test_processes_of_the_release_go_on_with_the_new_tables(upgraded: Upgraded, tmp_path: Path) -> None:
    """While web servers are replaced one after the other: what old ones write, new ones know, and the reverse."""
    contest = upgraded.contest()
    order = {"email": "ada@example.com", "orderId": "#old-1", "amount": 20}
    with old_server(upgraded.version, upgraded.url, tmp_path) as api:
        old = replace(upgraded, api=api)
        by_old = old.call("POST", f"{contest}/purchases", order)
        by_new = upgraded.call("POST", f"{contest}/purchases", order | {"orderId": "#new-1"})
        assert (by_old.status_code, by_new.status_code) == (201, 201), by_old.text + by_new.text
        for instance, order_id in ((upgraded, "#old-1"), (old, "#new-1")):
            repeat = instance.call("POST", f"{contest}/purchases", order | {"orderId": order_id})
            assert (repeat.status_code, repeat.json()["data"]["alreadyExists"]) == (200, True), repeat.text
        held = old.call("POST", f"{contest}/purchases", order | {"email": "later@example.com", "orderId": "#old-2"})
        assert (held.status_code, held.json()["code"]) == (404, "entry_not_found"), held.text
        orders = [order | {"orderId": f"#old-{number}"} for number in range(1, 5)]
        batch = old.call("POST", f"{contest}/purchases/batch", {"purchases": orders})
        assert batch.status_code == 200, batch.text
        assert batch.json()["data"]["counts"]["recorded"] == 3, batch.text
        refund = {"orderId": "#new-1", "refundId": "r1", "amount": 5}
        refunds = [instance.call("POST", f"{contest}/refunds", refund) for instance in (old, upgraded)]
        assert [answer.status_code for answer in refunds] == [201, 200], [answer.text for answer in refunds]
        early = old.call("POST", f"{contest}/refunds", refund | {"orderId": "#old-9"})
        assert (early.status_code, early.json()["code"]) == (404, "purchase_not_found"), early.text
        entered = old.call("POST", f"{contest}/entries", {"email": "later@example.com"})
        assert entered.status_code == 201, entered.text
        for name in ("id", "entryId", "amount", "pointsAwarded", "pointsNow", "status", "refundedAmount"):
            assert upgraded.purchase("#new-1")[name] == old.purchase("#new-1")[name], name
        for path in ("", "/entries", "/leaderboard", "/analytics", "/purchases", "/refunds"):
            assert old.call("GET", f"{contest}{path}").status_code == 200, path
    upgraded.manage("check_ledger")
