// What a phone made leaves it only against a receipt over exactly what it holds.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"

import { Township, browser, json, problem } from "./fakes.mjs"
import { empty, meta, put, tables } from "./fake_store.mjs"

const { keep, items, setAside, SET_ASIDE } = await import("../../web/phone/outbox.js")
const { hurry, status, syncNow } = await import("../../web/phone/sync.js")
const { enrol } = await import("../../web/phone/session.js")
const { rows } = await import("../../web/phone/changes.js")

/** @type {Township} */
let town
beforeEach(() => {
  empty()
  town = new Township()
})

const states = async () => (await items()).map((one) => one.state)
const photoOf = (name, size) => put("photos", { sha256: name, type: "image/jpeg", blob: new Blob([new Uint8Array(size)]), made_at: 1 })

test("an item with a receipt over its bytes is held by the township", async () => {
  await keep("report", { kind: "fire", text: "山背冒烟 🔥", place: { lon: 1145000000, lat: 271000000 } })
  await syncNow()
  assert.deepEqual(await states(), ["held"])
  assert.equal(status().network, "held")
  assert.equal(status().waiting, 0)
})

test("a receipt over other bytes lets nothing go", async () => {
  const id = await keep("report", { text: "a" })
  town.sync = ({ items: sent }) => json({ outcomes: sent.map((one) => ({ ...town.outcome({ id: one.id, body: { text: "b" } }) })) })
  await syncNow()
  assert.deepEqual(await states(), ["waiting"])
  assert.equal(status().waiting, 1)
  town.sync = Township.prototype.sync
  await syncNow()
  assert.deepEqual(await states(), ["held"])
  assert.ok(town.items.has(id))
})

test("an answer without a receipt lets nothing go", async () => {
  await keep("report", { text: "a" })
  town.sync = ({ items: sent }) => json({ outcomes: sent.map(({ id }) => ({ id, status: "stored", code: "ok", text: "" })) })
  await syncNow()
  assert.deepEqual(await states(), ["waiting"])
})

test("a captive portal that answers 200 with a page is no network", async () => {
  await keep("report", { text: "a" })
  town.sync = () => new Response("<html>请登录 WiFi</html>", { status: 200, headers: { "Content-Type": "text/html" } })
  await syncNow()
  assert.equal(status().network, "portal")
  assert.deepEqual(await states(), ["waiting"])
  assert.ok(browser.timers.at(-1).ms >= 60_000, "it is tried again later")
})

test("JSON that is not of our shape is no network either", async () => {
  await keep("report", { text: "a" })
  town.sync = () => json({ ok: true })
  await syncNow()
  assert.equal(status().network, "portal")
  assert.deepEqual(await states(), ["waiting"])
})

test("without a network everything stays, and the same id and bytes go up later", async () => {
  const id = await keep("seen", { alert: "x" })
  const [{ body }] = await items()
  globalThis.fetch = () => Promise.reject(new TypeError("no route"))
  await syncNow()
  assert.equal(status().network, "offline")
  town = new Township()
  await syncNow()
  assert.deepEqual(town.items.get(id), body)
})

test("a phone that was stopped keeps everything it has", async () => {
  await keep("report", { text: "a" })
  town.sync = () => problem(401, "device_revoked", { retry: "login" })
  await syncNow()
  assert.equal(status().network, "revoked")
  assert.deepEqual(await states(), ["waiting"])
})

test("a busy township is tried again, and says so", async () => {
  await keep("report", { text: "a" })
  for (const answer of [problem(429, "too_many", { retry: "after" }), problem(503, "busy")]) {
    town.sync = () => answer
    await syncNow()
    assert.equal(status().network, "busy")
    assert.deepEqual(await states(), ["waiting"])
  }
})

test("one item that is put aside does not hold up the others", async () => {
  const first = await keep("report", { text: "1" }, 1)
  await keep("report", { text: "2" }, 2)
  await keep("report", { text: "3" }, 3)
  town.sync = ({ items: sent }) =>
    json({
      outcomes: [
        town.outcome(sent[0], { status: "id_reused", code: "id_reused", text: "同一个编号发来了两份不同的内容" }),
        town.outcome(sent[1], { status: "duplicate" }),
      ],
    })
  await syncNow()
  assert.deepEqual(await states(), ["attention", "held", "waiting"])
  assert.equal((await items()).find((one) => one.id === first)?.text, "同一个编号发来了两份不同的内容")
  assert.equal(status().network, "attention")
})

test("a long batch is squeezed, a short one goes as it is", async () => {
  await keep("report", { text: "短" })
  await syncNow()
  assert.equal(town.last_was_zipped, false)
  await keep("report", { text: "长".repeat(2000) })
  await syncNow()
  assert.equal(town.last_was_zipped, true)
  assert.deepEqual(await states(), ["held", "held"])
})

test("photos of what was handed in go up, others stay on the phone", async () => {
  await photoOf("aa", 600_000)
  await photoOf("bb", 10)
  await keep("report", { text: "有照片", photos: ["aa"] })
  await syncNow()
  assert.equal(town.photos.get("aa").length, 600_000)
  assert.deepEqual([...tables.photos.keys()], ["bb"])
})

test("a photo goes on from where the township has it", async () => {
  await photoOf("aa", 600_000)
  await keep("report", { photos: ["aa"] })
  town.photos.set("aa", Buffer.alloc(500_000))
  await syncNow()
  assert.equal(town.photos.get("aa").length, 600_000)
  assert.equal(town.calls.filter((call) => call.startsWith("PATCH")).length, 1)
})

test("while a photo waits the strip does not say that all is uploaded", async () => {
  await photoOf("aa", 10)
  await keep("report", { photos: ["aa"] })
  town.upload = () => Promise.reject(new TypeError("gone"))
  await syncNow()
  assert.deepEqual(await states(), ["held"])
  assert.equal(status().network, "offline")
  assert.equal(status().waiting, 1)
})

test("a photo that is never taken keeps the township's words, and the others go on", async () => {
  await photoOf("aa", 10)
  await photoOf("bb", 10)
  await keep("report", { photos: ["aa", "bb"] })
  const upload = town.upload.bind(town)
  town.upload = (path, method, body, headers) =>
    Buffer.from(headers["Upload-Metadata"]?.slice(7) ?? "", "base64").toString().startsWith("aa") ? problem(413, "too_large", { detail: "照片太大。" }) : upload(path, method, body, headers)
  await syncNow()
  assert.deepEqual([...tables.photos.keys()], ["aa"])
  assert.equal(tables.photos.get("aa").refused, "照片太大。")
})

test("what changed is asked for before photos go up", async () => {
  await photoOf("aa", 10)
  await keep("report", { photos: ["aa"] })
  await syncNow()
  const [sync, changes, begin] = ["sync", "changes", "media/"].map((end) => town.calls.findIndex((call) => call.endsWith(end)))
  assert.ok(sync < changes && changes < begin, town.calls.join(", "))
})

test("the difference is applied, and leaves what is unsent alone", async () => {
  await keep("seen", { alert: "x" })
  await put("rows", { kind: "task", id: "old", version: "1", body: {} })
  town.changes = ({ have }) => {
    assert.deepEqual(have, { task: { old: "1" } })
    return json({ put: [{ kind: "task", id: "new", version: "2", body: { title: "看塘" } }], drop: [{ kind: "task", id: "old" }], digest: "d" })
  }
  town.sync = () => problem(503, "busy")
  await syncNow()
  assert.deepEqual(await rows("task"), [{}], "nothing was asked while the township is busy")
  town.sync = Township.prototype.sync
  await syncNow()
  assert.deepEqual(await rows("task"), [{ title: "看塘" }])
  assert.equal(await meta.get("digest"), "d")
})

test("what one person left on the phone is never sent in another's name", async () => {
  await enrol("AAAA")
  await photoOf("aa", 10)
  await keep("report", { text: "我的", photos: ["aa"] })
  town.person = { id: "p-2", name: "彭水生" }
  await enrol("BBBB")
  await syncNow()
  assert.equal(town.items.size, 0)
  assert.equal(town.photos.size, 0)
  assert.deepEqual((await items()).map((one) => [one.state, one.code]), [["attention", SET_ASIDE]])
})

test("the same person with a new code goes on with what waited", async () => {
  await enrol("AAAA")
  await keep("report", { text: "我的" })
  await enrol("CCCC")
  await syncNow()
  assert.deepEqual(await states(), ["held"])
})

test("the ground of one's grids is fetched before a map asks for it, and once", async () => {
  await put("rows", { kind: "grid", id: "360829102201001", version: "1", body: { code: "360829102201001" } })
  const answer = town.answer.bind(town)
  town.answer = async (path, options) => (path.includes("/ground/") ? (town.calls.push(path), json({ grid: path.split("/").at(-1), lines: [], cover: [], houses: [] })) : answer(path, options))
  for (let i = 0; i < 2; i++) {
    await syncNow()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(town.calls.filter((call) => call.includes("/ground/")).length, 1)
  assert.deepEqual((await meta.get("ground 360829102201001")).houses, [])
})

test("a call for help goes first, whatever was kept before it", async () => {
  await keep("report", { text: "先写的" }, Date.now() - 60_000)
  await keep("sos", { call_id: "c" })
  const order = []
  town.sync = ({ items: sent }) => (order.push(...sent.map((one) => one.kind)), Township.prototype.sync.call(town, { items: sent }))
  await syncNow()
  assert.deepEqual(order, ["sos", "report"])
})

test("a call for help does not wait behind photos on their way, and the newest of the way goes with it", async () => {
  await photoOf("aa", 10)
  await keep("report", { text: "有照片", photos: ["aa"] })
  let let_go = () => {}
  const upload = town.upload.bind(town)
  town.upload = async (...all) => (await new Promise((resolve) => (let_go = () => resolve(0))), upload(...all))
  const round = syncNow()
  while (!town.calls.some((call) => call.includes("/media/"))) await new Promise((resolve) => setTimeout(resolve, 5))
  await keep("sos", { call_id: "c" })
  await keep("track", { patrol: "p", dt: [0] })
  await hurry()
  assert.deepEqual(await states(), ["held", "held", "held"])
  town.upload = upload
  let_go()
  await round
})
