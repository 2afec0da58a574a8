// @ts-check
/** The map of coverage: every grid in the colour of its class, in one pass, from one byte each. */

import { fill, h } from "./dom.js";
import { get } from "./http.js";
import { classOf, classWords, FREE, PENDING } from "./coverage_words.js";
import { swatch, synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";
import { unitOf } from "./page.js";

const FIGURES_AT_MOST = 5000;
const PADDING = { top: 110, right: 24, bottom: 44, left: 24 }; // room for the legend and the figure above
const GRIDS_FROM = 9; // the zoom whose tiles begin to hold grids
const NOTHING = "rgba(0,0,0,0)";

/** @type {Map<string, string[]>} codes by their digest, which never change */
const known = new Map();

/** Shares by code, in the order of codes. @param {{from: string, to: string}} days @returns {Promise<Map<string, number>>} */
export async function readShares(days) {
  const said = await get("coverage/shares", days);
  if (!known.has(said.codes)) known.set(said.codes, await get(`coverage/codes/${said.codes}`, { to: days.to }));
  const codes = /** @type {string[]} */ (known.get(said.codes));
  const bytes = atob(said.values);
  return new Map(codes.map((code, i) => [code, bytes.charCodeAt(i)]));
}

/**
 * @param {HTMLElement} holder @param {any} me
 * @param {{onGrid: (code: string) => void}} acts
 */
export async function coverageMap(holder, me, { onGrid }) {
  synthetic(holder, "边界为合成示意");
  const key = h("div", { class: "panel map-legend" });
  holder.append(key);
  const view = await open(holder, {
    me,
    ground: () => groundOf(unitOf(me)),
    bounds: me.bounds,
    padding: PADDING,
    label: "覆盖图：颜色和纹理表示要走的地里走到了多少。旁边的表里有同样的内容。",
    onGrid,
  });
  zoom(holder, view.map, me.bounds, PADDING);
  const far = h("p", { class: "map-note note", role: "status", hidden: true }, "放大一点，就看得到网格。");
  holder.append(far);
  const sayFar = () => (far.hidden = view.map.getZoom() >= GRIDS_FROM);
  view.map.on("zoomend", sayFar);
  sayFar();
  const colours = [0, 1, 2, 3, 4].map((at) => view.token(`cov-${at}`));
  const none = view.token("cov-none");

  /**
   * @param {Map<string, number>} shares @param {number[]} classes
   * @param {Set<string>|null} only grids to show, all if null
   */
  const paint = (shares, classes, only) => {
    for (const [code, share] of shares) {
      const isShown = !only || only.has(code);
      const at = share > 100 ? -1 : classOf(share, classes);
      view.say(code, {
        colour: !isShown || share === PENDING ? NOTHING : at < 0 ? none : colours[at],
        isLeast: isShown && at === 0,
        isFree: isShown && share === FREE,
      });
    }
    figures(shares, classes, only);
    fill(key, legend(shares, classes));
  };

  /** Grids of the lowest class carry their figure. @param {Map<string, number>} shares @param {number[]} classes @param {Set<string>|null} only */
  const figures = (shares, classes, only) => {
    const lowest = [...shares].filter(([code, share]) => classOf(share, classes) === 0 && (!only || only.has(code)));
    const words = Object.fromEntries(lowest.slice(0, FIGURES_AT_MOST).map(([code, share]) => [code, `${share}%`]));
    view.map.setLayoutProperty("grid-figures", "text-field", [
      "coalesce",
      ["get", ["get", "code"], ["literal", words]],
      "",
    ]);
  };
  return { view, paint };
}

/** @param {Map<string, number>} shares @param {number[]} classes */
function legend(shares, classes) {
  const counts = /** @type {Map<number, number>} */ (new Map());
  for (const share of shares.values()) {
    const at = share > 100 ? share : classOf(share, classes);
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  const rows = classes
    .map((_, i) => classes.length - i)
    .concat(0)
    .map((at) => [`cov-${at}`, classWords(at, classes), counts.get(at) ?? 0]);
  rows.push(["free", "没有要走的地", counts.get(FREE) ?? 0]);
  if (counts.get(PENDING)) rows.push(["", "还没算", counts.get(PENDING) ?? 0]);
  return [
    h("b", {}, "走到的地"),
    h(
      "ul",
      { class: "legend", "aria-label": "图例" },
      rows.map(([kind, word, count]) =>
        h(
          "li",
          { class: "row" },
          swatch(String(kind)),
          h("span", { class: "grow" }, word),
          h("span", { class: "t2 num" }, `${count} 个`),
        ),
      ),
    ),
  ];
}
