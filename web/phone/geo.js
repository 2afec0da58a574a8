// @ts-check
/** Distances and directions over a few kilometres, in degrees of WGS84. */

const METRES_PER_DEGREE = 111_320
const WINDS = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"]
const WALK_M_PER_MIN = 70

/** @typedef {{lon: number, lat: number}} Spot */

/** @param {Spot} a @param {Spot} b */
function metres(a, b) {
  const shrink = Math.cos(((a.lat + b.lat) / 2) * (Math.PI / 180))
  return { east: (b.lon - a.lon) * METRES_PER_DEGREE * shrink, north: (b.lat - a.lat) * METRES_PER_DEGREE }
}

/** @param {Spot} a @param {Spot} b */
export function distance_m(a, b) {
  const { east, north } = metres(a, b)
  return Math.hypot(east, north)
}

/** 东, 西北 … from a to b. @param {Spot} a @param {Spot} b */
export function bearingWord(a, b) {
  const { east, north } = metres(a, b)
  return WINDS[Math.round((Math.atan2(east, north) * 4) / Math.PI + 8) % 8]
}

/** 420 米, 1.2 公里. @param {number} m */
export function distanceWord(m) {
  return m < 1000 ? `${m < 100 ? Math.round(m) : Math.round(m / 10) * 10} 米` : `${(m / 1000).toFixed(1)} 公里`
}

/** Minutes on foot. @param {number} m */
export const walkMinutes = (m) => Math.max(1, Math.round(m / WALK_M_PER_MIN))

/** Ray casting; holes count. @param {Spot} spot @param {{type: string, coordinates: any}} outline GeoJSON Polygon or MultiPolygon */
export function inside(spot, outline) {
  const parts = outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates
  return parts.some((/** @type {number[][][]} */ rings) => rings.filter((ring) => crosses(spot, ring)).length === 1)
}

/** @param {Spot} spot @param {number[][]} ring */
function crosses({ lon, lat }, ring) {
  let odd = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1, y1] = ring[i]
    const [x2, y2] = ring[j]
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) odd = !odd
  }
  return odd
}
