// @ts-check
/** Where a village lies, and how many live there. */

/** @param {any} geometries FeatureCollection */
export function bounds(geometries) {
  const box = [180, 90, -180, -90];
  const walk = (/** @type {any} */ at) => {
    if (typeof at[0] === "number") {
      box[0] = Math.min(box[0], at[0]);
      box[1] = Math.min(box[1], at[1]);
      box[2] = Math.max(box[2], at[0]);
      box[3] = Math.max(box[3], at[1]);
    } else at.forEach(walk);
  };
  for (const feature of geometries.features) walk(feature.geometry.coordinates);
  return box;
}

/** @param {any} buildings FeatureCollection */
export function households(buildings) {
  return buildings.features.reduce(
    (/** @type {number} */ sum, /** @type {any} */ house) => sum + (house.properties.households ?? 0),
    0,
  );
}
