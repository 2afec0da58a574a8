// @ts-check
/** What stands on every map: zoom, the two views, the line that says the borders are made up. */

import { button, fill, h, icon } from "../dom.js";

/** @param {HTMLElement} holder @param {any} map @param {number[]} bounds @param {any} [padding] */
export function zoom(holder, map, bounds, padding = 24) {
  const square = { class: "btn square" };
  holder.append(
    h(
      "div",
      { class: "map-zoom" },
      button("＋", { ...square, "aria-label": "放大", act: () => map.zoomIn() }),
      button("－", { ...square, "aria-label": "缩小", act: () => map.zoomOut() }),
      h(
        "button",
        {
          type: "button",
          ...square,
          "aria-label": "看全部",
          title: "看全部",
          on: { click: () => map.fitBounds(bounds, { padding }) },
        },
        icon("home"),
      ),
    ),
  );
}

/** The line every map of made-up or draft borders carries. @param {HTMLElement} holder @param {string} [text] */
export function synthetic(holder, text = "边界、道路、房屋为合成示意，不代表真实界线") {
  const { synthetic: isMadeUp, unofficial } = document.documentElement.dataset;
  const said = [isMadeUp && text, unofficial && "部分村界是草案，非官方"].filter(Boolean).join("；");
  if (said) holder.append(h("p", { class: "synthetic" }, said));
}

/**
 * 地图 and 表格: two views of the same rows.
 * @param {HTMLElement} holder @param {(view: "map"|"table") => void} show
 */
export function views(holder, show) {
  const buttons = /** @type {const} */ ([
    ["map", "map", "地图"],
    ["table", "list", "表格"],
  ]).map(([view, name, word]) =>
    button(word, {
      icon: name,
      class: "",
      "aria-pressed": view === "map",
      data: { view },
      act: () => choose(view),
    }),
  );
  let current = "map";
  /** @param {"map"|"table"} view */
  const choose = (view) => {
    current = view;
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.view === view));
    show(view);
  };
  fill(holder, h("div", { class: "seg", role: "group", "aria-label": "怎么看" }, buttons));
  return { toggle: () => choose(current === "map" ? "table" : "map"), choose };
}

/**
 * @param {HTMLElement} holder
 * @param {Array<[Node|string, string]>} rows swatch and word
 * @param {string} [foot]
 */
export function legend(holder, rows, foot = "") {
  holder.append(
    h(
      "div",
      { class: "panel map-legend" },
      h(
        "ul",
        { class: "legend", "aria-label": "图例" },
        rows.map(([swatch, word]) => h("li", { class: "row" }, swatch, word)),
      ),
      foot && h("p", { class: "foot t2 small" }, foot),
    ),
  );
}

/** @param {string} kind class of a swatch */
export function swatch(kind) {
  return h("i", { class: `sw ${kind}` });
}
