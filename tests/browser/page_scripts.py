"""Scripts that a page runs before its own, until its test is over: the next test has the same page."""

from typing import Any

from playwright.sync_api import Page

_added: list[tuple[Page, Any]] = []


def add_script(page: Page, script: str) -> None:
    _added.append((page, page.add_init_script(script)))


def remove_scripts(page: Page) -> None:
    """Those of this page; other pages are closed with theirs."""
    for other, script in _added:
        if other is page:
            script.close()
    _added.clear()
