// @ts-check
/** Whether this phone is rung while the page is closed. Permission is asked for on a tap only; the inbox never depends on it. */
import { call } from "./api.js"
import { now } from "./clock.js"
import { me } from "./session.js"
import { meta } from "./store.js"

const AGAIN_MS = 7 * 86_400_000 // the township forgets addresses it has not heard of for long

/** @returns {Promise<"none" | "refused" | "on" | "off">} none: this browser or this township has no push */
export async function pushState() {
  const key = (await me())?.push_key
  if (!key || !("PushManager" in window) || !("Notification" in window) || !("serviceWorker" in navigator)) return "none"
  if (Notification.permission === "denied") return "refused"
  return Notification.permission === "granted" && (await meta.get("push")) ? "on" : "off"
}

/** Ask, subscribe, tell the township. Throws `Offline`, or what the browser says when it has no push service. */
export async function ringMe() {
  if ((await Notification.requestPermission()) === "granted") await tell(await subscription())
}

export async function ringMeNot() {
  await call("address", { method: "DELETE" })
  await meta.set("push", null)
  await (await (await navigator.serviceWorker.ready).pushManager.getSubscription())?.unsubscribe()
}

/** Keep the address true: a new subscription, another person on this phone, or a week without a word. */
export async function refreshPush() {
  const told = await meta.get("push")
  if (!told || (await pushState()) !== "on") return
  const current = await subscription()
  const person = (await me()).person.id
  if (told.endpoint !== current.endpoint || told.person !== person || now() - told.at > AGAIN_MS) await tell(current)
}

async function subscription() {
  const key = bytes((await me()).push_key)
  const manager = (await navigator.serviceWorker.ready).pushManager
  const kept = await manager.getSubscription()
  if (kept && String(new Uint8Array(kept.options?.applicationServerKey ?? key)) === String(key)) return kept
  await kept?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
}

/** @param {PushSubscription} current */
async function tell(current) {
  const address = JSON.stringify(current.toJSON())
  await call("address", { method: "PUT", body: { channel: "webpush", kind: "vapid", address } })
  await meta.set("push", { endpoint: current.endpoint, person: (await me()).person.id, at: now() })
}

/** @param {string} text base64url */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}
