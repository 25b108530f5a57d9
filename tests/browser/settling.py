"""Waits until a page has nothing more to do: no call under way, none about to be made, no other page coming.

Playwright's “networkidle” comes once for each page; what a click or a key asks for afterwards it does not wait for.
"""

import time

from playwright.sync_api import Error, Page

from tests.browser.page_scripts import add_script

SECONDS = 60.0
# Notes calls, timers as short as a pause in typing, and that a link, a form or a script leads to another page.
SCRIPT = """
(() => {
    const SHORT = 600; // milliseconds; what asks again and again waits longer
    const {setTimeout, fetch} = window;
    const {send} = XMLHttpRequest.prototype;
    const timers = new Set();
    let calls = 0, isLeaving = false;
    const endCall = () => setTimeout(() => calls -= 1); // after what the page makes of the answer

    window.setTimeout = (run, delay, ...values) => {
        const timer = setTimeout(() => { timers.delete(timer); run(...values); }, delay);
        if (!(delay > SHORT)) timers.add(timer);
        return timer;
    };
    for (const name of ['clearTimeout', 'clearInterval']) {
        const clear = window[name];
        window[name] = timer => { timers.delete(timer); clear(timer); };
    }
    XMLHttpRequest.prototype.send = function (...body) {
        calls += 1;
        this.addEventListener('loadend', endCall, {once: true});
        return send.apply(this, body);
    };
    window.fetch = async (...request) => {
        calls += 1;
        try {
            const response = await fetch(...request);
            await response.clone().blob();
            return response;
        } finally {
            endCall();
        }
    };
    navigation.addEventListener('navigate', ({destination}) => isLeaving ||= !destination.sameDocument);
    addEventListener('submit', ({defaultPrevented}) => isLeaving ||= !defaultPrevented);

    // A blinking caret has what lies behind a dialog blurred again and again, for 0.12 s of a core each second.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { backdrop-filter: none !important }');
    document.adoptedStyleSheets = [sheet];

    const isDone = () => document.readyState === 'complete' && !timers.size && !calls && !isLeaving;
    const deadline = SECONDS * 1000;
    window.settling = {
        // Whether it was done before the time was over; the page looks itself, as a question passes four processes.
        done: () => new Promise(resolve => {
            const start = performance.now();
            const look = () => {
                const isLate = performance.now() - start > deadline;
                if (isDone() || isLate) resolve(!isLate); else setTimeout(look, 10);
            };
            look();
        }),
        stay: () => isLeaving = false,
    };
})();
""".replace("SECONDS", str(SECONDS))


def watch(page: Page) -> None:
    """Prepare a page that is to be waited for."""
    add_script(page, SCRIPT)


def settle(page: Page) -> None:
    """Wait for what a click or a key has led to, whether that is another page or a part of this one."""
    deadline = time.monotonic() + SECONDS
    while (is_settled := _is_settled(page)) is None and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert is_settled, f"the page still does something after {SECONDS} s: {page.url}"


def _is_settled(page: Page) -> bool | None:
    """Whether it is, once it is; None where another page has come meanwhile."""
    try:
        return bool(page.evaluate("!window.settling || settling.done()"))
    except Error as error:
        if "context was destroyed" not in error.message:
            raise
        return None


def stay(page: Page) -> None:
    """What seemed to lead to another page was a download."""
    page.evaluate("settling.stay()")
