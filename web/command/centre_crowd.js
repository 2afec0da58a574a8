// @ts-check
/** Very many people on patrol at once: painted as dots, all in one call. Nearer by they are marks again. */

import { source } from "./map/view.js";

const NOBODY = { type: "FeatureCollection", features: [] };

/**
 * @param {import("./map/view.js").View} view
 * @param {(id: string) => void} choose
 */
export function crowd(view, choose) {
  const { map, token } = view;
  map.addSource("crowd", { type: "geojson", data: /** @type {any} */ (NOBODY), maxzoom: 12, tolerance: 0, buffer: 16 });
  map.addLayer({
    id: "crowd",
    type: "circle",
    source: "crowd",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 12, 5],
      "circle-color": ["case", ["get", "is_stale"], token("map-land"), token("map-people")],
      "circle-stroke-color": ["case", ["get", "is_stale"], token("map-people"), token("map-out")],
      "circle-stroke-width": 1.2,
    },
  });
  map.on("click", "crowd", (/** @type {any} */ event) => choose(String(event.features[0].properties.id)));
  let isEmpty = true;
  return (/** @type {any[]} */ rows) => {
    if (!rows.length && isEmpty) return;
    isEmpty = !rows.length;
    source(map, "crowd").setData({ type: "FeatureCollection", features: rows.map(dot) });
  };
}

/** @param {any} row */
function dot({ id, lon, lat, is_stale }) {
  return { type: "Feature", properties: { id, is_stale }, geometry: { type: "Point", coordinates: [lon, lat] } };
}
