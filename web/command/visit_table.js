// @ts-check
/** Grids of a day as rows: visited or not, how often, from when to when. */

import { h, tag } from "./dom.js";
import { table } from "./table.js";
import { clock, lasting } from "./time.js";

/** @param {HTMLElement} holder @param {(grid: any) => void} choose */
export function visitTable(holder, choose) {
  return table(holder, {
    label: "网格，按村和编码排",
    key: (/** @type {any} */ grid) => grid.code,
    choose,
    open: choose,
    columns: [
      { name: "网格", draw: (grid) => h("b", {}, grid.name) },
      {
        name: "这一天",
        draw: (grid) =>
          grid.visited
            ? tag("ok", "ok", "走到了")
            : grid.has_person
              ? tag("warn", "gap", "没走到")
              : tag("danger", "people", "无责任人"),
      },
      {
        name: "走访",
        class: "n",
        draw: (grid) =>
          h(
            "button",
            { type: "button", class: "plain fig-link", on: { click: () => choose(grid) } },
            `${grid.visits} 次`,
          ),
      },
      { name: "最早", class: "n", draw: (grid) => (grid.first_at ? clock(grid.first_at) : "—") },
      { name: "最晚", class: "n", draw: (grid) => (grid.last_at ? clock(grid.last_at) : "—") },
      { name: "停留", class: "n t2", draw: (grid) => (grid.visited ? lasting(grid.duration_s) : "—") },
    ],
    foot: (all) => `${all.length} 个网格。只按网格看，不按人排名。`,
  });
}
