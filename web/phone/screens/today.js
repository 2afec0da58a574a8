// @ts-check
/** One next place, one main act; what else is to do stands below, done things ticked. */
import { go } from "../app.js"
import { button, glyph, h, icon, link } from "../dom.js"
import { bearingWord, distance_m, distanceWord, walkMinutes } from "../geo.js"
import { holdButton } from "../hold.js"
import { isDone, ordered, toward, visits } from "../mine.js"
import { me } from "../session.js"
import { here, start, state as outing } from "../tracker.js"
import { dayTitle, dueWord, fromWord, placeIcon, roleWord } from "../words.js"

const SHORT_MS = 1500
const HERE_M = 30
const FEW_LATER = 3
let is_open = false
let is_later_open = false

/** Where we are, if that is known at once. @returns {Promise<any>} */
export const whereNow = () => Promise.race([here(), new Promise((resolve) => setTimeout(() => resolve(outing()?.last ?? null), SHORT_MS))])

export async function screen() {
  const [known, { due, later }] = [await me(), await visits()]
  const spot = due.some((visit) => visit.place_row && !isDone(visit)) ? await whereNow() : null
  const open = ordered(due.filter((visit) => !isDone(visit)), spot)
  const done = due.filter(isDone)
  const big = document.documentElement.dataset.density === "big"
  const [first, ...others] = open
  return {
    head: heading(known),
    plain: true,
    body: [
      known?.can_upload_only && h("div", { class: "note warn" }, icon("warn"), h("span", {}, "你现在没有网格。存着的东西还会上传，30 天内有效。")),
      first ? next(first, spot) : nothing(done.length),
      (others.length > 0 || done.length > 0) && more(others, done, spot, big && !is_open),
      later.length > 0 && (!big || is_open || !others.length) && ahead(later),
    ],
    foot: h(
      "div",
      { class: "row spaced" },
      holdButton("求助", () => go("sos"), outing() ? "wide" : ""),
      !outing() && button("开始巡查", "play", () => void start().then(() => go("patrol")), { class: "main wide tall" }),
    ),
    way: "today",
    watches: ["rows", "outbox", "patrol", "me"],
  }
}

/** @param {any} known */
function heading(known) {
  const grid = known?.grids[0]
  const place = grid?.name ?? known?.posts[0]?.unit_name ?? ""
  const others = known && known.grids.length > 1 ? ` 等 ${known.grids.length} 个` : ""
  return h("div", { class: "grow" }, h("h1", { class: "title" }, dayTitle(Date.now())), h("div", { class: "t2 tight" }, [`${place}${others}`, known?.person.name, roleWord(grid?.role ?? "")].filter(Boolean).slice(0, 2).join(" · ")))
}

/** @param {any} visit @param {any} spot */
function next(visit, spot) {
  const near = spot && visit.place_row
  const way = visit.place_row && link("怎么走", "map", `#/patrol/${visit.place}`)
  return h(
    "section",
    { class: "card next", "aria-label": "下一处" },
    h("div", { class: "row" }, glyph(iconOf(visit), "main"), h("div", { class: "grow" }, h("div", { class: "t2 tight" }, near ? "下一处 · 最近" : "下一处"), h("div", { class: "item" }, visit.name))),
    h("p", {}, near && wayWords(visit.place_row, spot), h("span", { class: "t2 block" }, visit.times ? timesWord(visit.times) : `${counts(visit)}，${dueWord(visit.to)}`), !near && linesOf(visit)),
    h("div", { class: way ? "two" : "" }, way, link("看清单", "list", `#/task/${visit.id}`, { class: way ? "" : "wide" })),
  )
}

/** Which lines ask. @param {any} visit */
const linesOf = (visit) => h("span", { class: "t2 block" }, [...new Set(visit.items.map((/** @type {any} */ one) => one.line))].join("、"))

/** @param {any} visit */
const iconOf = (visit) => placeIcon(visit.place_row?.kind ?? (visit.object.kind === "household" ? "household" : undefined))

/** @param {any} place @param {any} spot */
function wayWords(place, spot) {
  const to = toward(spot, place)
  const far = distance_m(spot, to)
  return far <= HERE_M ? "你就在这里" : `往${bearingWord(spot, to)}走 ${walkMinutes(far)} 分钟，${distanceWord(far)}`
}

/** @param {{all: number, done: number}} times */
const timesWord = ({ all, done }) => `今天要看 ${all} 次，还差 ${all - done} 次`

/** @param {any} visit */
const counts = (visit) => (visit.left === visit.items.length ? `一次办 ${visit.items.length} 件` : `还差 ${visit.left} 件，共 ${visit.items.length} 件`)

/** @param {number} done */
const nothing = (done) => h("div", { class: "empty card" }, icon("ok"), h("p", {}, done ? "今天的都办完了。" : "今天没有任务。可以照常走走，也可以不走"))

/** @param {any[]} others @param {any[]} done @param {any} spot @param {boolean} folded */
function more(others, done, spot, folded) {
  const unfold = () => {
    is_open = true
    go("today")
  }
  if (folded) return button(others.length ? `还有 ${others.length} 处` : `办完了 ${done.length} 处`, "down", unfold, { class: "wide tall" })
  return [
    h("h2", { class: "row between t2 small" }, h("span", {}, others.length ? `还有 ${others.length} 处` : "办完的"), others.length > 1 && spot && h("span", {}, "由近到远")),
    h("ul", { class: "list" }, others.map((visit) => line(visit, spot)), done.map((visit) => line(visit, null))),
  ]
}

/** @param {any} visit @param {any} spot */
function line(visit, spot) {
  const done = isDone(visit)
  const far = spot && visit.place_row ? distanceWord(distance_m(spot, toward(spot, visit.place_row))) : dueWord(visit.to)
  const trouble = visit.items.some((/** @type {any} */ one) => one.answer?.result === "problem")
  const again = visit.times && visit.times.done < visit.times.all ? ` · ${timesWord(visit.times)}` : ""
  return row(visit, done ? `${trouble ? "已查，有问题" : "已查，没发现问题"}${again}` : `${counts(visit)} · ${far}`, done)
}

/** @param {any} visit @param {string} under @param {boolean} done */
const row = (visit, under, done) =>
  h(
    "li",
    {},
    h("a", { class: "over", href: `#/task/${visit.id}` }, glyph(done ? "ok" : iconOf(visit), done ? "ok" : ""), h("span", { class: "grow" }, h("b", { class: "item block" }, visit.name), h("span", { class: "t2 tight block" }, under)), icon("next")),
  )

/** What comes later, the next few days of it on request. @param {any[]} later */
function ahead(later) {
  const shown = is_later_open ? later : later.slice(0, FEW_LATER)
  const unfold = () => {
    is_later_open = true
    go("today")
  }
  return [
    h("h2", { class: "t2 small" }, `往后还有 ${later.length} 处`),
    h("ul", { class: "list" }, shown.map((visit) => row(visit, `${fromWord(visit.from)} · ${counts(visit)}`, false))),
    shown.length < later.length && button(`看全部 ${later.length} 处`, "down", unfold, { class: "wide thin" }),
  ]
}
