"""Make the pictures of README and docs: ``make pictures``. Starts a service of its own and fills it by its API.

With ``--all``, every page in every look, in ``.pictures`` instead, which is not kept.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.blitzrocket.devserver.make_run import Run
from tests.support import ROOT

PUBLISHED = ROOT / "docs" / "pictures"
ALL = ROOT / ".pictures"
# Width, height, theme; a phone shows more than its height here, so that a page is seen as a whole.
LOOKS = {
    "desk": (1440, 900, "light"),
    "desk-dark": (1440, 900, "dark"),
    "tablet": (820, 1180, "light"),
    "phone": (390, 844, "light"),
    "phone-dark": (390, 844, "dark"),
}
# What README and docs show, and what shows the rest of the product to somebody who looks into the repository.
SHOWN = {
    "desk": ("dashboard", "contest", "rules", "backtest", "recalculation", "order", "search", "person"),
    "desk-dark": ("order",),
    "phone": ("order", "rules"),
    "phone-dark": ("dashboard",),
}
PAST = (["shell", "-c", "from tests.browser.past import *; fill_past()"], ["update_daily_stats", "--rebuild"])
SEED = 7
WHILE_TYPING = 800  # milliseconds, until the preview has followed


@dataclass
class Visit:
    """The owner's browser, signed in."""

    page: Page
    demo: dict[str, Any]

    def open(self, path: str) -> None:
        self.page.goto(f"{self.demo['baseUrl']}{path.format(**self.demo)}", wait_until="networkidle")

    def open_contest(self, tab: str) -> None:
        self.open(f"/admin/contests/contest/{{contestId}}/{tab}")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()


def rules(visit: Visit) -> None:
    """Double points beside the first rule, not saved."""
    visit.open_contest("rules/")
    visit.page.locator("[data-preset]", has_text="Double points this weekend").click()
    visit.page.wait_for_timeout(WHILE_TYPING)


def backtest(visit: Visit) -> None:
    rules(visit)
    visit.click("Test rules")
    visit.page.locator(".backtest").wait_for()
    visit.page.locator("#backtest").scroll_into_view_if_needed()


def recalculation(visit: Visit) -> None:
    visit.open_contest("recalculate/")
    visit.click("Preview")
    visit.page.locator("#confirm").wait_for()


def order(visit: Visit) -> None:
    visit.open("/admin/purchases/purchase/desk/?q=1003")


def refund(visit: Visit) -> None:
    order(visit)
    visit.click("Refund")
    visit.page.fill("[name=amount]", "10")
    visit.page.get_by_role("button", name="Refund 10.00 USD").wait_for()


def at(path: str) -> Callable[[Visit], None]:
    return lambda visit: visit.open(path)


def tab(name: str) -> Callable[[Visit], None]:
    return lambda visit: visit.open_contest(name)


PICTURES: dict[str, Callable[[Visit], None]] = {
    "dashboard": at("/admin/"),
    "contest": tab("overview/"),
    "rules": rules,
    "backtest": backtest,
    "settings": tab("change/"),
    "entries": tab("entries/"),
    "leaderboard": tab("leaderboard/"),
    "recalculation": recalculation,
    "import": tab("imports/"),
    "purchases": at("/admin/purchases/purchase/"),
    "rejected": at("/admin/purchases/rejectedpurchase/"),
    "activity": at("/admin/audit/auditevent/"),
    "search": at("/admin/purchases/purchase/desk/?q=%231000%0A1003%0A2001%0A2002%0A9999"),
    "person": at("/admin/purchases/purchase/desk/?q=ada%40example.com"),
    "order": order,
    "refund": refund,
}


def fill(demo: dict[str, Any]) -> None:
    """Orders as a shop sends them, some of them wrong."""
    random = Random(SEED)
    url = f"{demo['baseUrl']}/api/v1/contests/{demo['contestId']}/purchases"
    orders: list[dict[str, Any]] = [
        {
            "email": random.choice(demo["entries"]),
            "orderId": f"#{1000 + n}",
            "amount": random.randrange(500, 20000) / 100,
        }
        for n in range(20)
    ]
    orders += [
        orders[3] | {"amount": 1},
        {"email": "late@example.com", "orderId": "#2001", "amount": 30.5},
        {"email": "ada@example.com", "orderId": "#2002", "amount": "30.50"},
    ]
    for body in orders:
        requests.post(url, json=body, headers={"x-api-key": demo["privateKey"]}, timeout=30)


@contextmanager
def service() -> Iterator[dict[str, Any]]:
    """A service with six weeks of orders; yields its demo data."""
    with tempfile.TemporaryDirectory(prefix="blitzrocket-pictures-") as folder:
        Path(folder).chmod(0o711)
        run = Run(Path(folder) / "data")
        run.start()
        try:
            for command in PAST:
                arguments = [sys.executable, "-m", "blitzrocket.devserver", *command]
                subprocess.run(arguments, cwd=ROOT, env=run.environment, check=True)
            fill(run.demo)
            yield run.demo
        finally:
            run.send(15)


def sign_in(browser: Browser, demo: dict[str, Any], look: str) -> Visit:
    width, height, theme = LOOKS[look]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page.on("dialog", lambda dialog: dialog.accept())  # the page asks whether to leave what was typed
    page.goto(f"{demo['baseUrl']}/admin/login/")
    page.fill("[name=username]", demo["owner"]["username"])
    page.fill("[name=password]", demo["owner"]["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin/")
    return Visit(page, demo)


def photograph(visit: Visit, look: str, names: tuple[str, ...], folder: Path) -> None:
    for name in names:
        PICTURES[name](visit)
        visit.page.screenshot(path=folder / f"{name}-{look}.png")


def main(*arguments: str) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed here")
    everything = "--all" in arguments
    folder = ALL if everything else PUBLISHED
    chosen = dict.fromkeys(LOOKS, tuple(PICTURES)) if everything else SHOWN
    folder.mkdir(exist_ok=True)
    with service() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for look, names in chosen.items():
            photograph(sign_in(browser, demo, look), look, names, folder)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
