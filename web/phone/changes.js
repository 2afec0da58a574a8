// @ts-check
/** What this person sees, kept on the phone. The server answers the difference; what is unsent is never touched here. */
import { Offline, call } from "./api.js"
import { all, meta, together } from "./store.js"

export const changes = new EventTarget()

/** @type {Promise<any>} */
let line = Promise.resolve()

/** Ask what changed, one question after the other: an older answer never covers a newer one. Resolves with whether anything did. */
export function pull() {
  const mine = line.then(ask)
  line = mine.catch(() => {})
  return mine
}

async function ask() {
  const digest = await meta.get("digest")
  const answer = await call("changes", { body: { ...(digest ? { digest } : {}), have: await have() } })
  if (answer === null) return false
  if (!Array.isArray(answer.put) || !Array.isArray(answer.drop)) throw new Offline("portal")
  await together(["rows", "meta"], async (transaction) => {
    const rows = transaction.objectStore("rows")
    for (const row of answer.put) await rows.put(row)
    for (const { kind, id } of answer.drop) await rows.delete([kind, id])
    await transaction.objectStore("meta").put(answer.digest, "digest")
  })
  if (answer.put.length || answer.drop.length) changes.dispatchEvent(new Event("changed"))
  return answer.put.length + answer.drop.length > 0
}

async function have() {
  /** @type {Record<string, Record<string, string>>} */
  const table = {}
  for (const { kind, id, version } of await all("rows")) (table[kind] ??= {})[id] = version
  return table
}

/** Bodies of one kind from the local copy. @param {"grid" | "key_place" | "task" | "alert" | "outcome" | "report" | "flag" | "help"} kind @returns {Promise<any[]>} */
export async function rows(kind) {
  return (await all("rows")).filter((row) => row.kind === kind).map((row) => row.body)
}
