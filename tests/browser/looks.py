"""How a page looks: at the width of a phone and of a desk, in the light and in the dark.

A short run measures each page at a desk and at one of two phones, and axe-core looks at it once, in one of four looks
in turn. Of pages that are alike, such as the histories of all models, it looks at one in four, at others in each run;
`LOOKS_SEED`, which a failure names, repeats a run. A long run looks at every page everywhere.
"""

import os
from itertools import product
from random import SystemRandom

from tests.browser.axe import findings
from tests.browser.conftest import DESK, Visit
from tests.browser.words import broken_words
from tests.profiles import IS_LONG

PHONES = (320, 390)  # a list is set in another way below 368 pixels
WIDTHS = (*PHONES, DESK["width"])
THEMES = ("light", "dark")
HEIGHT = DESK["height"]
ONE_IN = 4
SEED = int(os.environ.get("LOOKS_SEED") or SystemRandom().randrange(len(WIDTHS) * len(THEMES) * ONE_IN))
# By the admin's own switch; a page without it follows what the system prefers. Both last for the pages after it.
SWITCH = "theme => { if (window.Alpine) Alpine.$data(document.documentElement).switchTheme(theme) }"


def assert_looks_well(visit: Visit, path: str, kind: str = "") -> None:
    """One loading is enough: a page follows the window's width and the theme by its style sheet.

    `tests.browser.axe.add_axe` comes first. Pages of the same `kind` are alike.
    """
    page, turn = visit.page, SEED + visit.looked_at.total()
    widths = WIDTHS if IS_LONG else (PHONES[turn % 2], DESK["width"])
    looks = list(product(widths, THEMES)) if IS_LONG else _look_in_turn(visit, widths, turn, kind)
    visit.looked_at[kind] += 1
    current = page.viewport_size
    assert current is not None
    for width in sorted(widths, reverse=current["width"] == DESK["width"]):
        if width != current["width"]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
        where = (path, width, f"LOOKS_SEED={SEED}")
        assert not visit.scrolls_sideways(), where
        assert (broken_words(page), where) == ([], where)
        for theme in (theme for at, theme in looks if at == width):
            if theme != visit.theme:
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.evaluate(SWITCH, theme)
                visit.theme = theme
            assert findings(page) == [], (*where, theme)


def _look_in_turn(visit: Visit, widths: tuple[int, ...], turn: int, kind: str) -> list[tuple[int, str]]:
    """Where axe-core looks at this page in a short run; nowhere, if it looks at others of the kind."""
    if kind and (SEED + visit.looked_at[kind]) % ONE_IN:
        return []
    return [(widths[turn // 2 % 2], THEMES[turn // 4 % 2])]
