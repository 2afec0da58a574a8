// @ts-check
/** The layer on the map, what is wrong with it marked by numbers. */

import { h } from "./dom.js";
import { synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";

/** @typedef {{select: (mark: number|null) => void, remove: () => void}} ImportMap */

/** Box around all coordinates. @param {any[]} geometries */
export function boxOf(geometries) {
  const box = [180, 90, -180, -90];
  const walk = (/** @type {any} */ at) => {
    if (!at) return;
    if (typeof at[0] === "number") {
      box[0] = Math.min(box[0], at[0]);
      box[1] = Math.min(box[1], at[1]);
      box[2] = Math.max(box[2], at[0]);
      box[3] = Math.max(box[3], at[1]);
    } else at.forEach(walk);
  };
  for (const geometry of geometries) walk(geometry?.coordinates);
  return box[0] <= box[2] ? box : null;
}

const inChina = (/** @type {number[]|null} */ box) =>
  box && box[0] > 70 && box[2] < 140 && box[1] > 0 && box[3] < 56 && box[2] - box[0] < 6;

/**
 * @param {HTMLElement} holder
 * @param {{me: any, row: any, shapes: any, choose: (mark: number) => void}} options
 * @returns {Promise<ImportMap>}
 */
export async function importMap(holder, { me, row, shapes, choose }) {
  const marks = row.marks.features;
  const geometries = [...shapes.layer.features, ...marks].map((/** @type {any} */ feature) => feature.geometry);
  const own = boxOf(geometries);
  const bounds = inChina(own) ? own : boxOf([shapes.county]) ?? [114, 26.5, 115.5, 27.8];
  synthetic(holder);
  const view = await open(holder, {
    me,
    ground: () => groundOf(row.unit),
    bounds: /** @type {number[]} */ (bounds),
    label: "问题在地图上的位置",
    padding: 46,
  });
  await view.ready;
  const { map, token } = view;
  zoom(holder, map, /** @type {number[]} */ (bounds), 46);
  map.addSource("layer", { type: "geojson", data: shapes.layer });
  map.addSource("grounds", { type: "geojson", data: { type: "FeatureCollection", features: marks } });
  map.addLayer({ id: "layer-fill", type: "fill", source: "layer", filter: polygons, paint: { "fill-color": token("main"), "fill-opacity": 0.08 } });
  map.addLayer({ id: "layer-line", type: "line", source: "layer", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": token("main"), "line-width": 2 } });
  map.addLayer({ id: "layer-point", type: "circle", source: "layer", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": token("main"), "circle-radius": 4 } });
  const ground = (/** @type {string} */ form) => /** @type {any} */ (["all", polygons, ["==", ["get", "role"], "ground"], ["==", ["get", "form"], form]]);
  map.addLayer({ id: "overlap", type: "fill", source: "grounds", filter: ground("overlap"), paint: { "fill-pattern": "hatch-alarm" } });
  map.addLayer({ id: "overlap-line", type: "line", source: "grounds", filter: ground("overlap"), paint: { "line-color": token("danger"), "line-width": 3 } });
  map.addLayer({ id: "gap", type: "fill", source: "grounds", filter: ground("gap"), paint: { "fill-color": token("warn"), "fill-opacity": 0.6 } });
  map.addLayer({ id: "lost", type: "circle", source: "grounds", filter: /** @type {any} */ (["all", ["==", ["geometry-type"], "Point"], ["==", ["get", "role"], "ground"]]), paint: { "circle-radius": 6, "circle-opacity": 0, "circle-stroke-color": token("danger"), "circle-stroke-width": 3 } });
  /** @type {Record<number, HTMLElement>} */
  const plates = {};
  for (const feature of marks) {
    if (feature.properties.role !== "mark") continue;
    const { mark, level } = feature.properties;
    const press = () => choose(mark);
    plates[mark] = h("button", { type: "button", class: `import-mark ${level}`, "aria-label": `问题 ${mark}`, on: { click: press } }, mark);
    new view.Marker({ element: plates[mark] }).setLngLat(feature.geometry.coordinates).addTo(map);
  }
  legend(holder, marks);
  return {
    select(mark) {
      for (const [number, plate] of Object.entries(plates)) plate.classList.toggle("is-chosen", Number(number) === mark);
      const feature = marks.find((/** @type {any} */ one) => one.properties.mark === mark && one.properties.role === "mark");
      if (feature) map.easeTo({ center: feature.geometry.coordinates, duration: 300 });
    },
    remove: () => map.remove(),
  };
}

const polygons = /** @type {any} */ (["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false]);

/** Only what is on the map is explained. @param {HTMLElement} holder @param {any[]} marks */
function legend(holder, marks) {
  const has = (/** @type {(p: any) => boolean} */ test) => marks.some((one) => one.properties.role === "ground" && test(one.properties));
  const lines = [
    has((p) => p.form === "overlap") && ["overlap", "两村重叠"],
    has((p) => p.form === "gap") && ["gap-ground", "两村之间有缝"],
    has((p) => p.code === "BuildingWithoutVillage") && ["lost", "房屋在村外"],
  ].filter(Boolean);
  if (!lines.length) return;
  const rows = lines.map((line) => {
    const [kind, word] = /** @type {string[]} */ (line);
    return h("div", { class: "row" }, h("i", { class: `sw ${kind}` }), word);
  });
  holder.append(h("div", { class: "legend panel import-legend" }, rows));
}
