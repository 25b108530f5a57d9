"""Make the pictures of README and docs: ``make pictures``. Starts a service of its own and fills it by its API."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

from tests.blitzrocket.devserver.make_run import Run
from tests.support import ROOT

PICTURES = ROOT / "docs" / "pictures"
LOOKS = {
    "desk": (1440, 900, "light"),
    "desk-dark": (1440, 900, "dark"),
    "phone": (390, 844, "dark"),
    "phone-light": (390, 844, "light"),
}
PAGES = {
    "dashboard": "/admin/",
    "contest-dashboard": "/admin/contests/contest/{contestId}/overview/",
    "rule-history": "/admin/contests/contest/{contestId}/history/",
    "import": "/admin/contests/contest/{contestId}/imports",
    "contest": "/admin/contests/contest/{contestId}/rules/",
    "purchases": "/admin/purchases/purchase/",
    "rejected": "/admin/purchases/rejectedpurchase/",
    "desk": "/admin/purchases/purchase/desk/?q=%231000%0A1003%0A2001%0A2002%0A9999",
}
PAST = (["shell", "-c", "from tests.browser.past import *; fill_past()"], ["update_daily_stats", "--rebuild"])
SEED = 7
WHOLE_ORDER = 1500
WHILE_TYPING = 800  # milliseconds, until examples have followed


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
    for order in orders:
        requests.post(url, json=order, headers={"x-api-key": demo["privateKey"]}, timeout=30)


def photograph(page: Page, demo: dict[str, Any], look: str) -> None:
    """Sign in as the owner and keep each page."""
    base_url = demo["baseUrl"]
    page.goto(f"{base_url}/admin/login/")
    page.fill("[name=username]", demo["owner"]["username"])
    page.fill("[name=password]", demo["owner"]["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin/")
    for name, path in PAGES.items():
        page.goto(f"{base_url}{path.format(**demo)}", wait_until="networkidle")
        page.screenshot(path=PICTURES / f"{name}-{look}.png")
    page.goto(f"{base_url}/admin/purchases/purchase/desk/?q=1003", wait_until="networkidle")
    width, height, _theme = LOOKS[look]
    page.set_viewport_size({"width": width, "height": WHOLE_ORDER})  # a full page has the footer in its midst
    page.screenshot(path=PICTURES / f"purchase-{look}.png")
    page.set_viewport_size({"width": width, "height": height})
    page.get_by_role("button", name="Refund").click()
    page.fill("[name=amount]", "10")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"refund-{look}.png")


def photograph_rules(page: Page, demo: dict[str, Any], look: str) -> None:
    """Double points beside the first rule, not saved: what they give, and what they would have given."""
    contest = f"{demo['baseUrl']}/admin/contests/contest/{demo['contestId']}"
    page.goto(f"{contest}/rules/", wait_until="networkidle")
    page.get_by_role("button", name="Duplicate").first.click()
    page.fill("[name=rules-2-currency]", "EUR")
    page.wait_for_timeout(WHILE_TYPING)
    page.locator("#rules-heading").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('rules-heading').scrollIntoView()")
    page.screenshot(path=PICTURES / f"rules-{look}.png")
    page.evaluate("document.getElementById('examples').scrollIntoView()")
    page.screenshot(path=PICTURES / f"examples-{look}.png")
    page.get_by_role("button", name="Test rules", exact=True).click()
    page.locator(".backtest").wait_for()
    page.evaluate("document.getElementById('backtest').scrollIntoView()")
    page.screenshot(path=PICTURES / f"backtest-{look}.png")
    page.goto(f"{contest}/recalculate")
    page.get_by_role("button", name="Preview").click()
    page.locator("#confirm").wait_for()
    page.screenshot(path=PICTURES / f"recalculation-{look}.png")


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed here")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="blitzrocket-pictures-") as folder, sync_playwright() as playwright:
        Path(folder).chmod(0o711)
        run = Run(Path(folder) / "data")
        run.start()
        try:
            for command in (
                ["shell", "-c", "from tests.browser.past import *; fill_past()"],
                ["update_daily_stats", "--rebuild"],
            ):
                subprocess.run(
                    [sys.executable, "-m", "blitzrocket.devserver", *command], cwd=ROOT, env=run.environment, check=True
                )
            fill(run.demo)
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for look, (width, height, theme) in LOOKS.items():
                viewport: Any = {"width": width, "height": height}
                page = browser.new_page(viewport=viewport, color_scheme=theme)  # type: ignore[arg-type]
                page.on("dialog", lambda dialog: dialog.accept())  # the page asks whether to leave what was typed
                photograph(page, run.demo, look)
                photograph_rules(page, run.demo, look)
            browser.close()
        finally:
            run.send(15)


if __name__ == "__main__":
    main()
