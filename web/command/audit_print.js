// @ts-check
/** What paper needs and a screen does not: the map as a picture, and every row of the table. */

import { fill, h } from "./dom.js";
import { gradeWords } from "./coverage_table.js";
import { hectares, percent } from "./coverage_words.js";
import { date, when } from "./time.js";

const HEAD = ["网格", "走到", "公顷", "必到点", "最长空档", "证据"];

/**
 * @param {{picture: HTMLElement, rows: HTMLElement, view: () => import("./map/view.js").View|undefined, grids: () => any[]}} parts
 */
export function printable({ picture, rows, view, grids }) {
  addEventListener("beforeprint", () => {
    fill(rows, sheet(grids()));
    const map = view()?.map;
    if (!map) return;
    map.redraw(); // a drawing is read in the same turn or not at all
    const bounds = map.getBounds();
    const wide = bounds.getSouthWest().distanceTo(bounds.getSouthEast()) / 1000;
    fill(
      picture,
      h("img", { src: map.getCanvas().toDataURL("image/png"), alt: "覆盖图" }),
      h("p", {}, `上北下南，图宽约 ${wide.toFixed(1)} 千米。打印于 ${date(Date.now())} ${when(Date.now())}。`),
    );
  });
  addEventListener("afterprint", () => {
    fill(rows);
    fill(picture);
  });
}

/** @param {any[]} grids */
function sheet(grids) {
  /** @param {any} grid */
  const line = (grid) => [
    grid.name,
    percent(grid.share),
    `${hectares(grid.seen_m2)} / ${hectares(grid.ground_m2)}`,
    grid.places_due ? `${grid.places_reached} / ${grid.places_due}` : "—",
    `${grid.longest_gap_days} 天`,
    gradeWords(grid.evidence) || "—",
  ];
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, HEAD.map((word) => h("th", { scope: "col" }, word)))),
    h("tbody", {}, grids.map((grid) => h("tr", {}, line(grid).map((words) => h("td", {}, words))))),
  );
}
