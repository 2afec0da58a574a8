// @ts-check
/** Draws the rows of a long table that are in sight, and room for the others. A short table is drawn whole. */

import { fill, h } from "./dom.js";

const WHOLE = 200; // so many rows cost nothing
const AROUND = 12; // rows above and below what is in sight
const GUESS_PX = 45;

/**
 * @template Row
 * @param {HTMLElement} box what scrolls
 * @param {HTMLElement} body
 * @param {{columns: number, line: (row: Row, index: number) => HTMLElement}} options
 */
export function stretch(box, body, { columns, line }) {
  /** @type {Row[]} */
  let rows = [];
  let height = GUESS_PX;
  let from = -1;
  const above = room(columns);
  const below = room(columns);

  const draw = () => {
    if (rows.length <= WHOLE) {
      from = -1;
      fill(body, rows.map(line));
      return;
    }
    const first = Math.max(0, Math.floor(box.scrollTop / height) - AROUND);
    const last = Math.min(rows.length, Math.ceil((box.scrollTop + (box.clientHeight || 600)) / height) + AROUND);
    from = first;
    fill(body, above.row, rows.slice(first, last).map((row, i) => line(row, first + i)), below.row);
    above.size(first * height);
    below.size((rows.length - last) * height);
    const drawn = /** @type {HTMLElement|null} */ (body.querySelector("tr[data-key]"))?.offsetHeight;
    if (drawn) height = drawn;
  };

  box.addEventListener("scroll", () => {
    const first = Math.max(0, Math.floor(box.scrollTop / height) - AROUND);
    if (rows.length > WHOLE && Math.abs(first - from) >= AROUND / 2) draw();
  });

  return {
    /** @param {Row[]} next */
    put(next) {
      rows = next;
      draw();
    },
    /** Scroll to where a row that is not drawn would stand. @param {number} index */
    bring(index) {
      if (index < 0 || rows.length <= WHOLE) return;
      box.scrollTop = Math.max(0, index * height - box.clientHeight / 2);
      draw();
    },
  };
}

/** @param {number} columns */
function room(columns) {
  const cell = h("td", { colspan: columns });
  return {
    row: h("tr", { class: "room", "aria-hidden": "true" }, cell),
    size: (/** @type {number} */ px) => (cell.style.height = `${px}px`),
  };
}
