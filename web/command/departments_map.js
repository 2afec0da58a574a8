// @ts-check
/** Department cells over the borders of the grids: colour says how well a cell fits, a thick line which one is chosen. */

import { h } from "./dom.js";
import { boxOf } from "./import_map.js";
import { synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";

/** @typedef {{select: (cell: string, grid: string) => void, pan: (x: number, y: number) => void, zoom: (step: 1|-1) => void, remove: () => void}} DepartmentMap */

const PALE = ["grid-value", "grid-hatch", "grid-alarm", "grid-touch", "grid-halo", "grid-line", "grid-alarm-line", "grid-selected"];
const STEP_PX = 120;
const FILLS = /** @type {const} */ ([["within", "全在一个网格里", "ok"], ["main", "主要在一个网格里", "main"], ["rest", "没对上", "danger"]]);

/**
 * @param {HTMLElement} holder
 * @param {{me: any, layer: any, shapes: any, choose: (cell: string) => void}} options
 * @returns {Promise<DepartmentMap>}
 */
export async function departmentMap(holder, { me, layer, shapes, choose }) {
  const all = [...shapes.cells.features, ...shapes.grids.features];
  const bounds = boxOf(all.map((feature) => feature.geometry)) ?? me.bounds;
  if (layer.synthetic || document.documentElement.dataset.synthetic)
    holder.append(h("p", { class: "synthetic" }, layer.synthetic ? "部门网格和边界为合成示意" : "边界为合成示意"));
  else synthetic(holder);
  holder.append(legend(shapes.cells.features));
  const view = await open(holder, { me, ground: () => groundOf(layer.unit), bounds, label: `${layer.department}网格和综合网格。旁边的表里有同样的内容。`, padding: 30 });
  await view.ready;
  const { map, token } = view;
  zoom(holder, map, bounds, 30);
  for (const id of PALE) map.setLayoutProperty(id, "visibility", "none");
  map.addSource("cells", { type: "geojson", data: shapes.cells });
  map.addSource("ours", { type: "geojson", data: shapes.grids });
  const fit = /** @type {any} */ (["match", ["get", "role"], ...FILLS.flatMap(([role, , colour]) => [role, token(colour)]), token("text-3")]);
  const none = /** @type {any} */ (["==", ["get", "code"], ""]);
  map.addLayer({ id: "cell-fill", type: "fill", source: "cells", paint: { "fill-color": fit, "fill-opacity": 0.24 } });
  map.addLayer({ id: "cell-line", type: "line", source: "cells", paint: { "line-color": token("text"), "line-width": 1.4 } });
  map.addLayer({ id: "our-line", type: "line", source: "ours", paint: { "line-color": token("map-grid"), "line-width": 2, "line-dasharray": [3, 2] } });
  map.addLayer({ id: "our-chosen", type: "line", source: "ours", filter: none, paint: { "line-color": token("main"), "line-width": 4 } });
  map.addLayer({ id: "cell-chosen", type: "line", source: "cells", filter: none, paint: { "line-color": token("focus"), "line-width": 4 } });
  map.on("click", "cell-fill", (/** @type {any} */ event) => choose(String(event.features[0].properties.code)));
  map.on("mouseenter", "cell-fill", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "cell-fill", () => (map.getCanvas().style.cursor = ""));
  return {
    select(cell, grid) {
      map.setFilter("cell-chosen", ["==", ["get", "code"], cell]);
      map.setFilter("our-chosen", ["==", ["get", "code"], grid]);
      const shown = all.filter(({ properties: { code } }) => code && (code === cell || (!cell && code === grid)));
      const box = boxOf(shown.map((feature) => feature.geometry));
      if (box) view.show(box);
    },
    pan: (x, y) => void map.panBy([x * STEP_PX, y * STEP_PX]),
    zoom: (step) => void (step > 0 ? map.zoomIn() : map.zoomOut()),
    remove: () => map.remove(),
  };
}

/** Only what is on the map is explained. @param {any[]} cells */
function legend(cells) {
  const seen = FILLS.filter(([role]) => cells.some((cell) => cell.properties.role === role));
  const rows = seen.map(([role, word]) => h("div", { class: "row" }, h("i", { class: `sw ${role}` }), word));
  return h("div", { class: "legend panel" }, rows, h("div", { class: "row" }, h("i", { class: "sw border" }), "综合网格的边界"));
}
