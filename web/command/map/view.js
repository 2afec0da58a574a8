// @ts-check
/** One map: our own ground, the published grids, and a way to say things about a grid. Loaded after the page is painted. */

import { h, icon } from "../dom.js";
import { get } from "../http.js";
import { scale } from "./scale.js";
import { GROUND, style } from "./style.js";
import { dots, hatch, reader } from "./tokens.js";

const LAYER = { source: "plan", sourceLayer: "grids" };
const WORDS = { "Map.Title": "地图" };

/** @typedef {Awaited<ReturnType<typeof open>>} View */

/** The drawing engine and its style sheet, asked for once and only when a map is really shown. */
async function engine() {
  if (!document.querySelector("link[data-map]")) {
    const sheet = Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      href: "/static/vendor/maplibre-gl/maplibre-gl.css",
    });
    sheet.dataset.map = "";
    document.head.append(sheet);
  }
  return import("maplibre-gl");
}

/**
 * @param {HTMLElement} holder an element of class `map`
 * @param {{me: any, ground: () => Promise<any>, bounds: number[], label: string, padding?: any,
 *   onGrid?: (code: string) => void}} options
 */
export async function open(holder, { me, ground, bounds, label, padding = 24, onGrid }) {
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  const { Map, Marker, LngLatBounds } = await engine();
  const stage = document.createElement("div");
  stage.className = "stage";
  holder.prepend(stage);
  const token = reader(holder);
  const tiles = new URL(me.tiles.replace("{version}", me.tiles_version), location.href).href
    .replaceAll("%7B", "{")
    .replaceAll("%7D", "}");
  const labelSize = Math.max(12, parseFloat(getComputedStyle(holder).fontSize) - 1);
  const map = new Map({
    container: stage,
    style: style(token, { tiles, labelSize, gridsFrom: me.grids_from }),
    bounds: /** @type {any} */ (bounds),
    fitBoundsOptions: { padding },
    attributionControl: false,
    dragRotate: false,
    touchPitch: false,
    pitchWithRotate: false,
    maxZoom: 18,
    minZoom: 8,
    fadeDuration: 0,
    locale: WORDS,
    refreshExpiredTiles: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addImage("hatch-alarm", hatch({ stroke: token("danger"), width: 3 }), { pixelRatio: 2 });
  map.addImage("hatch-least", hatch({ stroke: token("cov-hatch"), width: 2.5, step: 14 }), { pixelRatio: 2 });
  map.addImage("dots", dots({ ink: token("map-grid") }), { pixelRatio: 2 });
  const canvas = map.getCanvas();
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  scale(map, holder);
  const loaded = new Promise((done) => map.once("load", done));
  const ready = Promise.all([ground().catch(() => null), loaded]).then(([layers]) => {
    if (layers) {
      for (const name of GROUND) if (layers[name]) source(map, name).setData(layers[name]);
      source(map, "names").setData(nameplates(layers.villages));
    } else
      holder.append(
        h("p", { class: "map-note note warn", role: "status" }, icon("warn"), "底图没读出来。网格、人和上报照常。"),
      );
    holder.dataset.ready = "true";
    return layers;
  });
  listen(map, onGrid);
  stayWhole(map, bounds, padding);
  return { map, Marker, LngLatBounds, ready, token, holder, ...painter(map) };
}

/** Until somebody moves the map it shows all of its ground, however the page is laid out. @param {any} map @param {any} bounds @param {any} padding */
function stayWhole(map, bounds, padding) {
  let isOurs = false;
  let isTouched = false;
  map.on("movestart", () => (isTouched ||= !isOurs));
  map.on("resize", () => {
    if (isTouched) return;
    isOurs = true;
    map.fitBounds(bounds, { padding, duration: 0 });
    isOurs = false;
  });
}

/** @param {any} map @param {string} name @returns {any} */
export function source(map, name) {
  return map.getSource(name);
}

/** What is known of grids, told to the painter without touching a tile. @param {any} map */
function painter(map) {
  let selected = "";
  /** @param {string} code @param {Record<string, any>} state */
  const say = (code, state) => map.setFeatureState({ ...LAYER, id: code }, state);
  return {
    say,
    /** @param {string} code */
    select(code) {
      if (selected) say(selected, { isSelected: false });
      selected = code;
      if (code) say(code, { isSelected: true });
    },
    /** @param {number[]} box west, south, east, north @param {number} [maxZoom] */
    show(box, maxZoom = 14.5) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      map.fitBounds(box, { padding: 80, maxZoom, duration: calm ? 0 : 300 });
    },
  };
}

/** @param {any} map @param {((code: string) => void)|undefined} onGrid */
function listen(map, onGrid) {
  let near = "";
  /** @param {string} code */
  const point = (code) => {
    if (code === near) return;
    if (near) map.setFeatureState({ ...LAYER, id: near }, { isNear: false });
    if (code) map.setFeatureState({ ...LAYER, id: code }, { isNear: true });
    near = code;
    map.getCanvas().style.cursor = code && onGrid ? "pointer" : "";
  };
  map.on("mousemove", "grid-touch", (/** @type {any} */ event) => point(String(event.features[0].id)));
  map.on("mouseleave", "grid-touch", () => point(""));
  if (onGrid) map.on("click", "grid-touch", (/** @type {any} */ event) => onGrid(String(event.features[0].id)));
}

/** A point for each village's name: the middle of its ground. @param {any} villages */
function nameplates(villages) {
  const features = (villages?.features ?? []).map((/** @type {any} */ village) => ({
    type: "Feature",
    properties: { name: calledName(village.properties.name) },
    geometry: { type: "Point", coordinates: village.properties.label ?? middle(village.geometry) },
  }));
  return { type: "FeatureCollection", features };
}

/** Our own base map of a unit. @param {string} unit */
export function groundOf(unit) {
  return get(`basemap/${unit}`);
}

/** What people say: 王屯村 for 王屯村村委会. @param {string} name */
export function calledName(name) {
  const short = name.replace(/(居民委员会|居委会)$/, "");
  return short.replace(/村?(村民委员会|村委会)$/, "村") || name;
}

/** The centroid of the largest ring. @param {any} geometry @returns {number[]} */
export function middle(geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  let best = { area: -1, lon: 0, lat: 0 };
  for (const [ring] of polygons) {
    let area = 0;
    let lon = 0;
    let lat = 0;
    const [x0, y0] = ring[0]; // near the ring itself, so that the products keep their digits
    for (let i = 1; i < ring.length; i += 1) {
      const [ax, ay, bx, by] = [ring[i - 1][0] - x0, ring[i - 1][1] - y0, ring[i][0] - x0, ring[i][1] - y0];
      const cross = ax * by - bx * ay;
      area += cross;
      lon += (ax + bx) * cross;
      lat += (ay + by) * cross;
    }
    if (Math.abs(area) > best.area)
      best = { area: Math.abs(area), lon: x0 + lon / (3 * area), lat: y0 + lat / (3 * area) };
  }
  return [best.lon, best.lat];
}
