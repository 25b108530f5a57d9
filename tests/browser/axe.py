"""axe-core on an open page: every rule of WCAG 2.2 AA and of good practice, none switched off.

Where the same page is looked at again, at another width or in another theme, and its elements, their attributes and
which of them are shown are as before, then most rules would find the same again. Only those that go by colours, sizes
and places look once more.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.page_scripts import add_script

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_EACH_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "skip-link", "target-size")
# What is still fading in is measured as it will be. The bar with Save, which stays at the window's bottom, stands after
# its form meanwhile: which fields it half covers depends on the window's height, and scrolling uncovers them.
RUN = """
async ([tags, ofEachLook]) => {
    if (!window.axe) addAxe();
    document.getAnimations().filter(({effect}) => effect.getTiming().iterations !== Infinity)
        .forEach(animation => animation.finish());
    const place = position => document.querySelectorAll('#submit-row, #submit-row > div')
        .forEach(bar => bar.style.position = position);
    place('static');
    const isShown = element => {
        const {right, bottom} = element.getBoundingClientRect();
        return element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && right > 0 && bottom > 0;
    };
    const html = document.documentElement.outerHTML.replace(/ (class|style)="[^"]*"/g, '');
    const shown = [...document.querySelectorAll('*')].map(element => isShown(element) ? 1 : 0).join('');
    const page = shown + html;
    window.lookedAt ??= new Set();
    const only = lookedAt.has(page) ? {type: 'rule', values: ofEachLook} : {type: 'tag', values: tags};
    const found = await axe.run({resultTypes: ['violations'], runOnly: only});
    lookedAt.add(page);
    place('');
    return found.violations
        .flatMap(violation => violation.nodes.map(node => `${violation.id}: ${node.html.slice(0, 160)}`));
}
"""


def add_axe(page: Page) -> None:
    """Give axe-core to each page that is opened from now on; most are not looked at, and need not run its script."""
    add_script(page, f"window.addAxe = () => {{ {AXE_SCRIPT} }};")


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now, where a second look need not say what the first has found."""
    violations: list[str] = page.evaluate(RUN, [list(TAGS), list(OF_EACH_LOOK)])
    return violations
