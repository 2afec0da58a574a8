// @ts-check
/** Grids as rows, from the least seen up: what was seen of which ground, and by what evidence. Never a person. */

import { drawing, h, tag } from "./dom.js";
import { GRADES, hectares, percent } from "./coverage_words.js";
import { table } from "./table.js";

/** @param {HTMLElement} holder @param {{choose: (grid: any) => void, open: (grid: any) => void}} acts */
export function coverageTable(holder, { choose, open }) {
  /** @param {any} grid @param {string} words */
  const figure = (grid, words) =>
    h("button", { type: "button", class: "plain fig-link b", on: { click: () => open(grid) } }, words);
  return table(holder, {
    label: "网格，走到得少的在前",
    key: (/** @type {any} */ grid) => grid.code,
    choose,
    press: open,
    open,
    columns: [
      {
        name: "网格（由低到高）",
        draw: (grid) => [h("b", {}, grid.name), !grid.has_person && [" ", tag("danger", "people", "无责任人")]],
      },
      { name: "走到", class: "n", draw: (grid) => figure(grid, percent(grid.share)) },
      {
        name: "公顷",
        class: "n t2 nowrap",
        draw: (grid) => `${hectares(grid.seen_m2)} / ${hectares(grid.ground_m2)}${grid.is_whole_area ? " 整格" : ""}`,
      },
      {
        name: "必到点",
        class: "n nowrap",
        draw: (grid) => (grid.places_due ? figure(grid, `${grid.places_reached} / ${grid.places_due}`) : "—"),
      },
      { name: "最长空档", class: "n nowrap", draw: (grid) => `${grid.longest_gap_days} 天` },
      { name: "证据 A B C D", draw: (grid) => grades(grid.evidence) },
    ],
    foot: (all) => `共 ${all.length} 个网格。只按网格看，不按人排名。`,
  });
}

/** By which evidence key places were reached: a bar, and the same in words. @param {Record<string, number>} evidence */
export function grades(evidence) {
  const all = Object.values(evidence).reduce((sum, count) => sum + count, 0);
  if (!all) return h("span", { class: "t2" }, "没有到点记录");
  const said = gradeWords(evidence);
  let left = 0;
  const shapes = Object.entries(evidence)
    .filter(([, count]) => count)
    .map(([grade, count]) => {
      const width = (100 * count) / all;
      const shape = /** @type {[string, Record<string, string|number>]} */ ([
        "rect",
        { class: `grade-${grade.toLowerCase()}`, x: left, y: 0, width, height: 10 },
      ]);
      left += width;
      return shape;
    });
  const bar = drawing("0 0 100 10", shapes, "grades");
  bar.setAttribute("preserveAspectRatio", "none");
  return h("span", { class: "row mix", title: said }, bar, h("span", { class: "t2 small nowrap" }, brief(evidence)));
}

/** @param {Record<string, number>} evidence */
const brief = (evidence) =>
  Object.entries(evidence)
    .filter(([, count]) => count)
    .map(([grade, count]) => `${grade}${count}`)
    .join(" ");

/** @param {Record<string, number>} evidence */
export const gradeWords = (evidence) =>
  Object.entries(evidence)
    .filter(([, count]) => count)
    .map(([grade, count]) => `${grade} ${GRADES[grade]} ${count} 次`)
    .join("，");
