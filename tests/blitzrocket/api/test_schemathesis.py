"""Every operation that the description tells of, called with what it allows and with what it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apikeys.models import ApiKey
from purchases.stores.connections import create_connection
from tests.profiles import times
from tests.support import ROOT, Server, Shop, make_shop, record

SECRET = "for-these-tests-only"
EXAMPLES = times(2, 20)  # of each operation


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """Rows to name in addresses, and keys without a limit."""
    shop = make_shop()
    ApiKey.objects.update(rate_limit=None)
    return shop


# Most calls with a public key are refused; `test_every_endpoint` looks at each of them.
@pytest.mark.parametrize("kind", ["private", pytest.param("public", marks=pytest.mark.long)])
def test_all_responses_match_the_description(server: Server, shop: Shop, kind: str, tmp_path: Path) -> None:
    create_connection(shop.contest, kind="custom", name="Form", secret=SECRET)
    purchase = record(shop, amount="1000000", order_id="order-0")
    rows = {
        "REAL_CONTESTS": shop.contest.pk,
        "REAL_ENTRIES": shop.entry.pk,
        "REAL_PURCHASES": purchase.purchase_id,
        "REAL_ORDERS": "order-0",
        "REAL_EMAIL": shop.entry.email,
    }
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/api/schema"),
        *("--header", f"x-api-key: {shop.private_key if kind == 'private' else shop.public_key}"),
        *("--header", f"x-webhook-secret: {SECRET}"),
        *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--workers", "1"),
        *("--checks", "all", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"),
        *("--request-timeout", "60"),  # and one thread: ast of Python 3.11, which hypothesis calls, fails in two
    ]
    environment = (
        os.environ
        | rows
        | {
            "SCHEMATHESIS_HOOKS": "tests.blitzrocket.api.schemathesis_hooks",
            # Its tables of characters, which take most of a second to make; no examples are kept, none is by chance.
            "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
            "PYTHONPATH": str(ROOT),
        }
    )
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
