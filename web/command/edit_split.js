// @ts-check
/** Splitting and merging grids of a draft: which one, and where a dividing line begins before somebody moves it. */

import { gridName } from "./edit_card.js";

const BEYOND = 0.06; // of the grid's width, so that the line surely leaves it

/**
 * A line across the middle of a grid, the short way.
 * @param {any} geometry @returns {number[][]}
 */
export function across(geometry) {
  const points = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat(2);
  const lons = points.map((/** @type {number[]} */ at) => at[0]);
  const lats = points.map((/** @type {number[]} */ at) => at[1]);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const [wide, tall] = [east - west, north - south];
  const [lon, lat] = [(west + east) / 2, (south + north) / 2];
  return wide * 0.89 > tall
    ? [[lon, south - tall * BEYOND], [lon, lat], [lon, north + tall * BEYOND]]
    : [[west - wide * BEYOND, lat], [lon, lat], [east + wide * BEYOND, lat]];
}

/** Rows to choose from: grids to split. @param {any} grids */
export const splittable = (grids) =>
  grids.features.map((/** @type {any} */ one) => ({
    id: one.properties.code,
    words: gridName(one.properties.code),
    more: `${one.properties.households} 户`,
  }));

/** The draft's grids as a step would leave them. @param {any} grids @param {any} step of the preview */
export function after(grids, step) {
  const changed = new Map(step.grids.features.map((/** @type {any} */ one) => [one.properties.code, one]));
  const gone = new Set(
    step.changes.map((/** @type {any} */ one) => one.code).filter((/** @type {string} */ code) => !changed.has(code)),
  );
  const known = new Set(grids.features.map((/** @type {any} */ one) => one.properties.code));
  return {
    ...grids,
    features: [
      ...grids.features
        .filter((/** @type {any} */ one) => !gone.has(one.properties.code))
        .map((/** @type {any} */ one) => changed.get(one.properties.code) ?? one),
      ...[...changed].filter(([code]) => !known.has(code)).map(([, one]) => one),
    ],
  };
}
