// @ts-check
/** What publishing a draft would move: households, codes, tasks. Worked out from the two divisions themselves. */

import { get } from "./http.js";

/**
 * @param {any} draft FeatureCollection
 * @param {any} current FeatureCollection
 * @param {any} buildings FeatureCollection with `households`
 */
export async function changes(draft, current, buildings) {
  const before = current?.features ?? [];
  const codes = new Set(draft.features.map((/** @type {any} */ grid) => grid.properties.code));
  const kept = before.filter((/** @type {any} */ grid) => codes.has(grid.properties.code));
  const gone = before.filter((/** @type {any} */ grid) => !codes.has(grid.properties.code));
  const fresh = draft.features.filter(
    (/** @type {any} */ grid) =>
      !before.some((/** @type {any} */ old) => old.properties.code === grid.properties.code),
  );
  const tasks = await Promise.all(
    gone.map((/** @type {any} */ grid) =>
      get("tasks", { grid: grid.properties.code, state: "open" }).then((page) => page.items),
    ),
  );
  return {
    kept,
    gone,
    fresh,
    before,
    households: before.length ? moved(draft, current, buildings) : 0,
    tasks: tasks.flat(),
  };
}

/**
 * Households whose house lies in another grid than before.
 * @param {any} draft
 * @param {any} current
 * @param {any} buildings
 */
function moved(draft, current, buildings) {
  let households = 0;
  for (const house of buildings?.features ?? []) {
    const [lon, lat] = inner(house.geometry);
    const was = codeAt(current, lon, lat);
    if (was && was !== codeAt(draft, lon, lat)) households += house.properties.households ?? 1;
  }
  return households;
}

/** @param {any} geometry of a house: convex enough for the mean of its corners */
function inner(geometry) {
  const ring = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0][0];
  const corners = ring.slice(1);
  return [0, 1].map(
    (axis) =>
      corners.reduce((/** @type {number} */ sum, /** @type {number[]} */ at) => sum + at[axis], 0) / corners.length,
  );
}

/** @param {any} grids @param {number} lon @param {number} lat */
function codeAt(grids, lon, lat) {
  return grids.features.find((/** @type {any} */ grid) => holds(grid.geometry, lon, lat))?.properties.code;
}

/** Even-odd rule over all rings. @param {any} geometry @param {number} lon @param {number} lat */
export function holds(geometry, lon, lat) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  let inside = false;
  for (const ring of polygons.flat()) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}
