"""Metrics for Prometheus: added up over the processes, behind a token, and what is made of them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from blitzrocket.jobs.models import Chore, StoredFigure
from blitzrocket.metrics.folder import VARIABLE, make_folder, remove_folder
from blitzrocket.metrics.gauges import GAUGES, DatabaseCollector
from blitzrocket.web_server import COMMANDS
from tests.support import ROOT, Api, Server, Shop, running, test_database_url

TOKEN = "a-token-of-this-test"
MONITORING = ROOT / "deploy" / "monitoring"


@pytest.fixture(params=COMMANDS)
def measured(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path, shop: Shop) -> Iterator[Server]:
    folder = tmp_path / "metrics"
    folder.mkdir()
    settings = {"SERVER": request.param, "WEB_CONCURRENCY": "2", "METRICS_TOKEN": TOKEN, VARIABLE: str(folder)}
    with running(Server(test_database_url(), tmp_path / "log", **settings)) as server:
        yield server


def metrics_of(server: Server) -> dict[str, float]:
    answer = requests.get(f"{server.base_url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_what_the_processes_did_is_added_up(measured: Server, shop: Shop) -> None:
    for number in range(20):  # each on a connection of its own, so that both processes have some
        Api(measured.base_url).record(shop, shop.order(orderId=f"o-{number}"))
    api = Api(measured.base_url)
    api.record(shop, shop.order(orderId="o-1"))
    api.record(shop, shop.order(orderId="o-21", email="nobody@example.com"))
    api.record(shop, shop.order(orderId="o-22", amount="x"))
    api.call(shop, "POST", f"/contests/{shop.contest.pk}/purchases/batch", {"purchases": [shop.order(), {}]})
    api.post("/api/v1/unknown/1")
    api.post("/api/v1/unknown/2")
    assert_closed_without_the_token(measured)
    metrics = metrics_of(measured)
    orders = {name: value for name, value in metrics.items() if name.startswith("blitzrocket_orders_total")}
    assert orders == {
        'blitzrocket_orders_total{outcome="recorded"}': 21,
        'blitzrocket_orders_total{outcome="duplicate"}': 1,
        'blitzrocket_orders_total{outcome="held"}': 1,
        'blitzrocket_orders_total{outcome="rejected"}': 1,
    }
    assert metrics['blitzrocket_errors_total{code="invalid_request_body"}'] == 1
    assert metrics['blitzrocket_errors_total{code="entry_not_found"}'] == 1
    created = [name for name in metrics if name.startswith("blitzrocket_requests_total") and 'status="201"' in name]
    assert [metrics[name] for name in created] == [20]
    route = re.findall(r'route="([^"]+)"', created[0])[0]
    assert shop.contest.pk not in route
    assert metrics[f'blitzrocket_request_duration_seconds_count{{route="{route}"}}'] == 23
    assert metrics['blitzrocket_errors_total{code="not_found"}'] == 2
    assert metrics["blitzrocket_held_orders"] == 1
    assert metrics["blitzrocket_database_up"] == 1
    assert metrics['blitzrocket_database_connections{state="waiting"}'] == 0
    assert metrics['blitzrocket_database_connections{state="limit"}'] >= 32


def assert_closed_without_the_token(server: Server) -> None:
    for header in (None, "Bearer wrong", f"Basic {TOKEN}", "Bearer é"):
        headers = {"Authorization": header.encode()} if header else {}
        answer = requests.get(f"{server.base_url}/metrics", headers=headers, timeout=30)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="BlitzRocket metrics"')
        assert "blitzrocket_" not in answer.text


def test_switched_off_there_is_no_such_page(client: Client, db: None) -> None:
    assert client.get("/metrics").status_code == 404


def test_a_check_of_the_ledger_leaves_its_result(transactional_db: None) -> None:
    call_command("check_ledger", verbosity=0)
    assert StoredFigure.objects.get(pk="ledger_faults").value == 0
    call_command("check_ledger", verbosity=0)
    families = {family.name: family for family in DatabaseCollector().collect()}
    (sample,) = families["blitzrocket_stored_figure"].samples
    assert (sample.labels, sample.value) == ({"name": "ledger_faults"}, 0)


def test_a_late_chore_is_reported(db: None) -> None:
    Chore.objects.create(name="late", due_at=timezone.now() - timedelta(hours=1))
    Chore.objects.create(name="early", due_at=timezone.now() + timedelta(hours=1))
    families = {family.name: family for family in DatabaseCollector().collect()}
    assert families["blitzrocket_chores_late_seconds"].samples[0].value == pytest.approx(3600, abs=60)


def test_the_folder_is_made_empty_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "counter_1.db").touch()
    make_folder()
    assert [*(tmp_path / "kept").iterdir()] == []
    remove_folder()
    assert not (tmp_path / "kept").exists()
    monkeypatch.delenv(VARIABLE)
    make_folder()
    assert Path(os.environ[VARIABLE]).is_dir()
    remove_folder()


def test_alerts_and_dashboard_ask_for_metrics_that_exist() -> None:
    source = "".join(file.read_text() for file in (ROOT / "blitzrocket" / "metrics").glob("*.py"))
    names = {*re.findall(r'"(blitzrocket_\w+)"', source), *(gauge.name for gauge in GAUGES)}
    for file in ("alerts.yml", "grafana-dashboard.json"):
        asked = set(re.findall(r"blitzrocket_\w+", (MONITORING / file).read_text()))
        assert asked
        assert {re.sub("_(total|bucket|count|sum)$", "", name) for name in asked} <= names


def test_prometheus_accepts_its_files() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert not os.environ.get("REQUIRE_PROMTOOL")
        pytest.skip("needs promtool")
    for command in (["rules", "alerts.yml"], ["config", "--syntax-only", "prometheus.yml"]):
        checked = subprocess.run(
            [promtool, "check", *command], cwd=MONITORING, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
