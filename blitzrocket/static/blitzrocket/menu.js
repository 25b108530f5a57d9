// A menu made of <details> closes with Escape, with a click beside it, and when the focus leaves it.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest(".contest-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
const closeOthers = ({ target }) => {
  for (const menu of document.querySelectorAll(".contest-menu[open]")) if (!menu.contains(target)) menu.open = false;
};
for (const name of ["click", "focusin"]) document.addEventListener(name, closeOthers);
