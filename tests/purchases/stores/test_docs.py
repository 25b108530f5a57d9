"""The pages about stores say what the code does."""

import json
import re
import runpy
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from purchases.imports.store_files import ORDER_FILES
from purchases.stores.connections import create_connection
from purchases.stores.events import A_TEST, PurchaseMade, PurchaseRefunded
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import Delivery, Options, Provider, StoreKind
from purchases.stores.signatures import SignatureInvalid
from tests.purchases.stores.deliveries import Store
from tests.support import ROOT, make_shop

FOLDER = ROOT / "docs" / "stores"
PAGES = {"standard": "standard-webhooks"}
KINDS = list(STORE_KINDS.values())


def page_of(store: StoreKind) -> Path:
    return FOLDER / f"{PAGES.get(store.kind, store.kind)}.md"


def rows_of(text: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("store", KINDS, ids=[store.kind for store in KINDS])
def test_each_store_has_a_page(store: StoreKind) -> None:
    text = page_of(store).read_text()
    assert text.startswith(f"# {store.title}\n")
    missing = [step for step in store.steps if f". {step}\n" not in text]
    missing += [path for _, path in store.paths(":contestId", ":connectionId") if f"`{path}`" not in text]
    events = " ".join(row[0] for row in rows_of(text, "What becomes of each event"))
    missing += [topic for topic in store.topics if topic not in events]
    choices = {row[0]: row for row in rows_of(text, "Choices")}
    for option in store.options:
        row = [option.label, f"**{option.choices[0][1]}**", " · ".join(label for _, label in option.choices[1:])]
        missing += [] if choices.get(option.label, [])[:3] == row else [" | ".join(row)]
    assert not missing, f"{page_of(store)} lacks: {missing}"
    assert store.credential_label in text
    assert len(rows_of(text, "Which field becomes what")) > len(("email", "amount", "currency", "order ID"))
    assert text.count("\n## Limits\n") == 1
    assert text.count("\n## Past orders\n") == (store.kind in ORDER_FILES)


def test_the_list_of_stores_has_each() -> None:
    text = (FOLDER / "README.md").read_text()
    assert not [store.title for store in KINDS if f"[{store.title}]({page_of(store).name})" not in text]


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for path, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#?)([^)]*)\)", page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if target.is_file() else []
        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not anchor or anchor in anchors, f"{path}#{anchor}"


def run_example(page: str, folder: Path) -> dict[str, Any]:
    """The names that the Python example of a page defines."""
    code = re.search(r"^```python\n(.*?)^```$", (FOLDER / page).read_text(), re.MULTILINE | re.DOTALL)
    assert code
    (folder / "example.py").write_text(code[1])
    return runpy.run_path(str(folder / "example.py"))


@pytest.fixture
def corner_shop(tmp_path: Path) -> Provider:
    provider = run_example("write-a-provider.md", tmp_path)["CornerShop"]()
    assert isinstance(provider, Provider)
    return provider


def test_the_example_of_a_provider(corner_shop: Provider) -> None:
    order = {"id": 1001, "number": "#1", "email": "ada@example.com", "total": 4999, "currency": "usd"}
    refund = {"id": "r-1", "order_id": 1001, "amount": 2000, "currency": "usd"}
    parsed: list[Any] = []
    for fields in (
        {"event": "order_paid", "order": order},
        {"event": "order_refunded", "refund": refund},
        {"test": True},
    ):
        body = json.dumps(fields).encode()
        signature = digest(b"secret", body, sha256).hex()
        delivery = Delivery(body, {"x-cornershop-signature": signature}, timezone.now())
        corner_shop.verify(delivery, ["secret"])
        with pytest.raises(SignatureInvalid):
            corner_shop.verify(delivery, ["other"])
        parsed += corner_shop.parse(delivery, Options())
    purchase_event, refund_event, test = parsed
    assert isinstance(purchase_event, PurchaseMade)
    assert (purchase_event.order.order_id, purchase_event.order.name, str(purchase_event.amount)) == (
        "1001",
        "#1",
        "49.99",
    )
    assert isinstance(refund_event, PurchaseRefunded)
    assert (refund_event.order.order_id, refund_event.refund_id, str(refund_event.amount)) == ("1001", "r-1", "20.00")
    assert test is A_TEST


class Recorder(BaseHTTPRequestHandler):
    """Keeps the request that it gets."""

    request_headers: ClassVar[dict[str, str]] = {}
    body: ClassVar[bytes] = b""

    def do_POST(self) -> None:
        type(self).request_headers = dict(self.headers)
        type(self).body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing: pytest shows what fails."""


@pytest.mark.django_db(transaction=True)
def test_the_example_that_signs(tmp_path: Path) -> None:
    shop, secret = make_shop(), STORE_KINDS["standard"].new_secret()
    connection = create_connection(shop.contest, kind="standard", name="Own system", secret=secret)
    page = (FOLDER / "standard-webhooks.md").read_text()
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        send = run_example("standard-webhooks.md", tmp_path)["send"]
        messages = []
        for number, text in enumerate(re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)):
            send(f"http://127.0.0.1:{server.server_port}", secret, f"delivery-{number}", json.loads(text))
            headers = {
                name.lower().replace("-", "_"): value
                for name, value in Recorder.request_headers.items()
                if name.lower().startswith("webhook-")
            }
            messages.append(Store(shop, connection).post(Recorder.body, **headers).json()["data"]["message"])
        server.shutdown()
    assert messages == ["Purchase recorded successfully", "Refund recorded", "Voided", "The entry exists already."]
