// @ts-check
/** A table whose rows can be chosen by mouse and keys, the same rows as the map beside it. Very long ones are drawn where one looks. */

import { fill, h } from "./dom.js";
import { stretch } from "./table_window.js";

/**
 * @template Row
 * @param {HTMLElement} holder
 * @param {{columns: Array<{name: string, class?: string, draw: (row: Row) => any}>, key: (row: Row) => string,
 *   label: string, choose: (row: Row) => void, press?: (row: Row) => void, open: (row: Row) => void,
 *   foot?: (rows: Row[]) => any}} options ``choose`` by the arrow keys; ``press`` by the mouse, as ``choose`` unless said
 */
export function table(holder, { columns, key, label, choose, press, open, foot }) {
  /** @type {Row[]} */
  let rows = [];
  let chosen = "";
  const body = h("tbody");
  const end = h("p", { class: "table-foot t2 small" });
  const whole = h(
    "table",
    { "aria-label": label },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        columns.map((column) => h("th", { class: column.class, scope: "col" }, column.name)),
      ),
    ),
    body,
  );
  const box = h("div", { class: "table-scroll" }, whole);
  fill(holder, box, foot && end);

  /** @param {Row} row @param {number} index */
  const line = (row, index) =>
    h(
      "tr",
      {
        tabindex: 0,
        data: { key: key(row) },
        "aria-rowindex": index + 2,
        "aria-selected": key(row) === chosen,
        on: {
          click: (/** @type {MouseEvent} */ event) => {
            if (/** @type {HTMLElement} */ (event.target).closest("a, button, input")) return;
            select(key(row));
            (press ?? choose)(row);
          },
          dblclick: () => open(row),
          keydown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Enter" && event.target === event.currentTarget) open(row);
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              move(event.key === "ArrowDown" ? 1 : -1);
            }
          },
        },
      },
      columns.map((column) => h("td", { class: column.class }, column.draw(row))),
    );

  const shown = stretch(box, body, { columns: columns.length, line });
  const rowOf = (/** @type {string} */ code) =>
    /** @type {HTMLElement|null} */ (body.querySelector(`tr[data-key="${CSS.escape(code)}"]`));

  /** @param {string} code */
  const select = (code) => {
    chosen = code;
    for (const one of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("tr[data-key]")))
      one.setAttribute("aria-selected", String(one.dataset.key === chosen));
    reveal();
  };

  /** Bring the chosen row into the table's own window; the page itself stays where it is. */
  const reveal = () => {
    if (!rowOf(chosen)) shown.bring(rows.findIndex((row) => key(row) === chosen));
    const row = rowOf(chosen)?.getBoundingClientRect();
    if (!row) return;
    const { top, bottom } = box.getBoundingClientRect();
    const head = body.previousElementSibling?.getBoundingClientRect().height ?? 0;
    if (row.top < top + head) box.scrollTop += row.top - top - head;
    else if (row.bottom > bottom) box.scrollTop += row.bottom - bottom;
  };

  /** @param {1|-1} step */
  const move = (step) => {
    if (!rows.length) return;
    const at = rows.findIndex((row) => key(row) === chosen);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))] ?? rows[0];
    select(key(next));
    choose(next);
    const focused = rowOf(chosen);
    if (focused?.offsetParent) focused.focus();
  };

  return {
    select,
    reveal,
    move,
    /** @param {Row[]} next */
    put(next) {
      const focused = /** @type {HTMLElement|null} */ (document.activeElement)?.closest?.("tr[data-key]");
      const held = focused && body.contains(focused) ? /** @type {HTMLElement} */ (focused).dataset.key : "";
      rows = next;
      whole.setAttribute("aria-rowcount", String(next.length + 1));
      shown.put(next);
      if (foot) fill(end, foot(next));
      if (held) rowOf(held)?.focus();
    },
    chosen: () => rows.find((row) => key(row) === chosen),
    rows: () => rows,
  };
}
