"""What others call the API with: the examples of the page about it, and clients made from its description."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from purchases.stores.connections import create_connection
from tests.programs import forking_programs
from tests.support import ROOT, Server, Shop, make_shop, record

NEEDS = {"sh": ("bash", "curl"), "python": (), "js": ("node",)}
# One after the other, each a module of its own: a process of Node.js for each of them takes a third of a second.
ALL_IN_ONE = """
const log = console.log, printed = {};
for (const [title, file] of Object.entries(JSON.parse(process.argv[1]))) {
  console.log = (...texts) => { printed[title] = (printed[title] ?? "") + texts.join(" ") + "\\n"; };
  try { await import(file); } catch (error) { throw new Error(title, { cause: error }); }
}
log(JSON.stringify(printed));
"""
USE_THE_CLIENT = """
import sys

from blitzrocket_client import Client
from blitzrocket_client.api.purchases import reconcile_purchases, record_purchase
from blitzrocket_client.api.refunds import refund_order
from blitzrocket_client.models import OrderToReconcile, ReconcileRequest, RecordPurchase, RefundOrder

base_url, key, contest_id = sys.argv[1:]
client = Client(base_url=base_url, headers={"x-api-key": key})
for order_id, amount, currency in (("in-usd", 49.99, {}), ("in-eur", 20, {"currency": "EUR"})):
    order = RecordPurchase(email="ada@example.com", order_id=order_id, amount=amount, **currency)
    print(record_purchase.sync(contest_id, client=client, body=order).data.points_awarded)
orders = ReconcileRequest(orders=[OrderToReconcile(order_id="in-eur")])
print(reconcile_purchases.sync(contest_id, client=client, body=orders).data.results[0].status)
refund = RefundOrder(order_id="in-eur", refund_id="all-of-it")
print(refund_order.sync(contest_id, client=client, body=refund).data.points_reversed)
"""
USE_THE_TYPES = """
import type { components, operations } from "./api";

type Order = operations["recordPurchase"]["requestBody"]["content"]["application/json"];
type Recorded = operations["recordPurchase"]["responses"][201]["content"]["application/json"];
type Refund = operations["refundOrder"]["requestBody"]["content"]["application/json"];
type ToReconcile = operations["reconcilePurchases"]["requestBody"]["content"]["application/json"];
type Message = operations["receivePurchaseRecorded"]["requestBody"]["content"]["application/json"];

export const order: Order = { email: "ada@example.com", orderId: "order-12345", amount: 49.99 };
export const refund: Refund = { orderId: "order-12345", refundId: "refund-1" };
export const toReconcile: ToReconcile = { orders: [{ orderId: "order-12345" }] };
export const points = (answer: Recorded): number => answer.data.pointsAwarded;
export const awarded = (message: Message): number => message.data.pointsAwarded;
export const titles = (
  answer: operations["listContests"]["responses"][200]["content"]["application/json"],
): string[] => answer.data.map((contest: components["schemas"]["Contest"]) => contest.title);
// @ts-expect-error an order needs an amount
export const none: Order = { email: "ada@example.com", orderId: "order-12345" };
"""


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return make_shop()


@pytest.fixture
def description(server: Server, tmp_path: Path) -> Path:
    path = tmp_path / "schema.json"
    path.write_bytes(requests.get(f"{server.base_url}/api/schema", timeout=30).content)
    return path


def need(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("REQUIRE_CLIENTS"):
        pytest.fail(f"REQUIRE_CLIENTS is set and {' and '.join(missing)} is missing")
    if missing:
        pytest.skip(f"{' and '.join(missing)} is not installed here")


def output(*command: str, cwd: Path) -> str:
    """What a program prints, whatever its exit status."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout, f"{' '.join(command)}\n{done.stderr}"
    return done.stdout


def run(*command: str, cwd: Path, **environment: str) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def examples() -> dict[str, dict[str, str]]:
    """The page's examples: by the name of the call and the language."""
    _, _, text = (ROOT / "docs" / "api.md").read_text().partition("\n## Examples\n")
    calls = re.split(r"^### (.+)$", text.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    return {
        title: dict(re.findall(r"^```(\w+)\n(.*?)^```$", blocks, flags=re.MULTILINE | re.DOTALL))
        for title, blocks in zip(calls[::2], calls[1::2], strict=True)
    }


def test_each_call_has_an_example_in_each_language(description: Path) -> None:
    paths: dict[str, dict[str, Any]] = json.loads(description.read_text())["paths"]
    summaries = {operation["summary"] for path in paths.values() for operation in path.values()}
    titled_examples = examples()
    assert set(titled_examples) == summaries
    assert all(set(blocks) == set(NEEDS) for blocks in titled_examples.values())


def run_shell(programs: dict[str, str], folder: Path) -> dict[str, str]:
    return {title: run("bash", "-euo", "pipefail", "-c", text, cwd=folder) for title, text in programs.items()}


def run_python(programs: dict[str, str], folder: Path) -> dict[str, str]:
    printed = {}
    for title, text in programs.items():
        done = forking_programs().run(["-c", text], os.environ)
        assert done.returncode == 0, f"{title}: {done.stderr}"
        printed[title] = done.stdout
    return printed


def run_node(programs: dict[str, str], folder: Path) -> dict[str, str]:
    files = {title: folder / f"{number}.mjs" for number, title in enumerate(programs)}
    for title, text in programs.items():
        files[title].write_text(text)
    names = json.dumps({title: str(path) for title, path in files.items()})
    printed: dict[str, str] = json.loads(run("node", "--input-type=module", "--eval", ALL_IN_ONE, names, cwd=folder))
    return printed


RUN = {"sh": run_shell, "python": run_python, "js": run_node}


@pytest.mark.parametrize("language", NEEDS)
def test_the_examples_succeed(server: Server, shop: Shop, language: str, tmp_path: Path) -> None:
    need(*NEEDS[language])
    create_connection(shop.contest, kind="custom", name="Form", secret="for-these-tests-only")
    real = {
        "http://127.0.0.1:8000": server.base_url,
        "CONTEST": shop.contest.pk,
        "ENTRY": shop.entry.pk,
        "PURCHASE": record(shop).purchase_id,
        "PRIVATE_KEY": shop.private_key,
        "PUBLIC_KEY": shop.public_key,
        "WEBHOOK_SECRET": "for-these-tests-only",
    }
    placeholder = re.compile("|".join(map(re.escape, real)))
    texts = {title: blocks[language] for title, blocks in examples().items()}
    programs = {title: placeholder.sub(lambda match: real[match[0]], text) for title, text in texts.items()}
    printed = RUN[language](programs, tmp_path)
    assert set(printed) == set(programs)
    for title, text in printed.items():
        assert json.loads(text)["success"] is True, f"{title}: {text}"


def test_a_generated_python_client_sends_only_given_values(
    server: Server, shop: Shop, description: Path, tmp_path: Path
) -> None:
    generator = (sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls ruff
    package = str(tmp_path / "blitzrocket_client")
    run(*generator, "--path", str(description), "--output-path", package, cwd=tmp_path, PATH=path)
    arguments = (server.base_url, shop.private_key, shop.contest.pk)
    printed = run(sys.executable, "-c", USE_THE_CLIENT, *arguments, cwd=tmp_path)
    assert printed.split() == ["50", "20", "recorded", "20"]


def test_generated_typescript_types_match(description: Path, tmp_path: Path) -> None:
    """Takes its two programs from the npm registry, and so runs with ``make clients`` only."""
    if not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip("the generator and the compiler come from the npm registry: make clients")
    need("npx")
    run("npx", "--yes", "openapi-typescript@7", str(description), "--output", "api.d.ts", cwd=tmp_path)
    (tmp_path / "use.ts").write_text(USE_THE_TYPES)
    run("npx", "--yes", "-p", "typescript@7", "tsc", "--noEmit", "--strict", "--skipLibCheck", "use.ts", cwd=tmp_path)


def redocly(description: Path) -> list[str]:
    """The rules of Redocly that a description breaks."""
    command = ("npx", "--yes", "@redocly/cli@2", "lint", "--format", "json", description.name)
    printed = json.loads(output(*command, cwd=description.parent))
    return [problem["ruleId"] for problem in printed["problems"]]


def spectral(description: Path) -> list[str]:
    """The rules of Spectral that a description breaks."""
    (description.parent / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    command = ("npx", "--yes", "@stoplight/spectral-cli@6", "lint", "--format", "json", "--quiet", description.name)
    return [problem["code"] for problem in json.loads(output(*command, cwd=description.parent))]


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_linters_find_only_a_fault_put_in(description: Path, lint: Callable[[Path], list[str]]) -> None:
    """Takes its program from the npm registry, and so runs with ``make clients`` only."""
    if not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip("the linters come from the npm registry: make clients")
    need("npx")
    assert lint(description) == []
    faulty = json.loads(description.read_text())
    del faulty["paths"]["/api/v1/key"]["get"]["operationId"]
    description.write_text(json.dumps(faulty))
    assert lint(description) == ["operation-operationId"]
