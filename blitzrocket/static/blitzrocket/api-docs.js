// Swagger UI follows the system's theme, and is mended where a keyboard or a screen reader finds no way.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();

  const mend = () => {
    // A link inside a button; the button opens the operation and sets the address all the same.
    for (const link of document.querySelectorAll(".opblock-summary-control a[href], .opblock-tag a[href]")) link.removeAttribute("href");
    for (const [place, name] of [[".information-container", "About this API"], [".scheme-container", "Authorization"]]) {
      const part = document.querySelector(place);
      part?.setAttribute("role", "region");
      part?.setAttribute("aria-label", name);
    }
    for (const tag of document.querySelectorAll("h3.opblock-tag:not([aria-level])")) tag.setAttribute("aria-level", "2");
    for (const heading of document.querySelectorAll(".models > h4:not([aria-level])")) heading.setAttribute("aria-level", "2");
    for (const heading of document.querySelectorAll(".opblock-body h4:not([aria-level])")) heading.setAttribute("aria-level", "3");
    for (const heading of document.querySelectorAll(".opblock-body h5:not([aria-level])")) heading.setAttribute("aria-level", "4");
    for (const select of document.querySelectorAll("select:not([aria-label])")) select.setAttribute("aria-label", select.closest("tr, label, .content-type-wrapper")?.textContent.trim().slice(0, 60) || "Option");
    for (const code of document.querySelectorAll("pre:not([tabindex]), .highlight-code > *:not([tabindex])")) code.tabIndex = 0;
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(mend).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });
  });
})();
