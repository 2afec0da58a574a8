// @ts-check
/** Times and ages as people say them here. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"]

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0")

/** 10:32. @param {number} ms */
export function clock(ms) {
  const moment = new Date(ms)
  return `${two(moment.getHours())}:${two(moment.getMinutes())}`
}

/** 11月24日 周二. @param {number} ms */
export function dayTitle(ms) {
  const moment = new Date(ms)
  return `${dayWord(ms)} ${WEEK[moment.getDay()]}`
}

/** 11月24日. @param {number} ms */
export function dayWord(ms) {
  const moment = new Date(ms)
  return `${moment.getMonth() + 1}月${moment.getDate()}日`
}

/** 今天, 昨天, this week 周日, else 11月23日. @param {number} ms @param {number} [now] */
export function dayName(ms, now = Date.now()) {
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(ms).setHours(0, 0, 0, 0)) / DAY)
  if (days === 0 || days === 1) return days ? "昨天" : "今天"
  return days > 1 && days < 7 ? WEEK[new Date(ms).getDay()] : dayWord(ms)
}

/** Today 10:32; this week 周日 16:20; else 11月23日. @param {number} ms @param {number} [now] */
export function when(ms, now = Date.now()) {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  if (ms >= midnight && ms < midnight + DAY) return clock(ms)
  if (Math.abs(midnight - ms) < 6 * DAY) return `${WEEK[new Date(ms).getDay()]} ${clock(ms)}`
  return dayWord(ms)
}

/** 今天内, 12:00 前, 11月30日前; what is over: 过期了，补上也行. @param {number} to the end, not itself @param {number} [now] */
export function dueWord(to, now = Date.now()) {
  if (to <= now) return "过期了，补上也行"
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  if (to < midnight + DAY) return `${clock(to)} 前`
  return to === midnight + DAY ? "今天内" : `${dayWord(to - 1)}前`
}

/** 12:00 起, 周三起, 11月30日起. @param {number} from @param {number} [now] */
export function fromWord(from, now = Date.now()) {
  const days = Math.round((new Date(from).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / DAY)
  const hour = new Date(from).getHours() || new Date(from).getMinutes() ? ` ${clock(from)}` : ""
  if (days === 0) return `${clock(from)} 起`
  return `${days === 1 ? "明天" : dayWord(from)}${hour} 起`
}

/** 3分钟, 1小时40分, 2天. @param {number} ms */
export function age(ms) {
  const minutes = Math.max(1, Math.round(ms / MINUTE))
  if (minutes < 60) return `${minutes}分钟`
  if (ms < DAY) return `${Math.floor(minutes / 60)}小时${minutes % 60 ? `${minutes % 60}分` : ""}`
  return `${Math.floor(ms / DAY)}天`
}

/** 00:42, hours and minutes since. @param {number} ms */
export function running(ms) {
  const minutes = Math.max(0, Math.floor(ms / MINUTE))
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** 2.1 兆. @param {number} bytes */
export const size = (bytes) =>
  bytes < 100_000 ? `${Math.max(1, Math.round(bytes / 1000))} 千字节` : `${(bytes / 1_000_000).toFixed(1)} 兆`

const ROLES = { chief: "网格长", worker: "网格员", stand_in: "替班网格员" }

/** @param {string} role */
export const roleWord = (role) => ROLES[/** @type {keyof typeof ROLES} */ (role)] ?? ""

const PLACE_ICONS = {
  pond: "water", river: "water", forest_edge: "tree", hazard: "crack", shop: "home", market: "home", restaurant: "home",
  school: "house", clinic: "shield", elder_home: "elder", route: "road", household: "people",
} // prettier-ignore

/** @param {string | undefined} kind */
export const placeIcon = (kind) => PLACE_ICONS[/** @type {keyof typeof PLACE_ICONS} */ (kind ?? "")] ?? (kind ? "pin" : "walk")
