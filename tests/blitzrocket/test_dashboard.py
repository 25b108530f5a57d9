"""The example dashboard: in the form of Grafana, and each query answered by a real Prometheus beside a service."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.utils import timezone

from blitzrocket.jobs.models import Chore
from blitzrocket.metrics.folder import VARIABLE
from purchases.stores.connections import create_connection
from tests.blitzrocket.test_metrics import MONITORING, TOKEN
from tests.purchases.stores.deliveries import SECRET, shopify_order
from tests.simulation.stores import signed_headers
from tests.support import Api, Server, Shop, free_port, running, test_database_url, wait_for

DASHBOARD: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text())
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
# Without a server error, and without a replica, these have no data: no alert either.
OF_OTHERS = ('status=~"5.."', 'database!="replica"')
# Of an alert, what it compares with a limit.
COMPARED = {
    expression: re.sub(r" (?:>|==) [\d.* ]+$", "", expression)
    for expression in re.findall(r"expr: (.+)$", (MONITORING / "alerts.yml").read_text(), re.M)
    if not any(label in expression for label in OF_OTHERS)
}
COLUMNS = 24
CONFIGURATION = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: blitzrocket
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["{target}"]}}]
"""


def test_its_panels_have_the_form_that_grafana_reads() -> None:
    assert DASHBOARD["schemaVersion"] >= 36
    (source,) = DASHBOARD["templating"]["list"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in DASHBOARD["panels"]:
        assert {"type", "title", "gridPos", "datasource", "fieldConfig", "options", "targets"} <= set(panel)
        assert panel["datasource"] == {"type": source["query"], "uid": f"${{{source['name']}}}"}
        references = [target["refId"] for target in panel["targets"]]
        assert references == sorted(set(references)), panel["title"]


def test_its_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        is_beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert is_beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


@pytest.fixture
def busy(transactional_db: None, tmp_path: Path, shop: Shop) -> Iterator[Server]:
    """A service that works as it should, and whose background process has run."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    Chore.objects.create(name="some", due_at=timezone.now())
    call_command("check_ledger", verbosity=0)
    settings = {"WEB_CONCURRENCY": "2", "METRICS_TOKEN": TOKEN, VARIABLE: str(folder)}
    with running(Server(test_database_url(), tmp_path / "log", **settings)) as server:
        yield server


@contextmanager
def prometheus(server: Server, folder: Path) -> Iterator[str]:
    """Debian's Prometheus, which asks the service each second; its address."""
    program = shutil.which("prometheus")
    if program is None:
        assert not os.environ.get("REQUIRE_PROMTOOL")
        pytest.skip("needs prometheus")
    target, port = server.base_url.removeprefix("http://"), free_port()
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(token=TOKEN, target=target))
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    process = subprocess.Popen(
        [program, *options, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], cwd=folder
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def test_each_query_has_an_answer(busy: Server, shop: Shop, tmp_path: Path) -> None:
    """Also where nothing ever went wrong: a panel without data looks like one that is broken."""
    connection = create_connection(shop.contest, kind="shopify", name="Shop", secret=SECRET)

    def answers() -> dict[str, int]:
        return {name: len(query(address, expression)) for name, expression in (QUERIES | COMPARED).items()}

    def use_it(number: int) -> None:
        api = Api(busy.base_url)
        for order in ({"orderId": f"o-{number}"}, {"orderId": f"o-{number}"}, {"email": "nobody@example.com"}):
            api.record(shop, shop.order(**order))
        api.record(shop, shop.order(amount="x"))
        body = json.dumps(shopify_order(number)).encode()
        headers = signed_headers("shopify", "orders/paid", body, time.time())
        url = f"{busy.base_url}/api/webhooks/shopify/{connection.pk}"
        assert requests.post(url, body, headers=headers, timeout=30).status_code == 200

    with prometheus(busy, tmp_path) as address:
        wait_for(lambda: is_ready(address), "Prometheus")
        for number in range(6):  # a rate needs two samples
            use_it(number)
            time.sleep(0.5)
        try:
            wait_for(lambda: all(answers().values()), "data of each query", 20)
        except TimeoutError:
            assert [name for name, count in answers().items() if not count] == []


def is_ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def query(address: str, expression: str) -> list[Any]:
    answer = requests.get(f"{address}/api/v1/query", {"query": expression}, timeout=10).json()
    assert answer["status"] == "success", answer
    result: list[Any] = answer["data"]["result"]
    return result
