// A desk that hears only what is new shows what a desk shows that asks for everything.
import assert from "node:assert/strict"
import { test } from "node:test"

import { picture } from "../../web/command/live_frame.js"

const at = (s) => new Date(Date.UTC(2026, 10, 24, 2, 0, s)).toISOString()
const walker = (id, grid, lon, s) => ({ id, name: `${id}号`, grid, grid_name: grid, lon, lat: 27.1, accuracy_m: 8, course: 90, t: at(s), patrol_started_at: at(0), is_stale: false })
const report = (id, s) => ({ id, received_at: at(s), text: id })
const whole = (s, more = {}) => ({ at: at(s), people: [], reports: [], alerts: [], alarms: [], ...more })
const delta = (s, more = {}) => ({ at: at(s), moved: [], put: {}, drop: {}, set: {}, ...more })

test("people come, move and go, rows stay in the order of the grids", () => {
  const held = picture()
  held.take(whole(0, { people: [walker("b", "002", 114.2, 0)] }))
  let frame = held.add(delta(1, { put: { people: [walker("a", "001", 114.1, 1)] } }))
  assert.deepEqual(frame.people.map((one) => one.id), ["a", "b"])
  frame = held.add(delta(2, { moved: [["b", 114.25, 27.2, at(2), 180, 5]] }))
  assert.deepEqual(frame.people[1], { ...walker("b", "002", 114.25, 2), lat: 27.2, course: 180, accuracy_m: 5 })
  frame = held.add(delta(3, { drop: { people: ["b"] } }))
  assert.deepEqual(frame.people.map((one) => one.id), ["a"])
})

test("reports stand newest first and lists that come whole replace the old", () => {
  const held = picture()
  held.take(whole(0, { reports: [report("x", -60)] }))
  const frame = held.add(delta(5, { put: { reports: [report("y", 4)] }, set: { alerts: [{ id: "n" }], lanes: [] } }))
  assert.deepEqual(frame.reports.map((one) => one.id), ["y", "x"])
  assert.deepEqual([frame.alerts, frame.lanes], [[{ id: "n" }], []])
})

test("old news and a slow poll undo nothing", () => {
  const held = picture()
  assert.equal(held.add(delta(1)), null, "news before any picture")
  held.take(whole(10, { people: [walker("a", "001", 114.1, 9)] }))
  assert.equal(held.add(delta(3, { drop: { people: ["a"] } })), null)
  assert.equal(held.take(whole(8)), null)
  const frame = held.add(delta(9, { moved: [["a", 114, 27, at(2), 0, 5]] }))
  assert.equal(frame.people[0].lon, 114.1, "an older fix does not pull anybody back")
})

test("a position grows old by itself", () => {
  const held = picture()
  held.take(whole(0, { people: [walker("a", "001", 114.1, 0)] }))
  assert.equal(held.add(delta(599)).people[0].is_stale, false)
  assert.equal(held.add(delta(601)).people[0].is_stale, true)
})
