/* The one key map of a page. What is registered here is what works, what the `?` sheet lists and what
   the key caps show: there is no second list to fall out of step.

   register("j", "Back 5 s", handler, { group: "Video", repeat: true })
   register(["y", "1"], "Yes", handler)      several keys for one action
   A handler that returns false has nothing to do: the key stays the browser's.
   Keys are values of KeyboardEvent.key, letters in lower case. A later registration replaces an earlier one.
   Any element with data-key="n" is pressed by that key; its data-key-label (else its text) names it. */

const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
const TEXT_INPUTS = new Set(
  ["text", "search", "email", "password", "url", "tel", "number", "date", "datetime-local", "time"],
);
const EVERYWHERE = "Everywhere";
const bindings = new Map();

export function register(keys, label, handler, { group = "This page", repeat = false } = {}) {
  const binding = { keys: [keys].flat(), label, handler, group, repeat };
  for (const key of binding.keys) bindings.set(key, binding);
  return binding.keys;
}

export function unregister(keys) {
  for (const key of [keys].flat()) bindings.delete(key);
}

export function keyName(key) {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

export function keyCap(key) {
  const cap = document.createElement("kbd");
  cap.textContent = keyName(key);
  return cap;
}

/* Show on a button the keys that press it; a screen reader has them as its shortcuts, not in its name. */
export function showKeys(button, keys, place = button) {
  const caps = [keys].flat().map(keyCap);
  for (const cap of caps) cap.ariaHidden = "true";
  button.setAttribute("aria-keyshortcuts", [keys].flat().map(keyName).join(" "));
  place.append(...caps);
}

function isTextField(element) {
  if (element.isContentEditable || element.matches("textarea, select")) return true;
  return element.matches("input") && TEXT_INPUTS.has(element.type);
}

/* Space and Enter press what has the focus; arrows move inside ranges and radio groups. */
function ownsKey(element, key) {
  if (key === "Enter" && element.matches("[type=checkbox], [type=radio], [type=range]")) return false; /* nothing there to press */
  if (key === " " || key === "Enter") return element.matches("button, a[href], summary, input");
  return key.startsWith("Arrow") && element.matches("input");
}

function pressElement(key) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const element = scope.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!element || element.disabled || element.closest("[hidden]")) return false;
  element.click();
  return true;
}

export function handleKey(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const { target } = event;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isTextField(target)) {
    if (key === "Escape" && !document.querySelector("dialog[open]")) target.blur();
    return;
  }
  if (ownsKey(target, key)) return;
  const inDialog = document.querySelector("dialog[open]") !== null;
  const binding = inDialog ? undefined : bindings.get(key);
  if (event.repeat && !binding?.repeat) return;
  if (binding ? binding.handler(event) === false : !pressElement(key)) return; /* left to the browser */
  event.preventDefault();
}

function elementBindings() {
  return [...document.querySelectorAll("[data-key]:not(dialog *)")].map((element) => ({
    keys: [element.dataset.key],
    label: element.dataset.keyLabel ?? element.textContent.trim(),
    group: "This page",
  }));
}

export function showSheet() {
  const all = [...new Set([...bindings.values(), ...elementBindings()])];
  all.sort((a, b) => (a.group === EVERYWHERE) - (b.group === EVERYWHERE)); /* what is special to this page first */
  const groups = Map.groupBy(all, ({ group }) => group);
  const dialog = document.createElement("dialog");
  dialog.className = "dialog dialog-wide key-sheet";
  dialog.setAttribute("aria-label", "Keys of this page");
  dialog.innerHTML = `<form method="dialog"><header><h2>Keys</h2>
    <button class="btn btn-quiet btn-small" aria-label="Close">Close</button></header><div class="dialog-body"></div></form>`;
  for (const [group, members] of groups) {
    const section = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = group;
    const list = document.createElement("dl");
    for (const { keys, label } of members) {
      const caps = document.createElement("dt");
      caps.append(...keys.map(keyCap));
      const meaning = document.createElement("dd");
      meaning.textContent = label;
      list.append(caps, meaning);
    }
    section.append(heading, list);
    dialog.querySelector(".dialog-body").append(section);
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/* When presses begin, so that none counts for what had not been seen yet: a key held, the second half of a double click,
   a press begun over what stood there before. */
export class Presses {
  #began = null; /* of the press that is going on */
  #readyAt = Infinity;

  constructor(root, guardMs) {
    this.guardMs = guardMs;
    const begin = (event) => (this.#began = event.timeStamp);
    const end = () => setTimeout(() => (this.#began = null));
    addEventListener("pointerdown", begin, true);
    for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(name, end, true);
    addEventListener("keydown", (event) => {
      if (!event.repeat) begin(event);
      else if (["Enter", " "].includes(event.key) && event.target.closest?.("button") && root.contains(event.target)) {
        event.preventDefault(); /* held down over a button, a key presses it again and again */
      }
    }, true);
  }

  get began() {
    return this.#began ?? performance.now();
  }

  /* Something new comes on screen: presses count from a moment after it is painted. */
  async renew() {
    this.#readyAt = Infinity;
    const mine = (this.round = {});
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    if (mine !== this.round) return null;
    this.#readyAt = performance.now() + this.guardMs;
    return performance.now();
  }

  count(event) {
    return (this.#began ?? event?.timeStamp ?? performance.now()) >= this.#readyAt;
  }
}

register("?", "Show the keys", showSheet, { group: EVERYWHERE });
document.addEventListener("keydown", handleKey);
