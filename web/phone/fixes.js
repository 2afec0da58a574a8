// @ts-check
/** Kept fixes become `track` items: each fix in exactly one, whatever dies when. */
import { item, outboxChanges } from "./outbox.js"
import { MOST_FIXES, pack } from "./packing.js"
import { all, together } from "./store.js"

/** @typedef {import("./packing.js").Fix} Fix */

/**
 * The fixes leave their store in the very transaction that keeps the items.
 * @param {string} [patrol] whose gaps are `gaps`
 * @param {import("./packing.js").Gap[]} [gaps]
 * @returns {Promise<boolean>} whether the gaps went along
 */
export async function packFixes(patrol, gaps = []) {
  let told = false
  let some = false
  await together(["fixes", "outbox"], async (transaction) => {
    for (const part of parts(await transaction.objectStore("fixes").getAll())) {
      const own = !told && part[0].patrol === patrol
      await transaction.objectStore("outbox").put(item("track", pack(part[0].patrol, part, own ? gaps : []), part[0].t))
      told ||= own
      some = true
    }
    await transaction.objectStore("fixes").clear()
  })
  if (some) outboxChanges.dispatchEvent(new Event("changed"))
  return told
}

/** In order of recording, never two patrols in one part. @param {Fix[]} fixes */
function parts(fixes) {
  /** @type {Fix[][]} */
  const found = []
  for (const fix of fixes) {
    const part = found.at(-1)
    if (!part || part[0].patrol !== fix.patrol || part.length >= MOST_FIXES) found.push([fix])
    else part.push(fix)
  }
  return found
}

/**
 * The line of one patrol in pieces, degrees: nothing is drawn over a gap.
 * @param {string} patrol @param {number} gap_ms
 * @returns {Promise<[number, number][][]>} at least one piece
 */
export async function piecesOf(patrol, gap_ms) {
  /** @type {[number, number][][]} */
  const found = [[]]
  let before = NaN
  for (const fix of await all("fixes")) {
    if (fix.patrol !== patrol) continue
    if (fix.t - before > gap_ms) found.push([])
    found.at(-1)?.push([fix.lon / 1e7, fix.lat / 1e7])
    before = fix.t
  }
  return found
}
