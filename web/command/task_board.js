// @ts-check
/** Open tasks by grid: nobody's and late ones on top; and what narrows the list down. */

import { button, fill, h, tag } from "./dom.js";
import { table } from "./table.js";

/** @typedef {{grid: string, gridName: string, line: string, only: ""|"late"|"nobodys"}} Narrow */

/** @param {HTMLElement} holder @param {(row: any) => void} open */
export function boardTable(holder, open) {
  /** @param {number} count @param {string} kind */
  const figure = (count, kind) => (count ? tag(kind, kind === "danger" ? "warn" : "wait", `${count} 件`) : "");
  return table(holder, {
    label: "各网格没办的任务",
    key: (/** @type {any} */ row) => row.grid,
    choose: () => undefined,
    press: open,
    open,
    columns: [
      { name: "网格", draw: (row) => h("b", {}, row.grid_name) },
      { name: "村", class: "t2", draw: (row) => row.village_name },
      { name: "没有责任人", draw: (row) => figure(row.without_person, "danger") },
      { name: "过了时间", draw: (row) => figure(row.overdue, "warn") },
      { name: "待办", draw: (row) => `${row.open} 件` },
    ],
    foot: (rows) => `${rows.length} 个网格有没办的任务`,
  });
}

/**
 * What the list is narrowed to, with a press to widen it again.
 * @param {HTMLElement} holder @param {Narrow} narrow @param {any} board @param {(next: Narrow) => void} changed
 */
export function narrowBar(holder, narrow, board, changed) {
  const line = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      {
        class: "field search-field",
        name: "line",
        "aria-label": "条线",
        on: { change: () => changed({ ...narrow, line: line.value }) },
      },
      h("option", { value: "" }, "所有条线"),
      board.lines.map((/** @type {string} */ name) => h("option", { value: name }, name)),
    )
  );
  line.value = narrow.line;
  /** @param {Narrow["only"]} only @param {string} word */
  const choice = (only, word) =>
    h(
      "button",
      { type: "button", "aria-pressed": narrow.only === only, on: { click: () => changed({ ...narrow, only }) } },
      word,
    );
  fill(
    holder,
    h(
      "div",
      { class: "seg", role: "group", "aria-label": "先看哪些" },
      choice("", "全部"),
      choice("nobodys", `没有责任人 ${board.without_person}`),
      choice("late", `过了时间 ${board.overdue}`),
    ),
    line,
    narrow.grid &&
      button(`只看${narrow.gridName}`, {
        class: "btn quiet slim",
        icon: "x",
        "aria-label": `不再只看${narrow.gridName}`,
        act: () => changed({ ...narrow, grid: "", gridName: "" }),
      }),
  );
}
