// @ts-check
/** Two clocks for every record: the wall's, which people and networks set, and a monotonic one of this session. */

/** This session; the monotonic clock starts with it. */
export const BOOT = crypto.randomUUID()

/** Epoch milliseconds. */
export const now = () => Math.round(Date.now())

/** Milliseconds since this session began. */
export const mono = () => Math.round(performance.now())

/**
 * What every body carries. Of a time before this session (a tab that was killed) the monotonic clock knows nothing, and says nothing.
 * @param {number} [at] epoch ms, for something that was a while ago
 * @returns {{at: number, mono?: number, boot?: string}}
 */
export function stamp(at) {
  const moment = at ?? now()
  const since = mono() - (now() - moment)
  return since < 0 ? { at: moment } : { at: moment, mono: since, boot: BOOT }
}
