// <button data-copy="id">: copies the field with that id, and shows the element "id-copied".
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages over plain HTTP have no clipboard of their own
  }
  document.getElementById(`${button.dataset.copy}-copied`).hidden = false;
});
