// @ts-check
/** The only caller of the upload endpoint: at the start, when the network comes, on a timer, on the button, after something is kept. */
import { Offline, Refused, call, squeezed } from "./api.js"
import { bodyHash } from "./canonical.js"
import { pull } from "./changes.js"
import { BOOT, mono, now } from "./clock.js"
import { uploadPhotos } from "./media.js"
import { items, mark, outboxChanges, sweep, waiting } from "./outbox.js"

const AT_ONCE = 50
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

/** @param {Partial<typeof shown>} change */
function show(change) {
  Object.assign(shown, change)
  statusChanges.dispatchEvent(new Event("changed"))
}

async function count() {
  const open = await items()
  const wait = open.filter((one) => one.state === "waiting" || one.state === "sending")
  const needs = open.some((one) => one.state === "attention")
  show({ waiting: wait.length, oldest_at: wait[0]?.made_at ?? 0 })
  return { wait, needs }
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

async function round() {
  window.clearTimeout(timer)
  try {
    await sendItems()
    await uploadPhotos()
    await pull()
    failures = 0
    const { wait, needs } = await count()
    show({ network: needs ? "attention" : "held", last_at: wait.length ? shown.last_at : now() })
  } catch (problem) {
    failures += 1
    await count()
    show({ network: networkOf(problem) })
  }
  const wait = failures ? Math.min(LONGEST_WAIT_MS, 5_000 * 2 ** Math.min(failures, 7)) : TIMER_MS
  timer = window.setTimeout(() => void syncNow(), wait)
}

/** @param {unknown} problem @returns {typeof shown.network} */
function networkOf(problem) {
  if (problem instanceof Offline) return problem.kind
  if (problem instanceof Refused) return problem.status === 401 ? "revoked" : "attention"
  throw problem
}

async function sendItems() {
  const queue = await waiting()
  show({ total: queue.length, sent: 0, waiting: queue.length, oldest_at: queue[0]?.made_at ?? 0 })
  for (let first = 0; first < queue.length; first += AT_ONCE) {
    const batch = queue.slice(first, first + AT_ONCE)
    show({ network: "sending", sent: first })
    const answer = await call("sync", { method: "POST", ...(await packed(batch)) })
    if (!Array.isArray(answer?.outcomes)) throw new Offline("portal")
    await settle(batch, answer.outcomes)
  }
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
    void waiting().then((queue) => {
      if (queue.length > shown.waiting && navigator.onLine) void syncNow()
      else void count()
    })
  })
  void sweep()
  void syncNow()
}
