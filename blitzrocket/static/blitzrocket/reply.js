// An order that a search led to: the button that copies the reply has the focus, so that Enter copies it. Not on a
// phone, which would scroll there.
(() => {
  const KEY = "searched";
  addEventListener("pagehide", () => {
    if (document.activeElement?.closest("[role=search]")) sessionStorage.setItem(KEY, "yes");
  });
  document.addEventListener("DOMContentLoaded", () => {
    const isSearched = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (isSearched && matchMedia("(pointer: fine)").matches) document.querySelector("[data-focus-after-search]")?.focus();
  });
})();
