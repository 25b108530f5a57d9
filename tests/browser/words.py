"""Finds words of labels that a narrow page breaks in the middle."""

from playwright.sync_api import Page

# IDs, addresses and other long texts may be broken; a word that somebody reads may not. What only a screen reader is to
# see lies in a box of a pixel. How Swagger UI sets its tables is its own.
BROKEN = """
() => {
    const isSeen = element => {
        for (let box = element; box; box = box.parentElement)
            if (box.getBoundingClientRect().width < 2) return false;
        return element.checkVisibility({visibilityProperty: true});
    };
    const isBroken = (text, start, end) => {
        const range = document.createRange();
        range.setStart(text, start);
        range.setEnd(text, end);
        return new Set([...range.getClientRects()].map(({top}) => Math.round(top))).size > 1;
    };
    const broken = [];
    for (const label of document.querySelectorAll('a, button, summary, label, th, dt, legend, h1, h2, h3')) {
        if (!isSeen(label) || label.closest('.swagger-ui')) continue;
        const texts = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const text = texts.currentNode;
            for (const {0: word, index} of text.data.matchAll(/(?<=^|\\s)\\p{L}{2,20}(?=$|[\\s,.:;?!])/gu))
                if (isBroken(text, index, index + word.length)) broken.push(word);
        }
    }
    return broken;
}
"""


def broken_words(page: Page) -> list[str]:
    words: list[str] = page.evaluate(BROKEN)
    return words
