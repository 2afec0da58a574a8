// @ts-check
/** What the township said, with what this phone has done since laid over it. */
import { rows } from "./changes.js"
import { distance_m } from "./geo.js"
import { items } from "./outbox.js"
import { visitsOf } from "./visits.js"

/** Alerts answered here, sent or not. @returns {Promise<Set<string>>} */
export async function answeredAlerts() {
  return new Set((await items()).filter((one) => one.kind === "seen").map((one) => one.body.alert))
}

/** What this person said to questions on this phone, sent or not; the newest of each. @returns {Promise<Map<string, string>>} */
export async function flagAnswers() {
  return new Map((await items()).filter((one) => one.kind === "flag_answer").map((one) => [one.body.flag, one.body.text]))
}

/** Answers of this phone, oldest first; those the township could not read are none. */
async function answered() {
  return (await items()).filter(({ kind, state }) => kind === "answer" && state !== "attention").map(({ body }) => body)
}

/** What is to be visited: `due` now and `later`; see `visits.js`. @param {number} [now] */
export async function visits(now = Date.now()) {
  const places = new Map((await rows("key_place")).map((place) => [place.id, place]))
  return visitsOf(await rows("task"), await answered(), places, now)
}

/** Places a person said they were at, today. @returns {Promise<Set<string>>} */
export async function checkedPlaces() {
  const midnight = new Date().setHours(0, 0, 0, 0)
  return new Set((await items()).filter(({ kind, made_at }) => kind === "place_check" && made_at >= midnight).map(({ body }) => body.key_place))
}

/** @param {any} visit */
export const isDone = (visit) => visit.left === 0

/** Where to go to: a place, or the nearest point of a way. @param {{lon: number, lat: number}} here @param {any} place @returns {{lon: number, lat: number}} */
export function toward(here, place) {
  const points = (place.line ?? [[place.lon, place.lat]]).map((/** @type {[number, number]} */ [lon, lat]) => ({ lon, lat }))
  return points.sort((/** @type {any} */ a, /** @type {any} */ b) => distance_m(here, a) - distance_m(here, b))[0]
}

/** Nearest first when we know where we are; then by the end of the window. @param {any[]} list @param {{lon: number, lat: number} | null} here */
export function ordered(list, here) {
  const far = new Map(list.map((visit) => [visit, here && visit.place_row ? distance_m(here, toward(here, visit.place_row)) : Infinity]))
  /** @param {any} visit */
  const m = (visit) => far.get(visit) ?? Infinity
  return [...list].sort((a, b) => (m(a) === m(b) ? a.to - b.to : m(a) - m(b)))
}
