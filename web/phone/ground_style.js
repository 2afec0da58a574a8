// @ts-check
/** From the ground up: land, contours, fields, water, roads, houses, the grid's border, the walked line. */

const STREAMS = ["stream", "river", "canal"]
const MAIN = ["main_road"]
const PATHS = ["path", "footpath"]
const ROUND = { "line-cap": "round", "line-join": "round" }

/** @param {string[]} kinds */
const is = (kinds) => ["in", ["get", "kind"], ["literal", kinds]]
/** Wider as one comes nearer. @param {number} far @param {number} near */
const grow = (far, near) => ["interpolate", ["exponential", 1.6], ["zoom"], 13, far, 18, near]

/** @param {(name: string) => string} colour @returns {any} a MapLibre style */
export function style(colour) {
  const source = { type: "geojson", data: { type: "FeatureCollection", features: [] } }
  const cover = { source: "cover", type: "fill" }
  const lines = { source: "lines", type: "line", layout: ROUND }
  const lane = ["!", is([...STREAMS, ...MAIN, ...PATHS])]
  return {
    version: 8,
    sources: { grids: source, cover: source, lines: source, houses: source, walked: source },
    layers: [
      { id: "out", type: "background", paint: { "background-color": colour("map-out") } },
      { id: "land", type: "fill", source: "grids", paint: { "fill-color": colour("map-land") } },
      {
        id: "contours",
        type: "line",
        source: "cover",
        filter: is(["contour"]),
        paint: { "line-color": colour("map-contour"), "line-width": 1.2 },
      },
      {
        id: "fields",
        ...cover,
        filter: is(["field"]),
        paint: { "fill-color": colour("map-field"), "fill-outline-color": colour("map-field-line") },
      },
      {
        id: "water",
        ...cover,
        filter: is(["water"]),
        paint: { "fill-color": colour("map-water"), "fill-outline-color": colour("map-water-line") },
      },
      { id: "streams", ...lines, filter: is(STREAMS), paint: { "line-color": colour("map-water"), "line-width": grow(3, 14) } },
      { id: "lane-case", ...lines, filter: lane, paint: { "line-color": colour("map-road-case"), "line-width": grow(3, 13) } },
      {
        id: "main-case",
        ...lines,
        filter: is(MAIN),
        paint: { "line-color": colour("map-main-case"), "line-width": grow(5, 20) },
      },
      {
        id: "path",
        ...lines,
        filter: is(PATHS),
        layout: {},
        paint: { "line-color": colour("map-road-case"), "line-width": grow(1, 4), "line-dasharray": [3, 2] },
      },
      { id: "lane", ...lines, filter: lane, paint: { "line-color": colour("map-road"), "line-width": grow(1.8, 10) } },
      { id: "main", ...lines, filter: is(MAIN), paint: { "line-color": colour("map-main"), "line-width": grow(3.4, 16) } },
      { id: "houses", type: "fill", source: "houses", paint: { "fill-color": colour("map-house") } },
      {
        id: "halo",
        type: "line",
        source: "grids",
        layout: ROUND,
        paint: { "line-color": "#fff", "line-width": 5, "line-opacity": 0.7 },
      },
      {
        id: "edge",
        type: "line",
        source: "grids",
        paint: { "line-color": colour("map-grid"), "line-width": 2.5, "line-dasharray": [4, 2] },
      },
      { id: "case", type: "line", source: "walked", layout: ROUND, paint: { "line-color": "#fff", "line-width": 8 } },
      {
        id: "walked",
        type: "line",
        source: "walked",
        layout: ROUND,
        paint: { "line-color": colour("map-track"), "line-width": 5 },
      },
    ],
  }
}
