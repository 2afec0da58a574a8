// @ts-check
/** The ground of the map: land, contours, fields, water, then roads and houses. */

/** @param {string[]} kinds */
const kindIs = (kinds) => ["in", ["get", "kind"], ["literal", kinds]];
const STREAMS = ["stream", "river", "canal"];
const MAIN_ROADS = ["main_road"];
const PATHS = ["path", "footpath"];

/** Wider as one comes nearer. @param {number} far @param {number} near */
export const grow = (far, near) => ["interpolate", ["exponential", 1.6], ["zoom"], 11, far, 16, near];

/** @param {(name: string) => string} token */
export function ground(token) {
  return [
    { id: "out", type: "background", paint: { "background-color": token("map-out") } },
    {
      id: "township",
      type: "line",
      source: "villages",
      layout: { "line-join": "round" },
      paint: { "line-color": token("map-village"), "line-width": grow(5, 7) },
    },
    {
      id: "land",
      type: "fill",
      source: "villages",
      paint: { "fill-color": token("map-land"), "fill-antialias": false },
    },
    {
      id: "contours",
      type: "line",
      source: "contours",
      paint: { "line-color": token("map-contour"), "line-width": grow(0.8, 1.4) },
    },
    {
      id: "fields",
      type: "fill",
      source: "fields",
      minzoom: 12,
      paint: { "fill-color": token("map-field"), "fill-outline-color": token("map-field-line") },
    },
    {
      id: "water",
      type: "fill",
      source: "water",
      paint: { "fill-color": token("map-water"), "fill-outline-color": token("map-water-line") },
    },
    {
      id: "water-lines",
      type: "line",
      source: "water",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": token("map-water"), "line-width": grow(2, 9) },
    },
    {
      id: "streams",
      type: "line",
      source: "barriers",
      filter: kindIs(STREAMS),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": token("map-water"),
        "line-width": [
          "interpolate",
          ["exponential", 1.6],
          ["zoom"],
          11,
          ["+", 1, ["*", 3, ["coalesce", ["get", "strength"], 0.5]]],
          16,
          ["+", 3, ["*", 11, ["coalesce", ["get", "strength"], 0.5]]],
        ],
      },
    },
  ];
}

/**
 * Two passes, the case under the fill, so that crossings stay open.
 * @param {(name: string) => string} token
 */
export function roads(token) {
  const layout = { "line-cap": "round", "line-join": "round" };
  const main = kindIs(MAIN_ROADS);
  const lane = ["!", kindIs([...STREAMS, ...MAIN_ROADS, ...PATHS])];
  return [
    {
      id: "lane-case",
      type: "line",
      source: "barriers",
      minzoom: 12.5,
      filter: lane,
      layout,
      paint: { "line-color": token("map-road-case"), "line-width": grow(1.4, 6) },
    },
    {
      id: "main-case",
      type: "line",
      source: "barriers",
      filter: main,
      layout,
      paint: { "line-color": token("map-main-case"), "line-width": grow(3.2, 11) },
    },
    {
      id: "path",
      type: "line",
      source: "barriers",
      minzoom: 13,
      filter: kindIs(PATHS),
      paint: { "line-color": token("map-road-case"), "line-width": grow(0.8, 2), "line-dasharray": [3, 2] },
    },
    {
      id: "lane",
      type: "line",
      source: "barriers",
      filter: lane,
      layout,
      paint: { "line-color": token("map-road"), "line-width": grow(0.7, 4) },
    },
    {
      id: "main",
      type: "line",
      source: "barriers",
      filter: main,
      layout,
      paint: { "line-color": token("map-main"), "line-width": grow(2, 8) },
    },
    { id: "houses", type: "fill", source: "buildings", paint: { "fill-color": token("map-house") } },
    {
      id: "house-edges",
      type: "line",
      source: "buildings",
      maxzoom: 14,
      paint: { "line-color": token("map-house"), "line-width": 0.6 },
    },
  ];
}
