// A walk becomes columns of integers, and comes back as the walk it was.
import assert from "node:assert/strict"
import { test } from "node:test"

import { bearingWord, distance_m, distanceWord, inside } from "../../web/phone/geo.js"
import { fixOf, pack } from "../../web/phone/packing.js"

const position = (/** @type {number} */ t, /** @type {number} */ lon, /** @type {number} */ lat, more = {}) => ({
  timestamp: t,
  coords: { longitude: lon, latitude: lat, accuracy: 8.2, speed: null, heading: NaN, ...more },
})

test("a reading becomes integers, and what is unknown says so", () => {
  const fix = fixOf(position(1000.4, 114.5123456, 27.1), "p")
  assert.deepEqual(fix, { patrol: "p", t: 1000, lon: 1145123456, lat: 271000000, acc: 16, speed: -1, course: -1 })
  assert.equal(fixOf(position(1, 114, 27, { speed: 1.24, heading: 359.8 }), "p").course, 0)
})

test("columns are first values and differences, and add up to the walk again", () => {
  const fixes = [0, 5, 10].map((s, i) => fixOf(position(1_000_000 + s * 1000, 114.5 + i * 1e-5, 27.1 - i * 2e-5), "p"))
  const body = pack("p", fixes)
  assert.deepEqual(body.dt, [0, 5000, 5000])
  assert.deepEqual(body.lon, [1145000000, 100, 100])
  assert.deepEqual(body.lat, [271000000, -200, -200])
  assert.equal(body.crs, "wgs84")
  assert.equal("gaps" in body, false)
})

test("gaps travel with their cause", () => {
  const gaps = [{ from: 1, to: 2, cause: "killed" }]
  assert.deepEqual(pack("p", [fixOf(position(1, 114, 27), "p")], gaps).gaps, gaps)
})

test("distances are metres and directions are said as people say them", () => {
  const here = { lon: 114.5, lat: 27.16 }
  assert.ok(Math.abs(distance_m(here, { lon: 114.5, lat: 27.17 }) - 1113) < 5)
  assert.equal(bearingWord(here, { lon: 114.5, lat: 27.17 }), "北")
  assert.equal(bearingWord(here, { lon: 114.4, lat: 27.16 }), "西")
  assert.equal(distanceWord(424), "420 米")
  assert.equal(distanceWord(1240), "1.2 公里")
})

test("a place in a hole of a grid is not inside it", () => {
  const ring = (/** @type {number} */ a, /** @type {number} */ b) => [[a, a], [b, a], [b, b], [a, b], [a, a]]
  const outline = { type: "MultiPolygon", coordinates: [[ring(0, 10), ring(4, 6)]] }
  assert.equal(inside({ lon: 1, lat: 1 }, outline), true)
  assert.equal(inside({ lon: 5, lat: 5 }, outline), false)
  assert.equal(inside({ lon: 11, lat: 5 }, outline), false)
})
