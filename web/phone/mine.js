// @ts-check
/** What the township said, with what this phone has done since laid over it. */
import { rows } from "./changes.js"
import { distance_m } from "./geo.js"
import { items } from "./outbox.js"

/** Alerts answered here, sent or not. @returns {Promise<Set<string>>} */
export async function answeredAlerts() {
  return new Set((await items()).filter((one) => one.kind === "seen").map((one) => one.body.alert))
}

/** What this person said to questions on this phone, sent or not; the newest of each. @returns {Promise<Map<string, string>>} */
export async function flagAnswers() {
  return new Map((await items()).filter((one) => one.kind === "flag_answer").map((one) => [one.body.flag, one.body.text]))
}

/** Tasks with this phone's own later answers in them: each item gets `answer` {result, reason, photos}, each task `left` and `place_row`. */
export async function tasks() {
  const answers = new Map()
  for (const { kind, body, state } of await items()) {
    if (kind === "answer" && state !== "attention") answers.set(`${body.task} ${body.item}`, body)
  }
  const places = new Map((await rows("key_place")).map((place) => [place.id, place]))
  return (await rows("task")).map((task) => {
    const asked = task.items.map((/** @type {any} */ one) => {
      const mine = answers.get(`${task.id} ${one.item}`)
      return { ...one, answer: mine ?? (one.result ? { result: one.result } : null) }
    })
    return {
      ...task,
      items: asked,
      left: asked.filter((/** @type {any} */ one) => !one.answer).length,
      place_row: places.get(task.place) ?? null,
    }
  })
}

/** @param {any} task */
export const isDone = (task) => task.state === "done" || (task.items.length > 0 && task.left === 0)

/** @param {any} task */
export const nameOf = (task) => task.place_row?.name ?? task.title

/** Nearest first when we know where we are; then by the end of the window. @param {any[]} list @param {{lon: number, lat: number} | null} here */
export function ordered(list, here) {
  /** @param {any} task */
  const far = (task) => (here && task.place_row ? distance_m(here, task.place_row) : Infinity)
  return [...list].sort((a, b) => (far(a) === far(b) ? a.to - b.to : far(a) - far(b)))
}
