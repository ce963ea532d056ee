/* What the rating screen asks in words or by a dialog. */

/* In a field of one or two sentences Enter sends; Shift or Ctrl with Enter begins a new line. */
export function sendOnEnter(field, send) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (!event.repeat) send();
  });
}

/* Ask with a dialog whose submit buttons carry the reasons; null when it was left. */
export function ask(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.querySelector("textarea")?.form.reset();
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = () => {
      const note = dialog.querySelector("textarea")?.value ?? "";
      resolve(dialog.returnValue ? { reason: dialog.returnValue, note } : null);
    };
    dialog.addEventListener("close", settle, { once: true });
  });
}
