// @ts-check
/** The borders of grids, each once: two grids that share an edge would draw its dashes over each other. */

/**
 * @param {any[]} grids features whose shared edges have the same corners
 * @returns {any} a MultiLineString feature
 */
export function borders(grids) {
  /** @type {Set<string>} */
  const drawn = new Set();
  /** @type {number[][][]} */
  const lines = [];
  for (const ring of grids.flatMap(rings)) {
    /** @type {number[][]} */
    let line = [];
    for (let i = 1; i < ring.length; i += 1) {
      const edge = [ring[i - 1], ring[i]].map(String).sort().join(" ");
      if (drawn.has(edge)) {
        line = [];
        continue;
      }
      drawn.add(edge);
      if (!line.length) {
        line = [ring[i - 1]];
        lines.push(line);
      }
      line.push(ring[i]);
    }
  }
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
}

/** @param {any} grid @returns {number[][][]} */
function rings({ geometry }) {
  return geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
}
