// @ts-check
/** One next place, one main act; what else is to do stands below, done things ticked. */
import { go } from "../app.js"
import { button, glyph, h, icon, link } from "../dom.js"
import { bearingWord, distance_m, distanceWord, walkMinutes } from "../geo.js"
import { isDone, nameOf, ordered, tasks } from "../mine.js"
import { me } from "../session.js"
import { here, start, state as outing } from "../tracker.js"
import { dayTitle, dayWord, placeIcon, roleWord } from "../words.js"

const SHORT_MS = 1500
const HERE_M = 30
let is_open = false

/** Where we are, if that is known at once. @returns {Promise<any>} */
export const whereNow = () => Promise.race([here(), new Promise((resolve) => setTimeout(() => resolve(outing()?.last ?? null), SHORT_MS))])

export async function screen() {
  const [known, all] = [await me(), await tasks()]
  const spot = all.some((task) => task.place_row && !isDone(task)) ? await whereNow() : null
  const open = ordered(all.filter((task) => !isDone(task)), spot)
  const done = all.filter(isDone)
  const big = document.documentElement.dataset.density === "big"
  const [first, ...others] = open
  return {
    head: heading(known),
    plain: true,
    body: [
      known?.can_upload_only && h("div", { class: "note warn" }, icon("warn"), h("span", {}, "你现在没有网格。存着的东西还会上传，30 天内有效。")),
      first ? next(first, spot) : nothing(done.length),
      (others.length > 0 || done.length > 0) && more(others, done, spot, big && !is_open),
    ],
    foot: outing() ? null : button("开始巡查", "play", () => void start().then(() => go("patrol")), { class: "main wide tall" }),
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

/** @param {any} task @param {any} spot */
function next(task, spot) {
  const near = spot && task.place_row
  const far = near ? distance_m(spot, task.place_row) : 0
  return h(
    "section",
    { class: "card next", "aria-label": "下一处" },
    h("div", { class: "row" }, glyph(placeIcon(task.place_row?.kind), "main"), h("div", { class: "grow" }, h("div", { class: "t2 tight" }, near ? "下一处 · 最近" : "下一处"), h("div", { class: "item" }, nameOf(task)))),
    h("p", {}, near ? way(task, spot, far) : task.title, h("span", { class: "t2 block" }, `${counts(task)}，${dayWord(task.to - 1)}前`)),
    h("div", { class: "two" }, link("怎么走", "map", `#/patrol/${task.place_row ? task.place_row.id : ""}`), link("看清单", "list", `#/task/${task.id}`)),
  )
}

/** @param {any} task @param {any} spot @param {number} far */
const way = (task, spot, far) => (far <= HERE_M ? "你就在这里" : `往${bearingWord(spot, task.place_row)}走 ${walkMinutes(far)} 分钟，${distanceWord(far)}`)

/** @param {any} task */
const counts = (task) => (task.left === task.items.length ? `一次办 ${task.items.length} 件` : `还差 ${task.left} 件，共 ${task.items.length} 件`)

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
    h("ul", { class: "list" }, others.map((task) => line(task, spot)), done.map((task) => line(task, null))),
  ]
}

/** @param {any} task @param {any} spot */
function line(task, spot) {
  const done = isDone(task)
  const far = spot && task.place_row ? distanceWord(distance_m(spot, task.place_row)) : `${dayWord(task.to - 1)}前`
  const trouble = task.items.some((/** @type {any} */ one) => one.answer?.result === "problem")
  const under = done ? (trouble ? "已查，有问题" : "已查，没发现问题") : `${counts(task)} · ${far}`
  return h(
    "li",
    {},
    h("a", { class: "over", href: `#/task/${task.id}` }, glyph(done ? "ok" : placeIcon(task.place_row?.kind), done ? "ok" : ""), h("span", { class: "grow" }, h("b", { class: "item block" }, nameOf(task)), h("span", { class: "t2 tight block" }, under)), icon("next")),
  )
}
