// @ts-check
/** Whose phone this is, what the township told it about its person, and what the person said to the notice on tracks. */
import { call } from "./api.js"
import { now } from "./clock.js"
import { packFixes } from "./fixes.js"
import { setAside } from "./outbox.js"
import { askToPersist, meta, together } from "./store.js"

export const sessionChanges = new EventTarget()
const changed = () => sessionChanges.dispatchEvent(new Event("changed"))

/** Turn a code from the administrator into this phone's token. Throws `Refused` or `Offline`. @param {string} code */
export async function enrol(code) {
  const answer = await call("enrol", { body: { code, device_name: deviceName() } })
  const before = (await me())?.person.id
  if (before && before !== answer.person.id) await handOver()
  await meta.set("token", answer.token)
  await askToPersist()
  await refreshMe().catch(() => {}) // the code is used up and the token is ours: the rest comes with the next try
  return answer
}

/** The phone goes to another person: nothing of the one before is shown or sent any more, and nothing unsent is lost. */
async function handOver() {
  await packFixes()
  await setAside()
  await together(["rows", "meta"], async (transaction) => {
    await transaction.objectStore("rows").clear()
    for (const name of ["outing", "help", "digest", "me"]) await transaction.objectStore("meta").delete(name)
  })
}

export async function signedIn() {
  return Boolean(await meta.get("token"))
}

/** What `GET me` said last, also offline. @returns {Promise<any>} null before the first time */
export async function me() {
  return (await meta.get("me")) ?? null
}

export async function refreshMe() {
  const answer = await call("me")
  await meta.set("me", answer)
  changed()
  return answer
}

/** Whether the person has not yet answered this version of the notice. */
export async function needsConsent() {
  const known = await me()
  return known !== null && known.consent === null
}

/** Whether tracks may be recorded. */
export async function mayRecord() {
  return (await me())?.consent === "given"
}

/**
 * Needs the network: consent is given to the township, not to a phone. Says how many pieces of track went, and how many a hold keeps.
 * @param {"given" | "refused" | "withdrawn"} decision
 */
export async function answerConsent(decision) {
  const known = await me()
  const answer = await call("consent", { body: { notice_version: known.notice.version, decision, at: now() } })
  await meta.set("me", { ...known, consent: decision })
  changed()
  return answer
}

/** Tell the township how the phone is doing; a hint that may fail. */
export async function sendHealth() {
  const room = await navigator.storage?.estimate?.()
  const permission = await navigator.permissions?.query?.({ name: "geolocation" }).catch(() => null)
  await call("health", {
    body: {
      storage_free: room?.quota ? Math.round(room.quota - (room.usage ?? 0)) : null,
      storage_persisted: Boolean(await meta.get("persisted")),
      permissions: { geolocation: permission?.state ?? "unknown" },
    },
  })
}

function deviceName() {
  const inside = /\(([^)]*)\)/.exec(navigator.userAgent)?.[1] ?? ""
  return inside.split(";").slice(-1)[0].trim().slice(0, 60) || "手机"
}
