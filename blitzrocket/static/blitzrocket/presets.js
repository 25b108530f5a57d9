// Fills in rules with one click: a preset adds a rule, narrows the rules that are there, or sets a maximum. The line
// below the presets says what it did, and undoes it.
const list = document.getElementById("rules-data");
const done = document.querySelector(".rule-preset-done");
const rowsNow = () => [...list.querySelectorAll(".form-group:not(.empty-form)")];
const fieldOf = (row, name) => row.querySelector(`[name^="rules-"][name$="-${name}"]`);
const isUsed = (row) => !fieldOf(row, "DELETE")?.checked && fieldOf(row, "is_active")?.checked;
const presetOf = new Map();

// Whoever listens for typing hears of it: the preview, and the warning about unsaved changes.
function setField(field, value) {
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function addRule({ add, sentence }) {
  const before = rowsNow().length;
  list.querySelector(".add-row").click();
  const row = rowsNow()[before];
  if (!row) return null; // a contest has no more rules than so many
  for (const [name, value] of Object.entries(add)) setField(fieldOf(row, name), value);
  row.querySelector("[data-sentence]").textContent = sentence;
  row.setAttribute("x-data", "{ openRow: false }"); // its sentence says enough; Alpine reads this in a moment
  requestAnimationFrame(() => row.scrollIntoView({ block: "nearest" }));
  return () => row.querySelector(".delete-template")?.click();
}

function fill(fields) {
  const filled = fields.filter(([field]) => field && !field.value);
  for (const [field, value] of filled) setField(field, value);
  return () => filled.forEach(([field, value]) => field.isConnected && field.value === value && setField(field, ""));
}

function narrow(values) {
  const rows = rowsNow().filter(isUsed);
  return fill(Object.entries(values).flatMap(([name, value]) => rows.map((row) => [fieldOf(row, name), value])));
}

function apply(preset) {
  if (preset.does_nothing) return;
  let undo = null;
  if (preset.add?.points_per_unit) {
    undo = addRule(preset);
    preset.does_nothing = true; // until the preview has answered: a second click adds no second rule
  } else if (Object.keys(preset.narrow ?? {}).length) undo = narrow(preset.narrow);
  else {
    undo = fill(Object.entries(preset.fill).map(([name, value]) => [document.querySelector(`[name="${name}"]`), value]));
    const field = document.querySelector(`[name="${Object.keys(preset.fill)[0]}"]`);
    field.focus({ preventScroll: true });
    field.select();
    field.scrollIntoView({ block: "center" });
  }
  if (undo) tell(preset, undo);
  else done.querySelector("span").textContent = "The contest can have no more rules. Delete one, then try again.";
}

function tell(preset, undo) {
  done.querySelector("span").textContent = preset.label === preset.sentence ? `Added “${preset.sentence}”.` : `${preset.label}: ${preset.sentence}.`;
  const button = done.querySelector("button");
  button.hidden = false;
  button.onclick = () => {
    undo();
    done.querySelector("span").textContent = "Undone.";
    button.hidden = true;
    document.querySelector("[data-preset]").focus();
  };
}

// The presets follow the rules in the form: after “Only EUR”, double points are for EUR too.
function show(presets) {
  for (const preset of presets) {
    const button = document.querySelector(`[data-preset="${preset.key}"]`);
    presetOf.set(preset.key, preset);
    button.querySelector("[data-preset-label]").textContent = preset.label;
    button.querySelector("[data-sentence]").textContent = preset.sentence;
    button.setAttribute("aria-disabled", preset.does_nothing);
  }
}

if (list && done) {
  show(JSON.parse(document.getElementById("rule-presets").textContent));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preset], [data-add-rule]");
    if (!button) return;
    apply(button.dataset.preset ? presetOf.get(button.dataset.preset) : JSON.parse(button.dataset.addRule));
    if (button.dataset.addRule) button.disabled = true; // the preview takes it away in a moment
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const told = event.target.id === "examples" && document.getElementById("draft-presets");
    if (told) show(JSON.parse(told.textContent));
  });
}
