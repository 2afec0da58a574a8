// @ts-check
/** Hear at once when something changed. A hint only: the poll of sync.js is the floor, and this may fail at any time. */
import { call } from "./api.js"
import { pull } from "./changes.js"

const SOON_MS = 1000 // streams end by themselves every ten minutes
const AGAIN_MS = 15_000
const LONGEST_MS = 300_000

export const bell = new EventTarget()

/** @type {EventSource | null} */
let stream = null
let failures = 0
let opening = false
let timer = 0

export function startLive() {
  window.addEventListener("online", () => void open())
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? void open() : close()))
  void open()
}

async function open() {
  window.clearTimeout(timer)
  if (stream || opening || !navigator.onLine || document.visibilityState !== "visible") return
  opening = true
  try {
    const { ticket, url } = await call("live/ticket", { method: "POST" })
    stream = new EventSource(`${url}?ticket=${encodeURIComponent(ticket)}`)
    stream.onopen = () => (failures = 0)
    stream.onerror = later // a ticket opens one stream only, so the browser's own retry is of no use
    stream.addEventListener("changed", () => void look())
    stream.addEventListener("alert", () => void look().then(() => bell.dispatchEvent(new Event("alert"))))
  } catch {
    later()
  } finally {
    opening = false
  }
}

/** Straight to what changed: an alert does not wait behind photos that are on their way up. */
async function look() {
  await pull().catch(() => {}) // the poll comes by soon
}

function close() {
  stream?.close()
  stream = null
}

function later() {
  close()
  timer = window.setTimeout(() => void open(), failures ? Math.min(LONGEST_MS, AGAIN_MS * failures) : SOON_MS)
  failures += 1
}
