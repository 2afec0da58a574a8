// What lies at one place is one visit; each item of it is asked once, however many lines and windows it stands in.
import assert from "node:assert/strict"
import { test } from "node:test"

const { visitsOf } = await import("../../web/phone/visits.js")

const HOUR = 3_600_000
const NOON = new Date(2026, 10, 24, 10).getTime()
const MIDNIGHT = new Date(2026, 10, 24).getTime()
const POND = { kind: "key_place", key: "pond", name: "门前塘" }
const PLACES = new Map([["pond", { id: "pond", name: "门前塘", kind: "pond", lon: 114.5, lat: 27.3, radius_m: 30 }]])

let count = 0
const task = (items, { from = MIDNIGHT, to = MIDNIGHT + 24 * HOUR, source = "rule", object = POND, ...more } = {}) => ({
  id: `task-${++count}`,
  source,
  title: "走一趟",
  ground: "按频次",
  grid: "360829102201001",
  grid_name: "第1网格",
  place: object.kind === "key_place" ? object.key : null,
  object,
  from,
  to,
  state: "open",
  items: items.map((item) => ({ item: `${item}@1`, line: item.slice(0, 2), text: item, minutes: 3, evidence: "none", answer_type: {}, is_settled: false, result: null })),
  ...more,
})
const said = (one, item, more = {}) => ({ task: one.id, item: `${item}@1`, result: "ok", at: NOON - HOUR, ...more })
const due = (tasks, answers = [], now = NOON) => visitsOf(tasks, answers, PLACES, now).due
const codes = (visit) => visit.items.map((one) => one.item).sort()

test("tasks of several lines at one place are one visit, an item of two windows asked once", () => {
  const [visit, ...others] = due([task(["SL-01", "FD-01"]), task(["FD-01", "HZ-01"], { to: MIDNIGHT + 200 * HOUR })])
  assert.equal(others.length, 0)
  assert.deepEqual(codes(visit), ["FD-01@1", "HZ-01@1", "SL-01@1"])
  assert.deepEqual([visit.left, visit.name, visit.place], [3, "门前塘", "pond"])
})

test("the answer goes to the window that ends first, and settles the longer one as the township would", () => {
  const [day, month] = [task(["FD-01"]), task(["FD-01"], { from: MIDNIGHT - 300 * HOUR, to: MIDNIGHT + 300 * HOUR })]
  const [item] = due([month, day])[0].items
  assert.deepEqual(item.targets, [{ task: day.id, item: "FD-01@1" }])
  const [visit] = due([month, day], [said(day, "FD-01")])
  assert.equal(visit.left, 0)
})

test("an order is answered itself, and what is due by rule with it", () => {
  const [order, rule] = [task(["SL-01"], { source: "order" }), task(["SL-01"])]
  const [visit] = due([rule, order])
  assert.deepEqual(visit.items[0].targets, [{ task: order.id, item: "SL-01@1" }])
  assert.equal(due([rule, order], [said(order, "SL-01")])[0].left, 0)
  assert.equal(due([rule, order], [said(rule, "SL-01")])[0].left, 1)
})

test("orders about a grid stay visits of their own, with their titles", () => {
  const grid = { kind: "grid", key: "360829102201001", name: "第1网格" }
  const orders = ["核查：垃圾", "核查：路灯"].map((title) => task(["HC-01"], { source: "order", object: grid, title }))
  const visits = due([...orders, task(["XC-01"], { object: grid })])
  assert.deepEqual(visits.map((visit) => visit.name).sort(), ["核查：垃圾", "核查：路灯", "第1网格"].sort())
})

test("what was missed is asked once for all, and not at all while its next window runs", () => {
  const past = (hours) => task(["LH-01"], { from: MIDNIGHT - hours * HOUR, to: MIDNIGHT - (hours - 12) * HOUR })
  const missed = [past(36), past(24)]
  const [item] = due(missed)[0].items
  assert.equal(item.is_missed, true)
  assert.deepEqual(item.targets, [{ task: missed[1].id, item: "LH-01@1" }])
  const today = task(["LH-01"])
  assert.deepEqual(due([...missed, today])[0].items[0].targets, [{ task: today.id, item: "LH-01@1" }])
  assert.deepEqual(due(missed, missed.map((one) => said(one, "LH-01"))), [])
})

test("twice a day is told, and the second time waits for its window", () => {
  const [morning, evening] = [task(["FD-01"], { to: MIDNIGHT + 12 * HOUR }), task(["FD-01"], { from: MIDNIGHT + 12 * HOUR })]
  const before = visitsOf([morning, evening], [], PLACES, NOON)
  assert.deepEqual([before.due[0].times, before.later.length], [{ all: 2, done: 0 }, 0])
  const after = visitsOf([morning, evening], [said(morning, "FD-01")], PLACES, NOON)
  assert.deepEqual([after.due[0].left, after.due[0].times], [0, { all: 2, done: 1 }])
  assert.equal(after.later[0].from, MIDNIGHT + 12 * HOUR)
  assert.equal(visitsOf([morning, evening], [said(morning, "FD-01")], PLACES, NOON + 4 * HOUR).due[0].left, 1)
})

test("what somebody else settled is not asked again", () => {
  const week = task(["SL-01", "HZ-01"])
  week.items[0].is_settled = true
  const [visit] = due([week])
  assert.equal(visit.left, 1)
})

test("a household is called by its name and has no place; a way is measured along its line", () => {
  const home = { kind: "household", key: "home", name: "刘奶奶家" }
  const bank = { kind: "route", key: "bank", name: "河堤", line: [[114.5, 27.3], [114.51, 27.3], [114.52, 27.3]] }
  const visits = due([task(["ZF-01"], { object: home }), task(["HZ-02"], { object: bank })])
  assert.deepEqual([visits[0].name, visits[0].place_row], ["刘奶奶家", null])
  assert.deepEqual([visits[1].name, visits[1].place, visits[1].place_row.lon], ["河堤", "bank", 114.51])
})
