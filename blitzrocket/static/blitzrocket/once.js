// A form that is on its way is not sent again by a second click or another Enter: the answer to that would take the place
// of the page that says what was done. Once the page stays, because a field is wrong or the call has failed, it can be sent.
(() => {
  const LONGEST = 30000; // milliseconds: by then somebody has stopped the page from loading, and tries again
  const sent = new WeakMap();
  const leadsAway = (xhr) => ["HX-Redirect", "HX-Refresh"].some((name) => xhr.getResponseHeader(name));

  addEventListener("submit", (event) => {
    if (event.target.method !== "post" || !(Date.now() - sent.get(event.target) < LONGEST)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  addEventListener("submit", ({ target, defaultPrevented }) => {
    if (target.hasAttribute("hx-post") || !defaultPrevented) sent.set(target, Date.now());
  });
  addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
    if (!leadsAway(xhr)) sent.delete(elt);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));

  // The second click of a double click may come after the answer, and even on the next page. It would send what the answer
  // warns of before anybody has read it. The browser counts clicks that follow each other fast, at one place.
  addEventListener("click", (event) => {
    const button = event.target.closest("button, input");
    if (event.detail > 1 && button?.type === "submit" && button.form?.method === "post") event.preventDefault();
  }, true);
})();
