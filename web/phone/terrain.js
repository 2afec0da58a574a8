// @ts-check
/** What lies under a grid, kept on the phone before it is needed: the first map may be opened where there is no network. */
import { call } from "./api.js"
import { rows } from "./changes.js"
import { meta } from "./store.js"

/** How long a kept ground is good: layers change with an import, a few times a year. */
const FRESH_MS = 24 * 3600_000

/** @param {string} code */
const keyOf = (code) => `ground ${code}`

/** @param {string} code */
async function fetchGround(code) {
  const ground = { ...(await call(`ground/${code}`)), at: Date.now() }
  await meta.set(keyOf(code), ground)
  return ground
}

/** The ground of a grid, from the phone if it is there. Without it border, places and route are drawn all the same. @param {string} code */
export async function groundOf(code) {
  return (await meta.get(keyOf(code))) ?? (await fetchGround(code).catch(() => null))
}

/** Fetch what is missing or a day old, one after the other; whatever fails comes with the next time. */
export async function keepGrounds() {
  for (const { code } of await rows("grid")) {
    const kept = await meta.get(keyOf(code))
    if (!kept || kept.at < Date.now() - FRESH_MS) await fetchGround(code)
  }
}
