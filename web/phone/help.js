// @ts-check
/** A call for help: on disk before anything else happens, sent ahead of everything, over when the person or a desk says so. */
import { changes, pull, rows } from "./changes.js"
import { now } from "./clock.js"
import { item, items, keep, outboxChanges } from "./outbox.js"
import { mayRecord } from "./session.js"
import { meta, together } from "./store.js"
import { hurry } from "./sync.js"
import { here, quicken, resume, start, state as outing, stop } from "./tracker.js"

const BEAT_MS = 5_000
const FRESH_MS = 60_000

export const helpChanges = new EventTarget()
const changed = () => helpChanges.dispatchEvent(new Event("changed"))

/**
 * `patrol` is the outing that began for this call and ends with it; none if one ran already.
 * @typedef {{call: string, called_at: number, patrol?: string, ended_at?: number}} Call
 * @typedef {"waiting" | "sent" | "seen" | "ended"} Stage
 */

let timer = 0
let busy = false

/** Where the call of this phone stands; null without one. */
export async function help() {
  /** @type {Call | null} */
  const call = (await meta.get("help")) ?? null
  if (!call) return null
  const told = (await rows("help")).find((one) => one.id === call.call)
  const held = (await items()).find((one) => one.kind === "sos" && one.body.call_id === call.call && one.state === "held")
  const sent_at = told?.received_at || held?.held_at || 0
  /** @type {Stage} */
  const stage = call.ended_at || told?.ended_at ? "ended" : told?.seen_at ? "seen" : sent_at ? "sent" : "waiting"
  return { ...call, stage, sent_at, seen_at: told?.seen_at ?? 0, seen_by: told?.seen_by ?? "", ended_by: told?.ended_by ?? "", word: told?.word ?? "" }
}

/** The person pressed and confirmed. Resolves once the call is on disk; everything else follows by itself. */
export async function callForHelp() {
  if (busy || (await help())) return
  busy = true
  try {
    const at = now()
    const last = outing()?.last
    /** @type {Call} */
    const call = { call: crypto.randomUUID(), called_at: at }
    const place = last && at - last.t < FRESH_MS ? placeOf(last) : null
    const body = { call_id: call.call, called_at: at, ...(place ? { place } : {}), ...(outing() ? { patrol: outing()?.patrol } : {}) }
    await together(["meta", "outbox"], async (transaction) => {
      await transaction.objectStore("outbox").put(item("sos", body, at))
      await transaction.objectStore("meta").put(call, "help")
    })
    outboxChanges.dispatchEvent(new Event("changed"))
    void hurry()
    await follow(call)
    if (!place) void tellPlace(call)
  } finally {
    busy = false
  }
  changed()
  beat()
}

/** Positions exist only within a patrol: one begins for the call if none runs, and a paused one goes on. @param {Call} call */
async function follow(call) {
  quicken(true)
  if (outing()) return resume()
  if (!(await mayRecord())) return // nothing is recorded of who did not agree: the place of the call stands alone
  await start()
  await meta.set("help", { ...call, patrol: outing()?.patrol })
}

/** The same call again, now with its place. @param {Call} call */
async function tellPlace(call) {
  const spot = await here()
  if (!spot || now() - spot.t > FRESH_MS) return
  await keep("sos", { call_id: call.call, called_at: call.called_at, place: placeOf(spot), patrol: outing()?.patrol })
  void hurry()
}

/** @param {{lon: number, lat: number, acc: number}} spot */
const placeOf = ({ lon, lat, acc }) => ({ crs: "wgs84", lon: Math.round(lon * 1e7), lat: Math.round(lat * 1e7), acc: Math.round(acc * 2) })

/** The person is safe. Kept and sent like the call. */
export async function endHelp() {
  const call = await help()
  if (!call || call.stage === "ended" || busy) return
  await together(["meta", "outbox"], async (transaction) => {
    await transaction.objectStore("outbox").put(item("sos_end", { call_id: call.call }))
    await transaction.objectStore("meta").put(null, "help")
  })
  outboxChanges.dispatchEvent(new Event("changed"))
  await calmDown(call)
  void hurry()
}

/** The person has read that a desk ended it. */
export async function putAway() {
  await meta.set("help", null)
  changed()
}

/** No more haste; a patrol that began for the call ends with it. @param {Call} call */
async function calmDown(call) {
  window.clearTimeout(timer)
  quicken(false)
  if (call.patrol && outing()?.patrol === call.patrol) await stop("person")
  changed()
}

/** While it lasts: send what waits, ask who has seen it. */
function beat() {
  window.clearTimeout(timer)
  timer = window.setTimeout(async () => {
    const call = await help()
    if (!call || call.stage === "ended") return quicken(false)
    await hurry()
    await pull().catch(() => {})
    beat()
  }, BEAT_MS)
}

/** A desk may have seen or ended it. */
async function heard() {
  const call = await help()
  if (!call) return
  if (call.stage === "ended" && !call.ended_at) {
    await meta.set("help", { call: call.call, called_at: call.called_at, ended_at: now() })
    await calmDown(call)
  }
  changed()
}

/** After a reload or a killed tab a call goes on. */
export async function resumeHelp() {
  changes.addEventListener("changed", () => void heard())
  outboxChanges.addEventListener("changed", () => void help().then((call) => call && changed()))
  const call = await help()
  if (!call || call.stage === "ended") return
  if (outing()) quicken(true)
  else if (!call.patrol) await follow(call) // killed between the press and the start
  beat()
}
