"""How a page looks: at the width of a phone and of a desk, in the light and in the dark."""

from itertools import product

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.profiles import IS_LONG

WIDTHS = (320, 390, 1440)
HEIGHT = 900
# Where axe-core looks: in a long run everywhere, in a short one at one of these from page to page. A page differs by
# its width at the header and in lists.
EVERYWHERE = tuple(product(WIDTHS, ("light", "dark")))
IN_TURN = ((1440, "light"), (390, "light"), (390, "dark"), (1440, "dark"))
# By the admin's own switch; a page without it follows what the system prefers. Both last for the pages after it.
SWITCH = "theme => { if (window.Alpine) Alpine.$data(document.documentElement).switchTheme(theme) }"


def assert_looks_well(visit: Visit, path: str) -> None:
    """One loading is enough: a page follows the window's width and the theme by its style sheet.

    `tests.browser.axe.add_axe` comes first.
    """
    page = visit.page
    looks = EVERYWHERE if IS_LONG else (IN_TURN[visit.looked_at % len(IN_TURN)],)
    visit.looked_at += 1
    current = page.viewport_size
    assert current is not None
    for width in sorted(WIDTHS, reverse=current["width"] == WIDTHS[-1]):
        if width != current["width"]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
        assert not visit.scrolls_sideways(), (path, width)
        for theme in (theme for at, theme in looks if at == width):
            if theme != visit.theme:
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.evaluate(SWITCH, theme)
                visit.theme = theme
            assert findings(page) == [], (path, width, theme)
