"""How a page looks: at the width of a phone and of a desk, in the light and in the dark."""

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.profiles import IS_LONG

WIDTHS = (320, 390, 1440)
HEIGHT = 900
THEMES = ("light", "dark")
# axe-core looks once at a page in each theme; a page differs by its width at the header and in lists.
AXE_THEMES = dict.fromkeys(WIDTHS, THEMES) if IS_LONG else {320: (), 390: ("dark",), 1440: ("light",)}
# By the admin's own switch; a page without it follows what the system prefers.
SWITCH = "theme => { if (window.Alpine) Alpine.$data(document.documentElement).switchTheme(theme) }"


def assert_looks_well(visit: Visit, path: str) -> None:
    """One loading is enough: a page follows the window's width and the theme by its style sheet.

    `tests.browser.axe.add_axe` comes first.
    """
    page = visit.page
    current = page.viewport_size
    assert current is not None
    for width in sorted(WIDTHS, reverse=current["width"] == WIDTHS[-1]):
        if width != current["width"]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
        assert not visit.scrolls_sideways(), (path, width)
        for theme in AXE_THEMES[width]:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.evaluate(SWITCH, theme)
            assert findings(page) == [], (path, width, theme)
