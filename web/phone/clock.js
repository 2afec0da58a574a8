// @ts-check
/** Two clocks for every record: the wall's, which people and networks set, and a monotonic one of this session. */

/** This session; the monotonic clock starts with it. */
export const BOOT = crypto.randomUUID()

/** Epoch milliseconds. */
export const now = () => Math.round(Date.now())

/** Milliseconds since this session began. */
export const mono = () => Math.round(performance.now())

/** What every body carries. @param {number} [at] epoch ms, for something that was a while ago */
export function stamp(at) {
  const moment = at ?? now()
  return { at: moment, mono: Math.max(0, mono() - (now() - moment)), boot: BOOT }
}
