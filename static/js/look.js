/* Items that are looked at and not rated: the rating screen's player over the one item of a page, which plays as it comes,
   or over those of a list, where it is the one last used. */

import { attach, playFrom, registerPlayerKeys, reload } from "./stage.js";

let held = null;

function take(next, plays) {
  if (!next || next === held) return;
  held = next;
  attach(next, { plays });
}

const takeSingle = () => take(document.querySelector("[data-plays]"), true);
const takeUsed = ({ target }) => take(target.closest(".rate-held"), false);

registerPlayerKeys({ marks: false });
document.addEventListener("htmx:afterSettle", takeSingle);
for (const name of ["pointerdown", "focusin"]) document.addEventListener(name, takeUsed, true);
document.addEventListener("click", ({ target }) => {
  const { seek, rate } = target.closest("[data-seek], [data-rate]")?.dataset ?? {};
  if (seek) playFrom(Number(seek) / 1000);
  else if (rate === "try-again") reload();
});
takeSingle();
