// The list below the search in the header: a combobox as the ARIA Authoring Practices describe it. Without this script
// the search is a plain form.
const SUGGESTION_PAUSE = 150; // milliseconds without a key before the server is asked
const SHORTEST_TEXT = 2;

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("[data-desk-search]")) suggestIn(form);
});

function suggestIn(form) {
  const box = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  const status = form.querySelector("[role=status]");
  const token = form.querySelector("template").content.querySelector("input").value;
  let timer = 0;
  let request = new AbortController();

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");

  const options = () => [...list.querySelectorAll("[role=option]")];
  const activeIndex = () => options().findIndex((option) => option.ariaSelected === "true");

  const activate = (index) => {
    for (const [position, option] of options().entries()) {
      option.setAttribute("aria-selected", String(position === index));
      if (position === index) option.scrollIntoView({ block: "nearest" });
    }
    if (index < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", options()[index].id);
  };

  const close = () => {
    clearTimeout(timer);
    request.abort();
    list.hidden = true;
    status.textContent = "";
    box.setAttribute("aria-expanded", "false");
    activate(-1);
  };

  const open = (html) => {
    list.innerHTML = html;
    for (const [index, option] of options().entries()) option.id = `desk-suggestion-${index}`;
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    const count = options().length - 1; // the last one searches
    status.textContent = count === 1 ? "1 suggestion" : `${count} suggestions`;
    activate(-1);
  };

  const ask = async () => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    const body = new URLSearchParams({ q: box.value, csrfmiddlewaretoken: token });
    try {
      const response = await fetch(form.dataset.suggestions, { method: "POST", body, signal, redirect: "error" });
      const html = await response.text();
      if (response.ok && !signal.aborted && box.value.trim()) open(html);
    } catch {
      // Cancelled by a later key, offline or signed out: Enter still searches.
    }
  };

  const choose = (option) => {
    if (option.href) location.assign(option.href);
    else form.requestSubmit();
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    if (box.value.trim().length < SHORTEST_TEXT) close();
    else timer = setTimeout(ask, SUGGESTION_PAUSE);
  });

  box.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Escape") {
      box.value = "";
    } else if (event.key === "Enter" && !list.hidden && activeIndex() >= 0) {
      event.preventDefault();
      choose(options()[activeIndex()]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && list.hidden) {
      if (box.value.trim().length >= SHORTEST_TEXT) ask();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      activate((activeIndex() + 1) % count);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      activate((Math.max(activeIndex(), 0) - 1 + count) % count);
    }
  });

  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && !option.href) choose(option);
  });
}
