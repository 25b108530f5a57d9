"""What a look finds that is not the first at a page; see `tests.browser.axe`."""

from playwright.sync_api import Page

from tests.browser.axe import add_axe, findings

PHONE = {"width": 390, "height": 900}
PAGE = """
<!doctype html><html lang="en"><title>A page</title><style>
@media (prefers-color-scheme: dark) { p { color: #eee } }
button { padding: 1em }
@media (min-width: 1000px) { .phone { display: none } }
</style><main>
<h1>A page</h1><p>Pale in the dark</p><button class="phone"></button><button id="plain">Save</button>
</main>
"""


def rules(page: Page) -> list[str]:
    return [finding.split(":")[0] for finding in findings(page)]


def test_later_looks_find_what_is_new_in_them(page: Page) -> None:
    add_axe(page)
    page.goto("about:blank")
    page.set_content(PAGE)
    page.emulate_media(color_scheme="light")
    assert rules(page) == []
    page.emulate_media(color_scheme="dark")
    assert rules(page) == ["color-contrast"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert sorted(rules(page)) == ["button-name", "color-contrast"]
    page.emulate_media(color_scheme="light")
    page.evaluate("document.querySelector('.phone').textContent = 'Share'")
    assert rules(page) == []
    page.evaluate("document.getElementById('plain').setAttribute('role', 'none-such')")
    assert rules(page) == ["aria-roles"]
