// The rules of a contest while they are edited: examples are asked for again after each change, sentences follow what is
// typed, and a rule can be duplicated.
const rules = document.getElementById("rules-data");
const examples = document.getElementById("examples");
const fieldsOf = (row) => [...row.querySelectorAll("input, select, textarea")].filter((field) => field.type !== "hidden");
const tellChange = () => examples && examples.dispatchEvent(new Event("rules-changed"));

// What was typed lives in properties; rows are renumbered and copied by their markup, which has to know it too.
function keepTyped(row) {
  for (const field of fieldsOf(row)) {
    if (field.type === "checkbox") field.toggleAttribute("checked", field.checked);
    else field.setAttribute("value", field.value);
  }
}

function duplicate(row) {
  const rowsNow = () => rules.querySelectorAll(".form-group:not(.empty-form)");
  const before = rowsNow().length;
  rules.querySelector(".add-row").click();
  const rows = rowsNow();
  if (rows.length === before) return; // a contest has no more rules than so many
  const copies = fieldsOf(rows[rows.length - 1]).filter((field) => !field.name.endsWith("-DELETE"));
  const values = new Map(fieldsOf(row).map((field) => [field.name.replace(/^rules-\d+-/, ""), field]));
  for (const copy of copies) {
    const original = values.get(copy.name.replace(/^rules-\d+-/, ""));
    if (original && copy.type === "checkbox") copy.checked = original.checked;
    else if (original) copy.value = original.value;
  }
  copies[0].closest(".form-group").scrollIntoView({ block: "nearest" });
  tellChange();
}

if (rules) {
  rules.addEventListener("click", (event) => {
    if (event.target.closest(".delete-template")) rules.querySelectorAll(".form-group").forEach(keepTyped);
    const button = event.target.closest("[data-duplicate-rule]");
    if (button) duplicate(button.closest(".form-group"));
  }, true);
  const listen = (name, places) => document.addEventListener(name, (event) => event.target.closest(places) && tellChange());
  for (const name of ["input", "change"]) listen(name, "#contest_form, #own-example");
  listen("click", ".calendarbox, .clockbox, .datetimeshortcuts"); // which fill a field in without an event of its own
  document.addEventListener("formset:removed", tellChange);
  // The currencies that are unfolded stay so when the examples are replaced.
  const unfolded = new Map();
  examples?.addEventListener("toggle", ({ target }) => unfolded.set(target.dataset.currency, target.open), true);
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const group of event.target === examples ? examples.querySelectorAll("details") : []) {
      group.open = unfolded.get(group.dataset.currency) ?? group.open;
    }
    const told = event.target === examples && document.getElementById("rule-sentences");
    if (!told) return;
    for (const [prefix, sentence] of Object.entries(JSON.parse(told.textContent))) {
      const title = document.querySelector(`[data-rule="${prefix}"] [data-sentence]`);
      if (title) title.textContent = sentence;
    }
  });
}
