// A store connection's page that awaits a delivery asks for its status again, ever less often; and the page that a form
// was sent to, because it shows a secret once, gets the address of the connection, so that reloading sends nothing.
(() => {
  const FIRST = 1500, LAST = 30000, FACTOR = 1.25; // milliseconds
  const PARTS = ["store-badge", "store-news", "store-facts"];

  function show(page) {
    for (const id of PARTS) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (!old || !fresh || old.outerHTML === fresh.outerHTML) continue;
      old.className = fresh.className; // the element stays, so that screen readers read what is new in it
      old.innerHTML = fresh.innerHTML;
    }
  }

  async function follow(status, delay) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    let isAwaited = true;
    if (!document.hidden) {
      try {
        const response = await fetch(status.dataset.url, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (response.redirected || response.status === 404) return; // signed out, or deleted
        const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
        show(page);
        if (response.ok) isAwaited = "awaited" in page.getElementById("store-status").dataset;
      } catch {
        // no connection: try again
      }
    }
    if (isAwaited) follow(status, Math.min(delay * FACTOR, LAST));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const url = document.querySelector("[data-page-url]")?.dataset.pageUrl;
    if (url) history.replaceState(null, "", url);
    const status = document.querySelector("#store-status[data-awaited]");
    if (status) follow(status, FIRST);
  });
})();
