// Selected rows of a list: all at once, a range with Shift, and how many there are.
const boxes = () => [...document.querySelectorAll("[data-select]")];
let lastBox = null;

function showSelected() {
  const selected = boxes().filter((box) => box.checked).length;
  const all = document.querySelector("[data-select-all]");
  if (!all) return;
  all.checked = selected > 0 && selected === boxes().length;
  all.indeterminate = selected > 0 && !all.checked;
  document.querySelector("[data-selected]").textContent = selected ? `${selected} selected` : "";
}

document.addEventListener("click", (event) => {
  if (event.target.matches("[data-select-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  if (event.target.matches("[data-select]")) {
    const all = boxes();
    const range = [all.indexOf(event.target), all.indexOf(lastBox)].sort((a, b) => a - b);
    if (event.shiftKey && lastBox) all.slice(range[0], range[1] + 1).forEach((box) => (box.checked = event.target.checked));
    lastBox = event.target;
  }
  showSelected();
});
window.addEventListener("pageshow", showSelected); // the browser may have kept what was selected

// Fields that are empty are left out of the address.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-list-filters], .list-search")) return;
  event.target.querySelectorAll("input, select").forEach((field) => (field.disabled = field.value === ""));
  setTimeout(() => event.target.querySelectorAll("input, select").forEach((field) => (field.disabled = false)));
});
