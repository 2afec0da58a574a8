// @ts-check
/** Fixes into the columns of a `track` item: integers only, the first value and then differences. */

/**
 * @typedef {{seq?: number, patrol: string, t: number, lon: number, lat: number, acc: number, speed: number, course: number}} Fix
 *   t epoch ms; lon, lat 1e-7 degrees; acc half metres; speed dm/s and course degrees, -1 unknown
 * @typedef {{from: number, to: number, cause: string}} Gap
 */

export const MOST_FIXES = 5000

/** @param {GeolocationPosition} position @param {string} patrol @returns {Fix} */
export function fixOf(position, patrol) {
  const { longitude, latitude, accuracy, speed, heading } = position.coords
  return {
    patrol,
    t: Math.round(position.timestamp),
    lon: Math.round(longitude * 1e7),
    lat: Math.round(latitude * 1e7),
    acc: Math.min(65534, Math.round(accuracy * 2)),
    speed: speed === null || Number.isNaN(speed) ? -1 : Math.round(speed * 10),
    course: heading === null || Number.isNaN(heading) ? -1 : Math.round(heading) % 360,
  }
}

/** @param {number[]} values */
const deltas = (values) => values.map((value, i) => (i === 0 ? value : value - values[i - 1]))

/** The body of a `track` item. @param {string} patrol @param {Fix[]} fixes in order of recording, not empty @param {Gap[]} [gaps] */
export function pack(patrol, fixes, gaps = []) {
  return {
    patrol,
    crs: "wgs84",
    t0: fixes[0].t,
    dt: deltas(fixes.map((fix) => fix.t)).map((value, i) => (i === 0 ? 0 : value)),
    lon: deltas(fixes.map((fix) => fix.lon)),
    lat: deltas(fixes.map((fix) => fix.lat)),
    acc: fixes.map((fix) => fix.acc),
    speed: fixes.map((fix) => fix.speed),
    course: fixes.map((fix) => fix.course),
    ...(gaps.length ? { gaps } : {}),
  }
}
