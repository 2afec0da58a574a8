// @ts-check
/** One division of one village on a map: pale grounds, houses, a plate with number and households on each grid. */

import { h } from "./dom.js";
import { synthetic } from "./map/controls.js";
import { middle, open } from "./map/view.js";
import { borders } from "./plan_borders.js";

const HUES = 5;
const OTHERS = [
  "grid-value",
  "grid-hatch",
  "grid-alarm",
  "grid-touch",
  "grid-halo",
  "grid-line",
  "grid-alarm-line",
  "grid-selected",
];

/**
 * @param {HTMLElement} holder
 * @param {{me: any, layers: any, bounds: number[], label: string}} options
 *   layers: the village's own, in the ground of its township
 */
export async function planMap(holder, { me, layers, bounds, label }) {
  synthetic(holder, "边界为合成示意");
  const view = await open(holder, { me, ground: async () => layers, bounds, label, padding: 30 });
  /** @type {any[]} */
  let plates = [];
  await view.ready;
  const { map, token } = view;
  for (const id of OTHERS) map.setLayoutProperty(id, "visibility", "none");
  const hue = /** @type {any} */ ([
    "match",
    ["get", "hue"],
    ...Array.from({ length: HUES - 1 }, (_, i) => [i, token(`hue-${i}`)]).flat(),
    token(`hue-${HUES - 1}`),
  ]);
  map.addSource("draft", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addSource("borders", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "draft-fill", type: "fill", source: "draft", paint: { "fill-color": hue } }, "contours");
  map.addLayer(
    {
      id: "draft-halo",
      type: "line",
      source: "borders",
      paint: { "line-color": token("surface"), "line-width": 5, "line-opacity": 0.8 },
    },
    "village-line",
  );
  map.addLayer(
    {
      id: "draft-line",
      type: "line",
      source: "borders",
      paint: { "line-color": token("map-grid"), "line-width": 2, "line-dasharray": [4, 2] },
    },
    "village-line",
  );
  map.addSource("outside", { type: "geojson", data: outside(layers.villages) });
  map.addLayer(
    {
      id: "outside",
      type: "fill",
      source: "outside",
      paint: { "fill-color": token("map-out"), "fill-opacity": 0.7 },
    },
    "draft-halo",
  );
  map.setLayoutProperty("village-names", "visibility", "none");

  return {
    map,
    token,
    Marker: view.Marker,
    /** @param {any} grids FeatureCollection of {code, name, households} */
    put(grids) {
      for (const plate of plates) plate.remove();
      const features = (grids?.features ?? []).map((/** @type {any} */ grid, /** @type {number} */ i) => ({
        ...grid,
        properties: { ...grid.properties, hue: i % HUES },
      }));
      /** @type {any} */ (map.getSource("draft")).setData({ type: "FeatureCollection", features });
      /** @type {any} */ (map.getSource("borders")).setData(borders(features));
      plates = features.map((/** @type {any} */ grid) => {
        const element = h(
          "div",
          { class: "mark plate" },
          h("span", {}, h("b", {}, `${number(grid.properties)} 网格`), `${grid.properties.households} 户`),
        );
        return new view.Marker({ element }).setLngLat(/** @type {any} */ (middle(grid.geometry))).addTo(map);
      });
    },
  };
}

/**
 * Everything but the village: drawn pale, so that roads still come from somewhere.
 * @param {any} villages
 * @returns {any}
 */
function outside(villages) {
  const world = [
    [-180, -85],
    [180, -85],
    [180, 85],
    [-180, 85],
    [-180, -85],
  ];
  const rings = villages.features.flatMap((/** @type {any} */ village) =>
    village.geometry.type === "Polygon"
      ? [village.geometry.coordinates[0]]
      : village.geometry.coordinates.map((/** @type {any} */ part) => part[0]),
  );
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [world, ...rings] } };
}

/** The number a grid is called by: the last three digits of its code. @param {any} grid */
export function number(grid) {
  return Number(String(grid.code).slice(12));
}

/** Two maps look at the same ground. @param {any} one @param {any} other */
export function together(one, other) {
  let isFollowing = false;
  for (const [from, to] of [
    [one, other],
    [other, one],
  ]) {
    from.on("move", () => {
      if (isFollowing) return;
      isFollowing = true;
      to.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
      isFollowing = false;
    });
  }
}
