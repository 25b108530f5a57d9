"""What others call the API with: the examples of the page about it, and clients made from its description."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import ROOT, Server, Shop, make_shop, record

RUNNERS = {
    "sh": ("bash", "-euo", "pipefail", "-c"),
    "python": (sys.executable, "-c"),
    "js": ("node", "--input-type=module", "--eval"),
}
NEEDS = {"sh": ("bash", "curl"), "python": (), "js": ("node",)}
RECORD_WITH_THE_CLIENT = """
import sys

from blitzrocket_client import Client
from blitzrocket_client.api.purchases import record_purchase
from blitzrocket_client.models import RecordedAnswer
from blitzrocket_client.models import {body} as Order

base_url, key, contest_id = sys.argv[1:]
client = Client(base_url=base_url, headers={{"x-api-key": key}})
order = Order(email="ada@example.com", order_id="from-a-client", amount=49.99)
answer = record_purchase.sync(contest_id, client=client, body=order)
assert isinstance(answer, RecordedAnswer), answer
print(answer.data.points_awarded)
"""
USE_THE_TYPES = """
import type { components, operations } from "./api";

type Order = operations["recordPurchase"]["requestBody"]["content"]["application/json"];
type Recorded = operations["recordPurchase"]["responses"][201]["content"]["application/json"];

export const order: Order = { email: "ada@example.com", orderId: "order-12345", amount: 49.99 };
export const points = (answer: Recorded): number => answer.data.pointsAwarded;
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


def run(*command: str, cwd: Path, **environment: str) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
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
    found = examples()
    assert set(found) == summaries
    assert all(set(blocks) == set(RUNNERS) for blocks in found.values())


@pytest.mark.parametrize("language", RUNNERS)
def test_the_examples_succeed(server: Server, shop: Shop, language: str, tmp_path: Path) -> None:
    need(*NEEDS[language])
    real = {
        "http://127.0.0.1:8000": server.base_url,
        "CONTEST": shop.contest.pk,
        "ENTRY": shop.entry.pk,
        "PURCHASE": record(shop).purchase_id,
        "PRIVATE_KEY": shop.private_key,
        "PUBLIC_KEY": shop.public_key,
    }
    placeholder = re.compile("|".join(map(re.escape, real)))
    for title, blocks in examples().items():
        program = placeholder.sub(lambda found: real[found[0]], blocks[language])
        printed = run(*RUNNERS[language], program, cwd=tmp_path)
        assert json.loads(printed)["success"] is True, f"{title}: {printed}"


def test_a_generated_python_client_records(server: Server, shop: Shop, description: Path, tmp_path: Path) -> None:
    package = tmp_path / "blitzrocket_client"
    generator = (sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls ruff
    run(*generator, "--path", str(description), "--output-path", str(package), cwd=tmp_path, PATH=path)
    (body,) = re.findall(r"body: (?:Union\[)?(\w+)", (package / "api/purchases/record_purchase.py").read_text())[:1]
    program = RECORD_WITH_THE_CLIENT.format(body=body)
    points = run(sys.executable, "-c", program, server.base_url, shop.private_key, shop.contest.pk, cwd=tmp_path)
    assert points.strip() == "50"


def test_generated_types_of_typescript_hold(description: Path, tmp_path: Path) -> None:
    """Takes its two programs from the npm registry, and so runs with ``make clients`` only."""
    if not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip("the generator and the compiler come from the npm registry: make clients")
    need("npx")
    run("npx", "--yes", "openapi-typescript@7", str(description), "--output", "api.d.ts", cwd=tmp_path)
    (tmp_path / "use.ts").write_text(USE_THE_TYPES)
    run("npx", "--yes", "-p", "typescript@7", "tsc", "--noEmit", "--strict", "--skipLibCheck", "use.ts", cwd=tmp_path)


def test_linters_of_descriptions_find_nothing(description: Path, tmp_path: Path) -> None:
    """Takes its two programs from the npm registry, and so runs with ``make clients`` only."""
    if not os.environ.get("REQUIRE_CLIENTS"):
        pytest.skip("the linters come from the npm registry: make clients")
    need("npx")
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    printed = run("npx", "--yes", "@redocly/cli@2", "lint", "--max-problems", "0", str(description), cwd=tmp_path)
    assert "warning" not in printed.lower().replace("deprecation warning", "")
    run("npx", "--yes", "@stoplight/spectral-cli@6", "lint", "--fail-severity", "hint", str(description), cwd=tmp_path)
