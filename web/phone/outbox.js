// @ts-check
/** The only writer of what this phone made. It is on disk before anything else happens, and leaves only against a receipt. */
import { stamp } from "./clock.js"
import { all, get, put, remove, together } from "./store.js"

/**
 * @typedef {{id: string, kind: string, body: any, state: "waiting" | "sending" | "attention" | "held",
 *   made_at: number, code?: string, text?: string, held_at?: number}} Item
 */

export const outboxChanges = new EventTarget()
const changed = () => outboxChanges.dispatchEvent(new Event("changed"))
const HELD_SHOWN_MS = 3 * 24 * 3600_000
/** The code of what another person left on this phone: it is never sent in the name of the next one. */
export const SET_ASIDE = "of_another_person"
const SET_ASIDE_TEXT = "这条是上一位用这部手机的人留下的，没有上传。请存成文件带去镇里。"

/** Half of a sign that was cut in two has no UTF-8: both sides would hash other bytes. @param {any} body */
function wellFormed(body) {
  return JSON.parse(JSON.stringify(body), (_key, value) => (typeof value === "string" ? value.toWellFormed?.() ?? value : value))
}

/** A new record in the shape it is stored and sent. @param {string} kind @param {any} body @param {number} [at] @returns {Item} */
export function item(kind, body, at) {
  const times = stamp(at)
  return { id: crypto.randomUUID(), kind, body: wellFormed({ ...times, ...body }), state: "waiting", made_at: times.at }
}

/** Keep something. Resolves with its id once it is on disk. @param {string} kind @param {any} body @param {number} [at] */
export async function keep(kind, body, at) {
  const record = item(kind, body, at)
  await put("outbox", record)
  changed()
  return record.id
}

/**
 * Keep what a draft has become, and the draft no longer, in one stroke. Null if another tab was faster: it is kept already.
 * @param {string} kind @param {any} body @param {string} draft its name among the small facts
 */
export async function keepDraft(kind, body, draft) {
  const record = item(kind, body)
  let is_kept = false
  await together(["outbox", "meta"], async (transaction) => {
    if (!(await transaction.objectStore("meta").get(draft))) return
    await transaction.objectStore("outbox").put(record)
    await transaction.objectStore("meta").delete(draft)
    is_kept = true
  })
  changed()
  return is_kept ? record.id : null
}

/** Everything, oldest first. @returns {Promise<Item[]>} */
export async function items() {
  return (await all("outbox")).sort((a, b) => a.made_at - b.made_at || (a.id < b.id ? -1 : 1))
}

/** What still has to go. Marked "sending" and cut off counts as waiting. @returns {Promise<Item[]>} */
export async function waiting() {
  return (await items()).filter((one) => one.state === "waiting" || one.state === "sending")
}

/** @param {string} id @param {Partial<Item>} change */
export async function mark(id, change) {
  await together(["outbox"], async (transaction) => {
    const record = await transaction.objectStore("outbox").get(id)
    if (record) await transaction.objectStore("outbox").put({ ...record, ...change })
  })
  changed()
}

/** The person decided that it need not stay. Only what needs attention or is held by the server can go. @param {string} id */
export async function drop(id) {
  const record = await get("outbox", id)
  if (record && (record.state === "attention" || record.state === "held")) {
    await remove("outbox", id)
    changed()
  }
}

/** Somebody else takes this phone over: what still waits is kept for its owner, and stays out of the new person's uploads. */
export async function setAside() {
  for (const one of await waiting()) await mark(one.id, { state: "attention", code: SET_ASIDE, text: SET_ASIDE_TEXT })
}

/** What the server has held for some days is no longer listed, unless a photo of it still has to go. */
export async function sweep(at = Date.now()) {
  const here = new Set((await all("photos")).map((photo) => photo.sha256))
  for (const one of await items()) {
    const is_whole = !(one.body.photos ?? []).some((/** @type {string} */ name) => here.has(name))
    if (one.state === "held" && (one.held_at ?? 0) < at - HELD_SHOWN_MS && is_whole) await remove("outbox", one.id)
  }
}

/** The last resort: everything unsent in one file that somebody can carry to the township. @returns {Promise<Blob>} */
export async function exportFile() {
  const photos = await Promise.all(
    (await all("photos")).map(async (photo) => ({ sha256: photo.sha256, type: photo.type, base64: await base64(photo.blob) })),
  )
  const open = (await items()).filter((one) => one.state !== "held")
  const text = JSON.stringify({ made_at: Date.now(), items: open.map(({ id, kind, body }) => ({ id, kind, body })), photos })
  return new Blob([text], { type: "application/json" })
}

/** @param {Blob} blob @returns {Promise<string>} */
async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ""
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
