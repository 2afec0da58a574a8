// @ts-check
/** One grid drawn large: what was seen of its ground, what could not be entered, what was not recorded, what nothing tells of. */

import { h } from "./dom.js";
import { GRADES } from "./coverage_words.js";
import { synthetic } from "./map/controls.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 260;
const PAD = 14;
const LAYERS = /** @type {Array<[string, string]>} */ ([
  ["fields", "fields"],
  ["water", "water"],
  ["barriers", "line"],
  ["buildings", "houses"],
]);

/** @param {string} tag @param {Record<string, string|number>} attributes @param {...(Node|string)} children */
function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {any} geometry @returns {any[]} rings and lines, whatever they belong to */
function strings(geometry) {
  const { type, coordinates, geometries } = geometry;
  if (type === "GeometryCollection") return geometries.flatMap(strings);
  if (type === "MultiPolygon") return coordinates.flat();
  if (type === "Polygon" || type === "MultiLineString") return coordinates;
  return type === "LineString" ? [coordinates] : [];
}

/** @param {any} geometry @returns {number[]} west, south, east, north */
function boxOf(geometry) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of strings(geometry).flat()) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

/**
 * @param {any} found why, as the API says it
 * @param {any} layers our own ground, or null
 */
export function whyMap(found, layers) {
  const [west, south, east, north] = boxOf(found.outline);
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = Math.min(
    (WIDTH - 2 * PAD) / ((east - west) * shrink),
    (HEIGHT - 2 * PAD) / (north - south),
  );
  const left = (WIDTH - (east - west) * shrink * scale) / 2;
  const top = (HEIGHT - (north - south) * scale) / 2;
  /** @param {number[]} at */
  const put = ([lon, lat]) => [left + (lon - west) * shrink * scale, top + (north - lat) * scale];
  /** @param {any} geometry */
  const path = (geometry) =>
    strings(geometry)
      .map((string) => `M${string.map((/** @type {number[]} */ at) => put(at).map((v) => v.toFixed(1)).join(" ")).join("L")}`)
      .join("");

  const edge = (PAD * 2) / scale;
  const isNear = (/** @type {any} */ feature) => {
    const [w, s, e, n] = boxOf(feature.geometry);
    return w < east + edge && e > west - edge && s < north + edge && n > south - edge;
  };
  const around = LAYERS.flatMap(([name, kind]) =>
    (layers?.[name]?.features ?? [])
      .filter(isNear)
      .map((/** @type {any} */ one) =>
        shape("path", { class: `why-${kind} ${kind === "line" ? one.properties.kind : ""}`, d: path(one.geometry) }),
      ),
  );
  const parts = found.parts
    .filter((/** @type {any} */ part) => part.geometry)
    .map((/** @type {any} */ part) => shape("path", { class: `part ${part.kind}`, "fill-rule": "evenodd", d: path(part.geometry) }));
  const drawn = shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${found.name}里走到和没走到的地。右边有同样的数。` },
    patterns(),
    ...around,
    ...parts,
    shape("path", { class: "edge", d: path(found.outline) }),
    ...found.places.map((/** @type {any} */ place) => mark(place, put([place.lon, place.lat]))),
    ruler(scale),
  );
  const holder = h("div", { class: "map why-map" });
  holder.append(drawn);
  synthetic(holder, "合成示意");
  return holder;
}

function patterns() {
  const square = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  return shape(
    "defs",
    {},
    shape(
      "pattern",
      { id: "why-none", ...square, patternTransform: "rotate(45)" },
      shape("rect", { class: "ground", width: 6, height: 6 }),
      shape("path", { class: "stroke", d: "M0 0v6" }),
    ),
  );
}

/** @param {any} place @param {number[]} at */
function mark(place, [x, y]) {
  const kind = place.grade ? "reached" : place.due ? "missed" : "spare";
  const sign = place.grade ? "M-3 0l2 3 4-6" : "M-3-3l6 6M3-3l-6 6";
  const near = x > WIDTH * 0.6 ? { x: -10, "text-anchor": "end" } : { x: 10 };
  const state = place.grade ? `${place.grade} ${GRADES[place.grade]}` : "未到";
  return shape(
    "g",
    { class: `place ${kind}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    shape("title", {}, `${place.name}：${state}`),
    shape("circle", { r: 7 }),
    shape("path", { d: sign }),
    shape("text", { class: "lbl", y: 4, ...near }, place.name),
  );
}

/** @param {number} scale pixels a degree of latitude */
function ruler(scale) {
  const pixels = scale / 111_320; // a metre
  const metres = [50, 100, 200, 500, 1000, 2000].findLast((m) => m * pixels < WIDTH / 3) ?? 50;
  const end = WIDTH - 8;
  const start = end - metres * pixels;
  return shape(
    "g",
    { class: "ruler" },
    shape("path", { d: `M${start.toFixed(1)} ${HEIGHT - 12}v5H${end}v-5` }),
    shape("text", { x: (start + end) / 2, y: HEIGHT - 14, "text-anchor": "middle" }, `${metres} 米`),
  );
}
