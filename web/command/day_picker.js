// @ts-check
/** One calendar day of the county, never a day to come. */

import { button, fill, h } from "./dom.js";
import { dayOf, instant } from "./time.js";

const DAY_MS = 86_400_000;

/** @param {HTMLElement} holder @param {string} first @param {(day: string) => void} changed */
export function dayPicker(holder, first, changed) {
  let day = first;
  const picker = /** @type {HTMLInputElement} */ (
    h("input", { type: "date", class: "field", value: day, max: dayOf(), "aria-label": "哪一天" })
  );
  const shift = (/** @type {number} */ days) => goTo(dayOf(Date.parse(instant(day, "12:00")) + days * DAY_MS));
  const back = button("前一天", { icon: "back", act: () => shift(-1) });
  const forward = button("后一天", { icon: "next", act: () => shift(1), disabled: day >= dayOf() });

  /** @param {string} next */
  function goTo(next) {
    day = next;
    picker.value = day;
    forward.disabled = day >= dayOf();
    changed(day);
  }

  picker.addEventListener("change", () => picker.value && goTo(picker.value));
  fill(holder, back, picker, forward);
}
