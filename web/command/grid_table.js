// @ts-check
/** The grids as rows: the same ones, in the same order, as on the map. Never people as rows. */

import { button, h, icon, tag } from "./dom.js";
import { accountable } from "./task_form.js";
import { table } from "./table.js";

/**
 * @param {HTMLElement} holder
 * @param {{choose: (grid: any) => void, open: (grid: any) => void, openReports: (grid: any) => void}} acts
 */
export function gridTable(holder, { choose, open, openReports }) {
  /** @type {Map<string, number>} */
  let walking = new Map();
  /** @type {Map<string, number>} */
  let reported = new Map();
  const lines = table(holder, {
    label: "网格",
    key: (/** @type {any} */ grid) => grid.code,
    choose,
    open,
    columns: [
      { name: "网格", draw: (grid) => h("b", {}, grid.name) },
      {
        name: "责任人",
        draw: (grid) => (grid.has_person ? accountable(grid)?.name : tag("danger", "people", "无责任人")),
      },
      { name: "电话", class: "num t2", draw: (grid) => accountable(grid)?.phone ?? "" },
      { name: "户数", class: "n", draw: (grid) => grid.households },
      { name: "正在巡查", draw: (grid) => (walking.has(grid.code) ? tag("main", "walk", "在巡查") : "") },
      {
        name: "两天内上报",
        class: "n",
        draw: (grid) => {
          const n = reported.get(grid.code) ?? 0;
          return n
            ? h("button", { type: "button", class: "plain fig-link", on: { click: () => openReports(grid) } }, n)
            : h("span", { class: "t3" }, "0");
        },
      },
      {
        name: "",
        class: "right",
        draw: (grid) => button("打开", { class: "btn quiet slim", act: () => open(grid) }),
      },
    ],
    foot: (rows) => [icon("list"), ` 共 ${rows.length} 个网格，和地图是同一份。`],
  });
  return {
    ...lines,
    /** @param {any[]} grids @param {any} frame */
    put(grids, frame) {
      walking = counted(frame.people);
      reported = counted(frame.reports);
      lines.put(grids);
    },
  };
}

/** How many rows each grid has. @param {any[]} rows @returns {Map<string, number>} */
function counted(rows) {
  const found = new Map();
  for (const { grid } of rows) found.set(grid, (found.get(grid) ?? 0) + 1);
  return found;
}

/** By a grid's name or code, a village, or the name of its person. @param {any} grid @param {string} words */
export function matches(grid, words) {
  if (!words) return true;
  return [grid.name, grid.code, grid.village, ...grid.persons.map((/** @type {any} */ person) => person.name)].some(
    (text) => String(text).includes(words),
  );
}
