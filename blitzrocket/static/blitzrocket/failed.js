// A call for a part of the page that failed says so, where it would otherwise leave a dialog empty or old figures standing.
(() => {
  const sentences = { 403: "You don't have access to this.", 404: "This no longer exists." };
  const sentenceFor = (status) => {
    if (!status) return "The server can't be reached. Check whether it was saved before you try again.";
    if (status === 503) return "The database is unavailable. Check whether it was saved before you try again.";
    return `${sentences[status] ?? `Something went wrong (error ${status}). Nothing was saved.`} Reload the page and try again.`;
  };

  const noteOf = (target) => {
    if (target?.id === "modal-content") return target;
    let note = document.getElementById("call-failed");
    if (!note) {
      note = document.createElement("p");
      note.id = "call-failed";
      note.className = "call-failed";
      note.setAttribute("role", "alert");
      document.body.append(note);
    }
    return note;
  };

  const tell = (event) => {
    noteOf(event.detail.target).textContent = sentenceFor(event.detail.xhr.status);
  };
  for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, tell);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.isError) document.getElementById("call-failed")?.remove();
  });
})();
