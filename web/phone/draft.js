// @ts-check
/** The report being made: on disk from the first tap, so a killed page loses nothing. */
import { dropPhoto } from "./media.js"
import { keepDraft } from "./outbox.js"
import { meta } from "./store.js"
import { state as outing } from "./tracker.js"

/** @typedef {{lon: number, lat: number, acc: number, source: "gps" | "map" | "place", key_place?: string, words?: string}} Where */
/** @typedef {{kind: string, text: string, urgent: boolean, photos: string[], place: Where | null}} Draft */

/** @returns {Draft} */
const empty = () => ({ kind: "", text: "", urgent: false, photos: [], place: null })

/** @returns {Promise<Draft>} */
export async function draft() {
  return { ...empty(), ...(await meta.get("draft")) }
}

/** One change after the other: a letter typed must not undo the tap before it. */
let before = Promise.resolve()

/** @param {Partial<Draft>} what @returns {Promise<void>} */
export function change(what) {
  before = before.catch(() => {}).then(async () => meta.set("draft", { ...(await draft()), ...what }))
  return before
}

/** @param {string} name */
export async function withoutPhoto(name) {
  const { photos } = await draft()
  await change({ photos: photos.filter((one) => one !== name) })
  await dropPhoto(name)
}

/**
 * Keep the report for sending; with the same stroke the draft is gone, so that no killed page offers it again.
 * @param {Draft} made @param {{lon: number, lat: number, acc: number} | null} spot
 * @returns {Promise<string | null>} its id; null when another tab has kept it already
 */
export async function report(made, spot) {
  if (!made.kind) return null
  const where = made.place ?? (spot && { ...spot, source: /** @type {const} */ ("gps") })
  const place = where && {
    crs: "wgs84",
    lon: Math.round(where.lon * 1e7),
    lat: Math.round(where.lat * 1e7),
    acc: Math.round(where.acc * 2),
    source: where.source,
  }
  const patrol = outing()?.patrol
  const body = {
    kind: made.kind, text: made.text.trim(), urgent: made.urgent ? 1 : 0, place, photos: made.photos,
    ...(made.place?.key_place ? { key_place: made.place.key_place } : {}), ...(patrol ? { patrol } : {}),
  } // prettier-ignore
  await before.catch(() => {})
  return keepDraft("report", body, "draft")
}
