/* Rows of a form that come and go: Django's formsets without a reload.
   <fieldset data-rows="PREFIX"> holds the management form, a [data-rows-body] with [data-row]s, a <template> of an
   empty row with __prefix__ in its names, and a [data-row-add] button. Without this script a row is removed by its
   checkbox, and one empty row waits at the end. */

function add(group) {
  const total = group.querySelector(`[name="${group.dataset.rows}-TOTAL_FORMS"]`);
  const markup = group.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
  group.querySelector("[data-rows-body]").insertAdjacentHTML("beforeend", markup);
  total.value = Number(total.value) + 1;
  group.querySelector("[data-row]:last-child input")?.focus();
}

function remove(row) {
  row.querySelector('[name$="-DELETE"]').checked = true;
  row.hidden = true;
  row.closest("form").dispatchEvent(new Event("rows-changed", { bubbles: true }));
}

document.addEventListener("click", ({ target }) => {
  const adder = target.closest("[data-row-add]");
  if (adder) add(adder.closest("[data-rows]"));
  const remover = target.closest("[data-row-remove]");
  if (remover) remove(remover.closest("[data-row]"));
});

/* Leaving with unsaved words asks first: <form data-unsaved>. */
let unsaved = false;
document.addEventListener("input", ({ target }) => (unsaved ||= target.closest("[data-unsaved]") !== null));
document.addEventListener("rows-changed", ({ target }) => (unsaved ||= target.closest("[data-unsaved]") !== null));
document.addEventListener("submit", ({ target }) => (unsaved &&= !target.matches("[data-unsaved]")));
addEventListener("beforeunload", (event) => unsaved && event.preventDefault());

for (const form of document.querySelectorAll("form.editor")) form.dataset.scripted = "";
