// The search in the header: Ctrl+K goes there, and "/" where the page has no search of its own. A pasted list that is
// too long for an address is posted.
const LONGEST_IN_ADDRESS = 1500;
const listHasItsOwn = () => document.getElementById("searchbar");
const searchBox = () => document.querySelector("[data-desk-search] input");

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  const isKey = (event.key === "/" && !isTyping && !listHasItsOwn()) || (event.key === "k" && (event.ctrlKey || event.metaKey));
  if (isKey && searchBox()) {
    event.preventDefault();
    searchBox().focus();
    searchBox().select();
  }
});

// A field of one line would run the lines of a pasted list together.
document.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text").trim();
  if (event.target === searchBox() && /[\r\n]/.test(text)) {
    event.preventDefault();
    event.target.setRangeText(text.split(/[\r\n]+/).join(", "), event.target.selectionStart, event.target.selectionEnd, "end");
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-desk-search]");
  // Nor do emails and API keys stand in an address, which proxies log.
  const text = form && searchBox().value;
  if (form && (text.length > LONGEST_IN_ADDRESS || /@|brk_/.test(text))) {
    form.method = "post";
    form.append(form.querySelector("template").content);
  }
});
