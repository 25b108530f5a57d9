// <button data-copy="id">: copies the field with that id, and shows the element "id-copied".
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // pages over plain HTTP have no clipboard of their own
    }
    document.getElementById(`${button.dataset.copy}-copied`).hidden = false;
  });
});
