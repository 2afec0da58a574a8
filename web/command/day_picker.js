// @ts-check
/** Which days: today, yesterday, the last week or month, or one day of the calendar. Never a day to come. */

import { fill, h } from "./dom.js";
import { dayOf, instant } from "./time.js";

const DAY_MS = 86_400_000;
const RANGES = /** @type {const} */ ([
  ["today", "今天", 0, 0],
  ["yesterday", "昨天", 1, 1],
  ["week", "近 7 天", 6, 0],
  ["month", "近 30 天", 29, 0],
]);

/** @typedef {{from: string, to: string}} Days */

/** @param {number} back @returns {string} */
const before = (back) => dayOf(Date.parse(instant(dayOf(), "12:00")) - back * DAY_MS);

/** The last seven days. @returns {Days} */
export const lastWeek = () => ({ from: before(6), to: before(0) });

/** @param {HTMLElement} holder @param {(days: Days) => void} changed */
export function dayPicker(holder, changed) {
  const one = /** @type {HTMLInputElement} */ (
    h("input", { type: "date", class: "field", max: dayOf(), "aria-label": "或者看哪一天", title: "看某一天" })
  );
  const buttons = RANGES.map(([name, word, first, last]) =>
    h(
      "button",
      {
        type: "button",
        data: { name },
        "aria-pressed": name === "week",
        on: {
          click: () => {
            one.value = "";
            press(name);
            changed({ from: before(first), to: before(last) });
          },
        },
      },
      word,
    ),
  );
  /** @param {string} name */
  const press = (name) => {
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.name === name));
  };
  one.addEventListener("change", () => {
    if (!one.value) return;
    press("");
    changed({ from: one.value, to: one.value });
  });
  fill(holder, h("div", { class: "seg", role: "group", "aria-label": "看哪几天" }, buttons), one);
}
