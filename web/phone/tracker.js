// @ts-check
/**
 * One outing: positions only between the person's start and stop, visibly. Each fix is on disk before the next comes;
 * fixes become `track` items, each fix in exactly one. A tab that was killed resumes with a gap that says so.
 */
import { now } from "./clock.js"
import { packFixes, piecesOf } from "./fixes.js"
import { item, outboxChanges } from "./outbox.js"
import { fixOf } from "./packing.js"
import { mayRecord } from "./session.js"
import { all, meta, put, together } from "./store.js"

const PACK_EVERY_MS = 5 * 60_000
const PACK_FIXES = 300
const GAP_MS = 120_000
const APART_MS = 60_000
const STILL_MS = 30 * 60_000 // nothing moved for so long: recording ends by itself
const STILL_M = 50 / 111_320

export const trackerChanges = new EventTarget()
const changed = () => trackerChanges.dispatchEvent(new Event("changed"))

/**
 * @typedef {{patrol: string, started_at: number, paused: boolean, records: boolean, last_at: number, since: number,
 *   gaps: import("./packing.js").Gap[], unsent_gaps: import("./packing.js").Gap[], moved: {lon: number, lat: number, t: number} | null}} Outing
 */

/** @type {Outing | null} */
let outing = null
/** @type {{lon: number, lat: number, acc: number, t: number} | null} */
let last = null
/** @type {[number, number][][]} pieces between gaps, degrees */
let pieces = []
let watch = 0
let timer = 0
/** @type {WakeLockSentinel | null} */
let lock = null
let problem = ""
let busy = false // a start or stop is under way: a second tap does nothing
let quick = false // help was called
let was_hidden = false // since the last fix
let first_since = 0 // when we began to listen, until the first position came

/** What the screens show; null when no patrol runs. */
export function state() {
  if (!outing) return null
  const { patrol, started_at, paused, records, gaps } = outing
  return { patrol, started_at, paused, records, gaps, last, pieces, problem }
}

/** The newest position, asked for once if no patrol runs. @returns {Promise<{lon: number, lat: number, acc: number, t: number} | null>} */
export async function here() {
  if (last && now() - last.t < 60_000) return last
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(last)
    const taken = (/** @type {GeolocationPosition} */ position) => resolve(place(position))
    navigator.geolocation.getCurrentPosition(taken, () => resolve(last), { enableHighAccuracy: true, timeout: 8000, maximumAge: 20_000 })
  })
}

/** @param {GeolocationPosition} position */
function place({ coords, timestamp }) {
  last = { lon: coords.longitude, lat: coords.latitude, acc: coords.accuracy, t: timestamp }
  return last
}

export async function start() {
  if (outing || busy) return
  busy = true
  try {
    const at = now()
    /** @type {Outing} */
    const begun = {
      patrol: crypto.randomUUID(), started_at: at, paused: false, records: await mayRecord(), last_at: at, since: at,
      gaps: [], unsent_gaps: [], moved: null,
    } // prettier-ignore
    await keepWith(begun, { patrol: begun.patrol, event: "start" }, at)
    outing = begun
    pieces = [[]]
    listen()
  } finally {
    busy = false
  }
  changed()
}

/** The event and where we stand, together or not at all. @param {Outing | null} next @param {any} body @param {number} [at] */
async function keepWith(next, body, at) {
  await together(["meta", "outbox"], async (transaction) => {
    await transaction.objectStore("outbox").put(item("patrol", body, at))
    await transaction.objectStore("meta").put(next, "outing")
  })
  outboxChanges.dispatchEvent(new Event("changed"))
}

/** After a reload or a killed tab: go on where we were, and say that nothing was recorded in between. */
export async function resumeAfterRestart() {
  outing = (await meta.get("outing")) ?? null
  if (!outing) return void (await packFixes())
  pieces = await piecesOf(outing.patrol, GAP_MS)
  if (now() - outing.last_at > GAP_MS && !outing.paused) await addGap(outing.last_at, now(), "killed")
  if (!outing.paused) listen()
  changed()
}

export async function pause() {
  if (!outing || outing.paused) return
  outing.paused = true
  outing.last_at = now()
  unlisten()
  await packUp()
  await remember()
}

export async function resume() {
  if (!outing?.paused) return
  await addGap(outing.last_at, now(), "paused")
  outing.paused = false
  outing.last_at = now()
  listen()
  await remember()
}

/** @param {"person" | "shift_over" | "no_movement"} [reason] */
export async function stop(reason = "person") {
  if (!outing || busy) return
  busy = true
  try {
    unlisten()
    await packUp()
    await keepWith(null, { patrol: outing.patrol, event: "end", reason })
    outing = null
    pieces = []
  } finally {
    busy = false
  }
  changed()
}

async function remember() {
  await meta.set("outing", outing)
  changed()
}

/** @param {number} from @param {number} to @param {string} cause */
async function addGap(from, to, cause) {
  if (!outing) return
  const gap = { from, to, cause }
  outing.gaps.push(gap)
  outing.unsent_gaps.push(gap)
  outing.moved = null
  if (pieces.at(-1)?.length) pieces.push([])
  await remember()
}

function listen() {
  if (!outing?.records || !navigator.geolocation) return
  first_since = now()
  watch = navigator.geolocation.watchPosition((position) => void take(position), deny, { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 })
  timer = window.setInterval(() => void tick(), 30_000)
  void stayAwake()
}

function unlisten() {
  navigator.geolocation?.clearWatch(watch)
  window.clearInterval(timer)
  void lock?.release()
  lock = null
}

async function stayAwake() {
  try {
    lock = (await navigator.wakeLock?.request("screen")) ?? null
  } catch {
    lock = null // the battery saver said no: the screen may sleep, and the gap will be told
  }
}

/** @param {GeolocationPosition} read */
async function take(read) {
  if (!outing || outing.paused || busy) return
  const asked_at = first_since
  first_since = 0
  if (read.timestamp < asked_at) return // remembered by the phone from before it was asked
  problem = ""
  // A satellite's clock may differ from the phone's, by which everything else here is timed.
  const position = /** @type {GeolocationPosition} */ ({ coords: read.coords, timestamp: Math.abs(read.timestamp - now()) > APART_MS ? now() : read.timestamp })
  const fix = fixOf(position, outing.patrol)
  const { lon, lat, t } = place(position)
  const before = outing.last_at
  if (t - before > GAP_MS) await addGap(before, t, was_hidden ? "throttled" : "no_fix")
  was_hidden = document.visibilityState === "hidden"
  await put("fixes", fix)
  if (outing?.patrol !== fix.patrol) return // stopped meanwhile; the fix is kept and goes up as its patrol's
  pieces.at(-1)?.push([lon, lat])
  outing.last_at = Math.max(before, t)
  const { moved } = outing
  if (!moved || Math.hypot(lon - moved.lon, lat - moved.lat) > STILL_M) outing.moved = { lon, lat, t }
  await remember()
  if ((quick && (await isWayClear())) || now() - outing.since >= PACK_EVERY_MS || (await all("fixes")).length >= PACK_FIXES) await packUp()
}

/** While help is called for, each fix goes up as soon as the piece before has gone, and standing still ends nothing. @param {boolean} on */
export function quicken(on) {
  quick = on
  if (on) void packUp()
}

const isWayClear = async () => !(await all("outbox")).some((one) => one.kind === "track" && one.state === "waiting")

/** @param {GeolocationPositionError} error */
function deny(error) {
  problem = error.code === error.PERMISSION_DENIED ? "no_permission" : "no_fix"
  changed()
}

async function tick() {
  if (!outing || outing.paused) return
  if (!quick && outing.moved && outing.last_at - outing.moved.t > STILL_MS) await stop("no_movement")
  else if (now() - outing.since >= PACK_EVERY_MS) await packUp()
}

/** Turn what is recorded into items. */
export async function packUp() {
  const mine = outing
  if (!mine) return
  const gaps = mine.unsent_gaps
  mine.unsent_gaps = []
  mine.since = now()
  if (!(await packFixes(mine.patrol, gaps))) mine.unsent_gaps = [...gaps, ...mine.unsent_gaps]
  if (outing === mine) await meta.set("outing", mine)
}

document.addEventListener("visibilitychange", () => {
  if (!outing || outing.paused) return
  if (document.visibilityState !== "hidden") return void (outing.records && stayAwake())
  was_hidden = true
  void packUp()
})
