// @ts-check
/** Shares, areas and grades in words, and which class of the ramp a share falls into. */

export const FREE = 254; // nothing is required there
export const PENDING = 255; // its ground has not been made yet

/** Whole percent, never rounded up into a better class. @param {number|null} share */
export function percent(share) {
  if (share === null) return "—";
  const whole = Math.floor(share * 100 + 1e-9);
  return share > 0 && whole < 1 ? "不到 1%" : `${whole}%`;
}

/** From 0, the lowest, up. @param {number} whole percent @param {number[]} classes */
export function classOf(whole, classes) {
  return classes.filter((limit) => whole >= limit * 100 - 1e-9).length;
}

/** The class in words, as a legend says it. @param {number} at @param {number[]} classes */
export function classWords(at, classes) {
  const limits = classes.map((limit) => Math.round(limit * 100));
  if (at === 0) return `${limits[0]}% 以下`;
  if (at === limits.length) return `${limits[at - 1]}% 以上`;
  return `${limits[at - 1]}–${limits[at] - 1}%`;
}

/** @param {number} m2 */
export const hectares = (m2) => (m2 / 1e4).toFixed(1);

/** @param {number} m2 */
export const squares = (m2) => Math.round(m2).toLocaleString("zh-CN");

/** Metres below ten kilometres. @param {number} m */
export const length = (m) => (m < 10_000 ? `${Math.round(m).toLocaleString("zh-CN")} 米` : `${(m / 1000).toFixed(1)} 千米`);

/** 11月20日. @param {string} day YYYY-MM-DD */
export const dayWords = (day) => `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`;

/** 11月17日–23日. @param {string} from @param {string} to */
export function daysWords(from, to) {
  if (from === to) return dayWords(from);
  return `${dayWords(from)}–${from.slice(0, 7) === to.slice(0, 7) ? `${Number(to.slice(8))}日` : dayWords(to)}`;
}

export const GRADES = /** @type {Record<string, string>} */ ({ A: "扫码", B: "停留", C: "拍照", D: "说明" });
