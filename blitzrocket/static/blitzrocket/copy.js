// <button data-copy="id">: copies the field or text with that id, and shows the element "id-copied".
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
  } catch {
    document.execCommand("copy"); // pages over plain HTTP have no clipboard of their own
  }
  const note = document.getElementById(`${button.dataset.copy}-copied`);
  note.hidden = false;
  note.textContent = "Copied.";
});
