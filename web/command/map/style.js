// @ts-check
/** What the map draws, from the ground up: land, contours, fields, water, roads, houses, grids, villages, names. */

const EMPTY = { type: "FeatureCollection", features: [] };
export const GROUND = ["villages", "contours", "fields", "water", "barriers", "buildings", "place_groups"];
const FONT = ["PingFang SC Bold", "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"];

/** @param {string[]} kinds */
const kindIs = (kinds) => ["in", ["get", "kind"], ["literal", kinds]];
const STREAMS = ["stream", "river", "canal"];
const MAIN_ROADS = ["main_road"];
const PATHS = ["path", "footpath"];

/** Wider as one comes nearer. @param {number} far @param {number} near */
const grow = (far, near) => ["interpolate", ["exponential", 1.6], ["zoom"], 11, far, 16, near];

/**
 * @param {(name: string) => string} token
 * @param {{tiles: string, labelSize: number}} options
 * @returns {any} a MapLibre style
 */
export function style(token, { tiles, labelSize }) {
  const geojson = Object.fromEntries(GROUND.map((name) => [name, { type: "geojson", data: EMPTY }]));
  return {
    version: 8,
    sources: {
      ...geojson,
      names: { type: "geojson", data: EMPTY },
      plan: { type: "vector", tiles: [tiles], minzoom: 8, maxzoom: 14, promoteId: { grids: "code", villages: "code" } },
    },
    layers: [...ground(token), ...roads(token), ...divisions(token), ...names(token, labelSize)],
  };
}

/** @param {(name: string) => string} token */
function ground(token) {
  return [
    { id: "out", type: "background", paint: { "background-color": token("map-out") } },
    { id: "township", type: "line", source: "villages", layout: { "line-join": "round" }, paint: { "line-color": token("map-village"), "line-width": grow(5, 7) } },
    { id: "land", type: "fill", source: "villages", paint: { "fill-color": token("map-land"), "fill-antialias": false } },
    { id: "contours", type: "line", source: "contours", paint: { "line-color": token("map-contour"), "line-width": grow(0.8, 1.4) } },
    { id: "fields", type: "fill", source: "fields", minzoom: 12, paint: { "fill-color": token("map-field"), "fill-outline-color": token("map-field-line") } },
    { id: "water", type: "fill", source: "water", paint: { "fill-color": token("map-water"), "fill-outline-color": token("map-water-line") } },
    { id: "water-lines", type: "line", source: "water", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": token("map-water"), "line-width": grow(2, 9) } },
    { id: "streams", type: "line", source: "barriers", filter: kindIs(STREAMS), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": token("map-water"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, ["+", 1, ["*", 3, ["coalesce", ["get", "strength"], 0.5]]], 16, ["+", 3, ["*", 11, ["coalesce", ["get", "strength"], 0.5]]]] } },
  ];
}

/** Two passes, the case under the fill, so that crossings stay open. @param {(name: string) => string} token */
function roads(token) {
  const layout = { "line-cap": "round", "line-join": "round" };
  const main = kindIs(MAIN_ROADS);
  const lane = ["!", kindIs([...STREAMS, ...MAIN_ROADS, ...PATHS])];
  return [
    { id: "lane-case", type: "line", source: "barriers", minzoom: 12.5, filter: lane, layout, paint: { "line-color": token("map-road-case"), "line-width": grow(1.4, 6) } },
    { id: "main-case", type: "line", source: "barriers", filter: main, layout, paint: { "line-color": token("map-main-case"), "line-width": grow(3.2, 11) } },
    { id: "path", type: "line", source: "barriers", minzoom: 13, filter: kindIs(PATHS), paint: { "line-color": token("map-road-case"), "line-width": grow(0.8, 2), "line-dasharray": [3, 2] } },
    { id: "lane", type: "line", source: "barriers", filter: lane, layout, paint: { "line-color": token("map-road"), "line-width": grow(0.7, 4) } },
    { id: "main", type: "line", source: "barriers", filter: main, layout, paint: { "line-color": token("map-main"), "line-width": grow(2, 8) } },
    { id: "houses", type: "fill", source: "buildings", paint: { "fill-color": token("map-house") } },
    { id: "house-edges", type: "line", source: "buildings", maxzoom: 14, paint: { "line-color": token("map-house"), "line-width": 0.6 } },
  ];
}

/** Grids and villages come as tiles; what is known of a grid is painted on by feature-state. @param {(name: string) => string} token */
function divisions(token) {
  const grids = { source: "plan", "source-layer": "grids" };
  const borders = { source: "plan", "source-layer": "borders" };
  /** @param {string} key @param {number} shown */
  const when = (key, shown) => ["case", ["boolean", ["feature-state", key], false], shown, 0];
  return [
    { id: "grid-value", type: "fill", ...grids, paint: { "fill-color": ["to-color", ["coalesce", ["feature-state", "colour"], "rgba(0,0,0,0)"]], "fill-opacity": 0.82 } },
    { id: "grid-hatch", type: "fill", ...grids, paint: { "fill-pattern": "hatch-soft", "fill-opacity": when("isHatched", 1) } },
    { id: "grid-alarm", type: "fill", ...grids, paint: { "fill-pattern": "hatch-alarm", "fill-opacity": when("isAlarm", 1) } },
    { id: "grid-touch", type: "fill", ...grids, paint: { "fill-color": token("focus"), "fill-opacity": ["case", ["boolean", ["feature-state", "isSelected"], false], 0.1, ["boolean", ["feature-state", "isNear"], false], 0.08, 0] } },
    { id: "grid-halo", type: "line", ...borders, paint: { "line-color": token("map-land"), "line-opacity": 0.6, "line-width": grow(2.2, 4.5) } },
    { id: "grid-line", type: "line", ...borders, paint: { "line-color": token("map-grid"), "line-width": grow(1.3, 2.2), "line-dasharray": [4, 2] } },
    { id: "village-line", type: "line", source: "plan", "source-layer": "villages", layout: { "line-join": "round" }, paint: { "line-color": token("map-village"), "line-width": grow(1.6, 3) } },
    { id: "grid-alarm-line", type: "line", ...grids, layout: { "line-join": "round" }, paint: { "line-color": token("danger"), "line-width": 2.5, "line-opacity": when("isAlarm", 1) } },
    { id: "grid-selected", type: "line", ...grids, layout: { "line-join": "round" }, paint: { "line-color": token("focus"), "line-width": 4, "line-opacity": when("isSelected", 1) } },
  ];
}

/** @param {(name: string) => string} token @param {number} size */
function names(token, size) {
  const paint = { "text-color": token("map-label"), "text-halo-color": token("map-halo"), "text-halo-width": 2 };
  return [
    { id: "hamlets", type: "symbol", source: "place_groups", minzoom: 13.4, layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size - 2, "text-padding": 6 }, paint: { ...paint, "text-color": token("text-2") } },
    { id: "village-names", type: "symbol", source: "names", layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-padding": 2, "text-variable-anchor": ["center", "top", "bottom"] }, paint },
  ];
}
