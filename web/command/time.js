// @ts-check
/** Instants in words, on the county's clock wherever the browser stands. */

const ZONE = "Asia/Shanghai";
const parts = new Intl.DateTimeFormat("zh-Hans-CN", {
  timeZone: ZONE,
  year: "numeric",
  month: "numeric",
  day: "numeric",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** @param {string|number|Date} instant */
function read(instant) {
  const found = Object.fromEntries(parts.formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
  return {
    ...found,
    clock: `${found.hour}:${found.minute}`,
    day: `${found.year}-${found.month.padStart(2, "0")}-${found.day.padStart(2, "0")}`,
  };
}

/** The county's calendar day, YYYY-MM-DD. @param {string|number|Date} [instant] */
export function dayOf(instant = Date.now()) {
  return read(instant).day;
}

/** HH:MM. @param {string|number|Date} instant */
export function clock(instant) {
  return read(instant).clock;
}

/**
 * Today HH:MM; this week 周日 16:20; else 11月23日 16:20.
 * @param {string|number|Date|null|undefined} instant
 * @param {number} [now]
 */
export function when(instant, now = Date.now()) {
  if (!instant) return "";
  const then = read(instant);
  if (then.day === dayOf(now)) return then.clock;
  const days = (Date.parse(`${dayOf(now)}T00:00Z`) - Date.parse(`${then.day}T00:00Z`)) / 86_400_000;
  if (days > 0 && days < 7) return `${/** @type {any} */ (then).weekday} ${then.clock}`;
  return `${Number(then.day.slice(5, 7))}月${Number(then.day.slice(8))}日 ${then.clock}`;
}

/**
 * The last moment of a half-open window in words: one that ends at midnight ends with the day before.
 * @param {string} instant
 * @param {number} [now]
 */
export function until(instant, now = Date.now()) {
  if (clock(instant) !== "00:00") return when(instant, now);
  const last = Date.parse(instant) - 60_000;
  return dayOf(last) === dayOf(now) ? "今天" : when(last, now).split(" ")[0];
}

/** 11月24日 周二. @param {string|number|Date} instant */
export function date(instant) {
  const then = /** @type {any} */ (read(instant));
  return `${then.month}月${then.day.slice(8).replace(/^0/, "")}日 ${then.weekday}`;
}

/**
 * How long ago, in the largest honest unit: 刚刚, 3 分钟前, 1 小时 40 分前, 2 天前.
 * @param {string|number|Date} instant
 * @param {number} [now]
 */
export function ago(instant, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(instant).getTime()) / 1000);
  return seconds < 60 ? "刚刚" : `${lasting(seconds)}前`;
}

/** A length of time. @param {number} seconds */
export function lasting(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "不到 1 分钟";
  if (minutes < 60) return `${minutes} 分钟`;
  if (minutes < 24 * 60)
    return minutes % 60 ? `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分` : `${minutes / 60} 小时`;
  return `${Math.floor(minutes / 1440)} 天`;
}

/**
 * The instant of a wall-clock time in the county (which keeps one offset all year).
 * @param {string} day YYYY-MM-DD
 * @param {string} hhmm
 */
export function instant(day, hhmm) {
  return new Date(`${day}T${hhmm}:00+08:00`).toISOString();
}
