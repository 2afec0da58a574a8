// A patrol: positions only between start and stop, each in exactly one item, gaps said and never drawn over.
import assert from "node:assert/strict"
import { beforeEach, mock, test } from "node:test"

import { browser, sky } from "./fakes.mjs"
import { empty, meta, put, tables } from "./fake_store.mjs"

/** @type {typeof import("../../web/phone/tracker.js")} */
let tracker
let copy = 0
/** A fresh copy of the module: what a tab has after it was killed. */
const newTab = async () => (tracker = await import(`../../web/phone/tracker.js?tab=${++copy}`))

beforeEach(async () => {
  mock.timers.reset()
  mock.timers.enable({ apis: ["Date"], now: Date.now() })
  empty()
  await meta.set("me", { consent: "given" })
  await newTab()
})

const settled = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}
const fix = async (t, lon = 114.5, lat = 27.1) => {
  if (t > Date.now()) mock.timers.setTime(t)
  sky.told?.({ timestamp: t, coords: { longitude: lon, latitude: lat, accuracy: 8, speed: 1.2, heading: 90 } })
  await settled()
}
const sent = (kind) => [...tables.outbox.values()].filter((one) => one.kind === kind).map((one) => one.body)
const times = (body) => body.dt.reduce((list, dt) => [...list, (list.at(-1) ?? body.t0) + dt], [])

test("nothing is recorded before the start and after the stop", async () => {
  assert.equal(sky.told, null)
  await tracker.start()
  assert.notEqual(sky.told, null)
  await fix(Date.now())
  await tracker.stop()
  assert.equal(sky.told, null)
  assert.deepEqual(sent("patrol").map((body) => body.event), ["start", "end"])
  assert.equal(sent("track").length, 1)
  assert.equal(tables.fixes.size, 0)
})

test("two taps are one patrol, at both ends", async () => {
  await Promise.all([tracker.start(), tracker.start()])
  await Promise.all([tracker.stop(), tracker.stop()])
  assert.deepEqual(sent("patrol").map((body) => body.event), ["start", "end"])
})

test("without consent a patrol runs and records no position", async () => {
  await meta.set("me", { consent: "refused" })
  await tracker.start()
  assert.equal(sky.told, null)
  assert.equal(tracker.state().records, false)
  await tracker.stop()
  assert.deepEqual(sent("patrol").map((body) => body.event), ["start", "end"])
})

test("every fix is in exactly one item, whenever they are packed", async () => {
  await tracker.start()
  const begin = Date.now()
  const made = Array.from({ length: 320 }, (_, i) => begin + i * 1000)
  for (const t of made) await fix(t)
  assert.equal(sent("track").length, 1, "a full item is made at 300 fixes")
  assert.equal(tables.fixes.size, 20)
  browser.page.visibilityState = "hidden"
  browser.page.dispatchEvent(new Event("visibilitychange"))
  await settled()
  assert.equal(tables.fixes.size, 0, "hidden, everything is packed")
  browser.page.visibilityState = "visible"
  await tracker.stop()
  assert.deepEqual(sent("track").flatMap(times), made)
})

test("a killed tab loses no fix, goes on with the same patrol and says how long it was gone", async () => {
  await tracker.start()
  const { patrol } = tracker.state()
  const begin = Date.now() - 3600_000
  await put("meta", { ...tables.meta.get("outing"), last_at: begin + 10_000 }, "outing")
  await put("fixes", { patrol, t: begin, lon: 1145000000, lat: 271000000, acc: 16, speed: 12, course: 90 })
  await put("fixes", { patrol, t: begin + 10_000, lon: 1145001000, lat: 271000000, acc: 16, speed: 12, course: 90 })
  await newTab()
  await tracker.resumeAfterRestart()
  assert.equal(tracker.state().patrol, patrol)
  assert.equal(tracker.state().gaps[0].cause, "killed")
  await fix(Date.now(), 114.51)
  assert.equal(tracker.state().pieces.length, 2, "no line over the gap")
  await tracker.stop()
  const [body] = sent("track")
  assert.equal(body.dt.length, 3)
  assert.equal(body.gaps[0].cause, "killed")
  assert.equal(body.mono, undefined, "this session's clock knows nothing of the one before")
  assert.equal(body.boot, undefined)
})

test("fixes kept before a gap are drawn in two pieces after a reload", async () => {
  await tracker.start()
  const { patrol } = tracker.state()
  const begin = Date.now() - 900_000
  for (const t of [begin, begin + 5000, begin + 600_000]) {
    await put("fixes", { patrol, t, lon: 1145000000, lat: 271000000, acc: 16, speed: 12, course: 90 })
  }
  await newTab()
  await tracker.resumeAfterRestart()
  assert.deepEqual(tracker.state().pieces.map((piece) => piece.length), [2, 1])
  await tracker.stop()
})

test("silence becomes a gap with its cause", async () => {
  await tracker.start()
  const begin = Date.now()
  await fix(begin)
  await fix(begin + 300_000)
  browser.page.visibilityState = "hidden"
  browser.page.dispatchEvent(new Event("visibilitychange"))
  browser.page.visibilityState = "visible"
  await settled()
  await fix(begin + 900_000)
  assert.deepEqual(tracker.state().gaps.map((gap) => gap.cause), ["no_fix", "throttled"])
  assert.equal(tracker.state().pieces.length, 3)
  await tracker.stop()
  assert.deepEqual(sent("track").flatMap((body) => body.gaps ?? []).map((gap) => gap.cause), ["no_fix", "throttled"])
})

test("while paused nothing is recorded, and the pause is said", async () => {
  await tracker.start()
  await fix(Date.now())
  await tracker.pause()
  assert.equal(sky.told, null)
  await tracker.resume()
  await fix(Date.now())
  assert.equal(tracker.state().gaps[0].cause, "paused")
  await tracker.stop()
  assert.deepEqual(sent("track").flatMap((body) => body.gaps ?? []).map((gap) => gap.cause), ["paused"])
})

test("a fix left over from an ended patrol goes up as that patrol's, not as the next one's", async () => {
  await put("fixes", { patrol: "before", t: Date.now() - 60_000, lon: 1145000000, lat: 271000000, acc: 16, speed: 12, course: 90 })
  await tracker.start()
  await fix(Date.now())
  await tracker.stop()
  assert.deepEqual(sent("track").map((body) => body.patrol === "before"), [true, false])
})

test("a position the phone remembers from before the start is not taken", async () => {
  await fix(Date.now() - 30_000)
  await tracker.start()
  await fix(Date.now() - 30_000, 114.6)
  await fix(Date.now() + 5000)
  await tracker.stop()
  assert.equal(sent("track")[0].dt.length, 1)
  assert.equal(sent("track")[0].lon[0], 1145000000)
})

test("a satellite's clock that differs from the phone's does not make the track differ from the rest", async () => {
  await tracker.start()
  const begin = Date.now()
  for (const s of [0, 5, 10]) {
    mock.timers.setTime(begin + s * 1000)
    await fix(begin - 86_400_000 + s * 1000)
  }
  await tracker.stop()
  assert.deepEqual(sent("track").flatMap(times), [begin + 5000, begin + 10_000])
})

test("while help is called for each fix goes into an item of its own, unless one still waits, and standing still ends nothing", async () => {
  await tracker.start()
  tracker.quicken(true)
  await settled()
  const t = Date.now()
  await fix(t)
  assert.equal(sent("track").length, 1)
  await fix(t + 1000)
  assert.equal(sent("track").length, 1, "the one before has not gone yet: without a network they gather")
  for (const one of tables.outbox.values()) if (one.kind === "track") one.state = "held"
  await fix(t + 2000)
  assert.deepEqual(sent("track").map((body) => body.dt.length), [1, 2])
  tracker.quicken(false)
  await fix(t + 3000)
  assert.equal(sent("track").length, 2)
  await tracker.stop()
})
