// After a failed save, the page stands at the first error: its field is focused and in view.
const MARKS = ".errorlist, .rule-errors, .errornote";

function stand() {
  const marks = [...document.querySelectorAll("form .errorlist, form .rule-errors, form .errornote")];
  const shown = marks.filter((mark) => mark.offsetParent);
  // The note above a form counts the errors below; it is the first only where there is no other.
  const mark = shown.find((each) => !each.matches(".errornote") || each.closest(".rule-errors")) ?? shown[0];
  if (!mark) return;
  const field = mark.closest(".field-line, .form-row")?.querySelector("input:not([type=hidden]), select, textarea");
  const target = mark.matches(".errorlist") && field ? field : mark;
  if (target === mark) mark.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

// Rows with an error are opened by Alpine, which starts after this script.
document.addEventListener("alpine:initialized", () => requestAnimationFrame(stand));
