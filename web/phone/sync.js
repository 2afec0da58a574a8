// @ts-check
/** The only caller of the upload endpoint: at the start, when the network comes, on a timer, on the button, after something is kept. */
import { Offline, Refused, call, squeezed } from "./api.js"
import { bodyHash } from "./canonical.js"
import { pull } from "./changes.js"
import { BOOT, mono, now } from "./clock.js"
import { queue as photoQueue, sweepPhotos, uploadPhotos } from "./media.js"
import { items, mark, outboxChanges, sweep } from "./outbox.js"
import { keepGrounds } from "./terrain.js"

const AT_ONCE = 50
const FEW = 5
/** What goes ahead of everything: calls for help; and while one lasts, where the person is. */
const CALLS = new Set(["sos", "sos_end"])
const WAY = new Set(["patrol", "track"])
const TIMER_MS = 60_000
const LONGEST_WAIT_MS = 600_000

export const statusChanges = new EventTarget()

/** @type {{network: "offline" | "portal" | "sending" | "held" | "attention" | "busy" | "revoked", waiting: number,
 *   oldest_at: number, sent: number, total: number, last_at: number}} */
const shown = { network: navigator.onLine ? "held" : "offline", waiting: 0, oldest_at: 0, sent: 0, total: 0, last_at: 0 }
export const status = () => ({ ...shown })

/** @type {Promise<void> | null} */
let running = null
let again = false
let failures = 0
let timer = 0
/** What waited when something was last kept. @type {Set<string>} */
let seen = new Set()

/** @param {Partial<typeof shown>} change */
function show(change) {
  Object.assign(shown, change)
  statusChanges.dispatchEvent(new Event("changed"))
}

const isCall = (/** @type {{kind: string}} */ one) => CALLS.has(one.kind)

/** Items that wait, calls for help first, then in order; photos on their way count with them on the strip. */
async function count() {
  const open = await items()
  const late = open.filter((one) => one.state === "waiting" || one.state === "sending")
  const wait = [...late.filter(isCall), ...late.filter((one) => !isCall(one))]
  const photos = await photoQueue()
  const ages = [...wait, ...photos].map((one) => one.made_at)
  show({ waiting: ages.length, oldest_at: ages.length ? Math.min(...ages) : 0 })
  return { wait, left: ages.length, needs: open.some((one) => one.state === "attention") }
}

/** Send everything that waits, then ask what changed. Calls that come meanwhile are folded into one more round. */
export function syncNow() {
  if (running) {
    again = true
    return running
  }
  running = round().finally(() => {
    running = null
    if (again) {
      again = false
      void syncNow()
    }
  })
  return running
}

/** A call for help does not wait behind what is on its way: it goes by itself, then the newest of the way. */
export async function hurry() {
  try {
    await sendBatch((await count()).wait.filter(isCall))
    await sendBatch((await count()).wait.filter((one) => WAY.has(one.kind)).slice(-FEW))
    if (failures && !running) void syncNow() // there is a way again, also for everything else
  } catch (problem) {
    show({ network: networkOf(problem) })
  }
  await count()
}

async function round() {
  window.clearTimeout(timer)
  let patience_s = 0
  try {
    await sendItems()
    await pull() // before the photos: an alert does not wait for them
    await uploadPhotos()
    failures = 0
    const { left, needs } = await count()
    show({ network: needs ? "attention" : "held", last_at: left ? shown.last_at : now() })
    void keepGrounds().catch(() => {}) // last of all: the maps of the days without a network
  } catch (problem) {
    failures += 1
    await count()
    show({ network: networkOf(problem) })
    patience_s = problem instanceof Offline ? problem.after_s : 0
  } finally {
    const wait = failures ? Math.max(patience_s * 1000, 5_000 * 2 ** Math.min(failures, 7)) : TIMER_MS
    timer = window.setTimeout(() => void syncNow(), Math.min(LONGEST_WAIT_MS, wait))
  }
}

/** @param {unknown} problem @returns {typeof shown.network} */
function networkOf(problem) {
  if (problem instanceof Offline) return problem.kind
  if (problem instanceof Refused && problem.status === 401) return "revoked"
  if (problem instanceof Refused) return problem.problem.retry === "after" ? "busy" : "attention"
  throw problem
}

async function sendItems() {
  const { wait: queue } = await count()
  show({ total: queue.length, sent: 0 })
  for (let first = 0; first < queue.length; first += AT_ONCE) {
    const batch = queue.slice(first, first + AT_ONCE)
    show({ network: "sending", sent: first })
    await sendBatch(batch)
  }
}

/** @param {import("./outbox.js").Item[]} batch */
async function sendBatch(batch) {
  if (!batch.length) return
  const answer = await call("sync", { method: "POST", ...(await packed(batch)) })
  if (!Array.isArray(answer?.outcomes)) throw new Offline("portal")
  await settle(batch, answer.outcomes)
}

/** @param {import("./outbox.js").Item[]} batch */
function packed(batch) {
  const sent = batch.map(({ id, kind, body }) => ({ id, kind, body }))
  return squeezed(JSON.stringify({ sent_at: now(), boot: BOOT, mono: mono(), items: sent }))
}

/**
 * Let go only of what has a receipt over exactly what we hold.
 * @param {import("./outbox.js").Item[]} batch
 * @param {{id: string, status: string, code: string, text: string, receipt?: {id: string, sha256: string}}[]} outcomes
 */
export async function settle(batch, outcomes) {
  const by_id = new Map(outcomes.map((one) => [one.id, one]))
  for (const record of batch) {
    const outcome = by_id.get(record.id)
    if (!outcome?.receipt || outcome.receipt.id !== record.id) continue
    if (outcome.receipt.sha256 !== (await bodyHash(record.body))) continue
    const is_fine = outcome.status === "stored" || outcome.status === "duplicate"
    const told = { code: outcome.code, text: outcome.text }
    await mark(record.id, is_fine ? { ...told, state: "held", held_at: now() } : { ...told, state: "attention" })
  }
}

export function startSync() {
  window.addEventListener("online", () => void syncNow())
  window.addEventListener("offline", () => show({ network: "offline" }))
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void syncNow())
  outboxChanges.addEventListener("changed", () => {
    void count().then(({ wait }) => {
      const is_new = wait.some((one) => !seen.has(one.id)) // told by its id: meanwhile others may have gone
      seen = new Set(wait.map((one) => one.id))
      if (is_new && navigator.onLine) void syncNow()
    })
  })
  void sweep().then(() => sweepPhotos())
  void syncNow()
}
