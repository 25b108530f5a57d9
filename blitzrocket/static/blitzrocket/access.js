// What Unfold leaves out of its pages for people who use a keyboard or a screen reader.
(() => {
  // The text of an icon is the name of its picture (“dock_to_right”), which would be read aloud.
  const hideIcons = (root) => {
    for (const icon of root.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) icon.setAttribute("aria-hidden", "true");
  };
  document.addEventListener("DOMContentLoaded", () => {
    hideIcons(document);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) hideIcons(node.parentElement ?? node);
      }
    }).observe(document.body, { childList: true, subtree: true });
  });

  // A dialog takes the focus, and gives it back to the link that opened it. Meanwhile the page behind it is inert.
  let opener = null;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id === "modal-content" && !detail.elt.closest("#modal-content")) opener = detail.elt;
  });
  const isVisible = (element) => element?.isConnected && element.getClientRects().length;
  window.keepFocusIn = (dialog, isOpen) => {
    if (isOpen) {
      const field = () => dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden]), select, textarea");
      requestAnimationFrame(() => (field() ?? dialog).focus());
    } else if (opener) {
      const back = [opener, opener.closest("li, details")?.querySelector("button, summary"), document.getElementById("main-content")];
      requestAnimationFrame(() => back.find(isVisible)?.focus());
      opener = null;
    }
  };

  // Django's calendar and clock stand at the end of the page: they take the focus, and Escape gives it back.
  const boxOf = (link) => document.getElementById(link?.id.replace(/^(calendar|clock)link/, "$1box"));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".datetimeshortcuts a[id]");
    const box = boxOf(link);
    if (!box) return;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", link.id.startsWith("clock") ? "Choose a time" : "Choose a date");
    requestAnimationFrame(() => (box.querySelector(".selected a") ?? box.querySelector("a"))?.focus());
    box.onkeyup = ({ key }) => key === "Escape" && link.focus();
  }, true); // Django's own handler lets no click through
})();
