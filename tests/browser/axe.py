"""axe-core on an open page: every rule of WCAG 2.2 AA and of good practice, none switched off."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What is still fading in is measured as it will be. The bar with Save, which stays at the window's bottom, stands after
# its form meanwhile: which fields it half covers depends on the window's height, and scrolling uncovers them.
RUN = """
async tags => {
    document.getAnimations().filter(({effect}) => effect.getTiming().iterations !== Infinity)
        .forEach(animation => animation.finish());
    const place = position => document.querySelectorAll('#submit-row, #submit-row > div')
        .forEach(bar => bar.style.position = position);
    place('static');
    const found = await axe.run({resultTypes: ['violations'], runOnly: {type: 'tag', values: tags}});
    place('');
    return found.violations
        .flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 160)}`));
}
"""


def add_axe(page: Page) -> None:
    """Give axe-core to each page that is opened from now on."""
    page.add_init_script(AXE_SCRIPT)


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now."""
    found: list[str] = page.evaluate(RUN, list(TAGS))
    return found
