"""What is a word of a label that is broken in the middle."""

from playwright.sync_api import Page

from tests.browser.words import broken_words

PAGE = """
<!doctype html><html lang="en"><title>A page</title><style>
* { overflow-wrap: anywhere }
.narrow { width: 4em }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden }
</style>
<nav><a class="narrow" style="display: block">Leaderboard</a></nav>
<h2 class="narrow">Of two words</h2>
<h3 class="narrow">someone@example.com</h3>
<p class="narrow">Unbreakable</p>
<div class="unseen"><h3>Invisible</h3></div>
"""


def test_words_of_labels_are_found(page: Page) -> None:
    page.goto("about:blank")
    page.set_content(PAGE)
    assert broken_words(page) == ["Leaderboard"]
    page.add_style_tag(content=".narrow { width: auto }")
    assert broken_words(page) == []
