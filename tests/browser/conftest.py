"""A real Chromium, Debian's; required where REQUIRE_BROWSER is set, skipped with a sentence elsewhere.

`chromium-headless-shell` where it is installed: the same without windows, which take a third of the time of a page.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from blitzrocket.accounts.models import Membership, User
from blitzrocket.jobs.queue import run_next_job
from blitzrocket.postgres.statements import _call
from tests.browser.page_scripts import remove_scripts
from tests.browser.settling import settle, watch
from tests.support import Server, Shop, make_shop

# Playwright runs an event loop in this thread, and Django would refuse to ask the database beside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
PASSWORD = "only-for-this-test-1"
PATIENCE = 60_000  # milliseconds: what a loaded machine may need; waiting ends as soon as the page is as expected
JOB_POLL_SECONDS = 0.1
ROLES = ("owner", "support", "superuser")
DESK = {"width": 1440, "height": 900}
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM or os.environ.get("REQUIRE_BROWSER"):
        return
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="chromium is not installed here"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    # Scripts run too shortly for what V8 spends on optimizing them, a quarter of what axe-core takes, and on searching
    # for garbage in the memory of a page that is left at once.
    unoptimized = "--js-flags=--no-opt --no-maglev --min-semi-space-size=32"
    # Else each page of a tab gets a new frame, and with it what draws the frame: a fifth of its time.
    same_frame = "--enable-features=RenderDocument:level/crashed-frame"
    return {
        "executable_path": CHROMIUM or "chromium",
        "args": [*quiet, "--disable-background-networking", "--disable-component-update", unoptimized, same_frame],
    }


expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """A page that notes what it posts, and what it should not do: errors in its console, requests to other hosts."""

    page: Page
    base_url: str
    faults: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    looked_at: Counter[str] = field(default_factory=Counter)  # how many pages of each kind; see `tests.browser.looks`
    theme: str | None = None  # of the last of them

    def __post_init__(self) -> None:
        watch(self.page)
        self.page.set_default_timeout(PATIENCE)
        for event, note in self._notes().items():
            self.page.on(event, note)  # type: ignore[call-overload]

    def end(self) -> None:
        """Note no more: the next test has the same page."""
        for event, note in self._notes().items():
            self.page.remove_listener(event, note)

    def _notes(self) -> dict[str, Callable[[Any], None]]:
        return {"console": self.note_console, "pageerror": self.note_error, "request": self.note_request}

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def note_error(self, error: Error) -> None:
        self.faults.append(str(error))

    def note_request(self, request: Request) -> None:
        if request.method == "POST":
            self.posted.append(request.url.removeprefix(self.base_url))
        if not request.url.startswith((self.base_url, "data:", "blob:")):
            self.faults.append(f"asked a foreign host: {request.url}")

    def open(self, path: str) -> Response:
        """Go to a page, once what the last click or key led to is over: it would take the place of this page."""
        settle(self.page)
        response = self.page.goto(f"{self.base_url}{path}")
        assert response is not None
        return response

    def sign_in(self, username: str) -> None:
        """Have the session of a user, without the two pages of signing in, which a few tests go through."""
        client = Client()
        client.force_login(User.objects.get(username=username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base_url}])

    def sign_in_by_form(self, username: str) -> None:
        self.open("/admin/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url("**/admin/")

    def scrolls_sideways(self) -> bool:
        """Whether the page stays wider than the window, once its own scripts have laid it out."""
        if self.page.evaluate(FITS):  # mostly at once; Playwright loads more into a page to wait for something
            return False
        try:
            self.page.wait_for_function(FITS)
        except PlaywrightTimeoutError:
            return True
        return False


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop, and a person of every role in its team, named after the role."""
    shop = make_shop(title="Summer giveaway")
    for role in ROLES:
        user = User.objects.create_user(role, password=PASSWORD, is_staff=True, is_superuser=role == "superuser")
        if role != "superuser":
            Membership.objects.create(team=shop.team, user=user, role=role)
    return shop


@pytest.fixture
def worker(shop: Shop) -> Iterator[None]:
    """Does jobs while the test goes on, in a thread: a process of `manage.py run_jobs` takes a second of a core."""
    stopping = Event()
    thread = Thread(target=do_jobs_until, args=[stopping])
    thread.start()
    yield
    stopping.set()
    thread.join()


def do_jobs_until(stopping: Event) -> None:
    try:
        while not stopping.is_set():
            if not run_next_job():
                stopping.wait(JOB_POLL_SECONDS)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def used_context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests, which keeps style sheets, scripts and fonts; `page` removes what else pages leave."""
    # From here on an event loop runs in this thread, and Django has another connection for it, which is looked up anew.
    with suppress(AttributeError):
        del _call.database
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    yield context
    context.close()
    connection.close()  # that of the loop: after its end nobody finds it, and the database could not be dropped


@pytest.fixture
def page(used_context: BrowserContext, server: Server) -> Iterator[Page]:
    """The same for all tests, without cookies and stored values of the one before.

    A new one is a new process, which starts and reads all scripts anew: 0.2 s of a core.
    """
    page = used_context.pages[0] if used_context.pages else used_context.new_page()
    used_context.clear_cookies()
    yield page
    for other in used_context.pages[1:]:
        other.close()
    try:
        empty(page, server)
    except Error:  # it is in no state for the next test
        page.close()
        raise


def empty(page: Page, server: Server) -> None:
    """As a new page is."""
    remove_scripts(page)
    page.goto(f"{server.base_url}/healthz")
    page.evaluate("sessionStorage.clear(), localStorage.clear()")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="null")
    page.mouse.move(0, 0)


@pytest.fixture
def visit(server: Server, shop: Shop, page: Page) -> Iterator[Visit]:
    visit = Visit(page, server.base_url)
    yield visit
    settle(page)  # or its last requests meet the emptying of tables
    visit.end()
    assert visit.faults == []
