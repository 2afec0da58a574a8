// @ts-check
/** What the map draws, from the ground up: land, contours, fields, water, roads, houses, grids, villages, names. */

import { ground, grow, roads } from "./ground_style.js";

const EMPTY = { type: "FeatureCollection", features: [] };
export const GROUND = ["villages", "contours", "fields", "water", "barriers", "buildings", "place_groups"];
const ALWAYS = new Set(["grid-value", "village-line"]);
const FONT = ["PingFang SC Bold", "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"];

/**
 * @param {(name: string) => string} token
 * @param {{tiles: string, labelSize: number, gridsFrom?: number}} options `gridsFrom` is the zoom from which single grids are drawn
 * @returns {any} a MapLibre style
 */
export function style(token, { tiles, labelSize, gridsFrom = 0 }) {
  const geojson = Object.fromEntries(GROUND.map((name) => [name, { type: "geojson", data: EMPTY }]));
  return {
    version: 8,
    sources: {
      ...geojson,
      names: { type: "geojson", data: EMPTY },
      plan: {
        type: "vector",
        tiles: [tiles],
        minzoom: 8,
        maxzoom: 14,
        promoteId: { grids: "code", villages: "code" },
      },
    },
    layers: [...ground(token), ...roads(token), ...divisions(token, gridsFrom), ...names(token, labelSize)],
  };
}

/**
 * Grids and villages come as tiles; what is known of a grid is painted on by feature-state.
 * Farther away than `gridsFrom` single grids are too small to be told apart: only their values are painted.
 * @param {(name: string) => string} token @param {number} gridsFrom
 */
function divisions(token, gridsFrom) {
  const grids = { source: "plan", "source-layer": "grids" };
  const borders = { source: "plan", "source-layer": "borders" };
  /** @param {string} key @param {number} shown */
  const when = (key, shown) => ["case", ["boolean", ["feature-state", key], false], shown, 0];
  const layers = [
    {
      id: "grid-value",
      type: "fill",
      ...grids,
      paint: {
        "fill-color": ["to-color", ["coalesce", ["feature-state", "colour"], "rgba(0,0,0,0)"]],
        "fill-opacity": 0.82,
      },
    },
    {
      id: "grid-hatch",
      type: "fill",
      ...grids,
      paint: { "fill-pattern": "hatch-least", "fill-opacity": when("isLeast", 1) },
    },
    {
      id: "grid-dots",
      type: "fill",
      ...grids,
      paint: { "fill-pattern": "dots", "fill-opacity": when("isFree", 1) },
    },
    {
      id: "grid-alarm",
      type: "fill",
      ...grids,
      paint: { "fill-pattern": "hatch-alarm", "fill-opacity": when("isAlarm", 1) },
    },
    {
      id: "grid-touch",
      type: "fill",
      ...grids,
      paint: {
        "fill-color": token("focus"),
        "fill-opacity": [
          "case",
          ["boolean", ["feature-state", "isSelected"], false],
          0.1,
          ["boolean", ["feature-state", "isNear"], false],
          0.08,
          0,
        ],
      },
    },
    {
      id: "grid-halo",
      type: "line",
      ...borders,
      paint: { "line-color": token("map-land"), "line-opacity": 0.6, "line-width": grow(2.2, 4.5) },
    },
    {
      id: "grid-line",
      type: "line",
      ...borders,
      paint: { "line-color": token("map-grid"), "line-width": grow(1.3, 2.2), "line-dasharray": [4, 2] },
    },
    {
      id: "village-line",
      type: "line",
      source: "plan",
      "source-layer": "villages",
      layout: { "line-join": "round" },
      paint: { "line-color": token("map-village"), "line-width": grow(1.6, 3) },
    },
    {
      id: "grid-alarm-line",
      type: "line",
      ...grids,
      layout: { "line-join": "round" },
      paint: { "line-color": token("danger"), "line-width": 2.5, "line-opacity": when("isAlarm", 1) },
    },
    {
      id: "grid-selected",
      type: "line",
      ...grids,
      layout: { "line-join": "round" },
      paint: { "line-color": token("focus"), "line-width": 4, "line-opacity": when("isSelected", 1) },
    },
  ];
  return layers.map((layer) => (ALWAYS.has(layer.id) ? layer : { ...layer, minzoom: gridsFrom }));
}

/** @param {(name: string) => string} token @param {number} size */
function names(token, size) {
  const paint = { "text-color": token("map-label"), "text-halo-color": token("map-halo"), "text-halo-width": 2 };
  return [
    {
      id: "hamlets",
      type: "symbol",
      source: "place_groups",
      minzoom: 13.4,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size - 2, "text-padding": 6 },
      paint: { ...paint, "text-color": token("text-2") },
    },
    {
      id: "village-names",
      type: "symbol",
      source: "names",
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": size,
        "text-padding": 2,
        "text-variable-anchor": ["center", "top", "bottom"],
      },
      paint,
    },
    {
      id: "grid-figures",
      type: "symbol",
      source: "plan",
      "source-layer": "grids",
      layout: {
        "text-field": "",
        "text-font": FONT,
        "text-size": size,
        "text-padding": 1,
      },
      paint: { ...paint, "text-color": token("text"), "text-halo-color": token("surface"), "text-halo-width": 3 },
    },
  ];
}
