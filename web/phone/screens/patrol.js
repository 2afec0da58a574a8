// @ts-check
/** The map of an outing: where I am, what I walked, what I did not record and need not; the table is one tap away. */
import { go } from "../app.js"
import { rows } from "../changes.js"
import { button, fill, glyph, h, icon, link } from "../dom.js"
import { bearingWord, distance_m, distanceWord } from "../geo.js"
import { openMap } from "../ground.js"
import { holdButton } from "../hold.js"
import { thinLabels } from "../labels.js"
import { isDone, ordered, toward, visits } from "../mine.js"
import { here, pause, resume, start, state as outing, trackerChanges } from "../tracker.js"
import { calmly } from "../touch.js"
import { age, clock, placeIcon } from "../words.js"
import { whereNow } from "./today.js"

const NEAR_M = 3000
const TOLD_GAPS = { paused: "是你按的暂停。", person: "是你按的暂停。" }
let as_table = false

/** @param {string} [what] a place, or "grid" @param {string} [code] */
export async function screen(what = "", code = "") {
  const [{ due: all }, known, grids, spot] = await Promise.all([visits(), rows("key_place"), rows("grid"), whereNow()])
  const places = [...known, ...all.filter((visit) => visit.place_row?.line).map((visit) => visit.place_row)]
  const open = ordered(
    all.filter((task) => !isDone(task) && task.place_row),
    spot,
  )
  const to = places.find((place) => place.id === what) ?? open[0]?.place_row ?? null
  const tray = h("section", { class: "tray" })
  const showTray = calmly(() => fill(tray, trayOf(all, places, to)))
  showTray()
  const timer = window.setInterval(showTray, 15_000)
  trackerChanges.addEventListener("changed", showTray)
  const map = as_table
    ? null
    : mapOf({ all, places, to, grid: grids.find((grid) => what === "grid" && grid.code === code), spot })
  return {
    body: [h("h1", { class: "vh" }, "巡查"), map?.holder, map && holdButton("求助", () => go("sos")), tray],
    way: "patrol",
    kind: as_table ? "bleed table" : "bleed",
    leave: () => {
      window.clearInterval(timer)
      trackerChanges.removeEventListener("changed", showTray)
      map?.close()
    },
  }
}

/** @param {any[]} all @param {any[]} places @param {any} to */
function trayOf(all, places, to) {
  const now = outing()
  const spot = now?.last ?? null
  const gap = now?.gaps.at(-1)
  const flip = () => {
    as_table = !as_table
    window.dispatchEvent(new HashChangeEvent("hashchange"))
  }
  return [
    as_table && h("div", { class: "row between" }, h("h2", { class: "item" }, "地点表"), holdButton("求助", () => go("sos"))),
    as_table && table(all, places, spot),
    !as_table &&
      h(
        "div",
        { class: "row between" },
        h("div", { class: "item" }, to ? `下一处：${to.name}` : "没有要去的地方，照常走走"),
        to && spot && h("span", { class: "t2 nowrap" }, `往${bearingWord(spot, toward(spot, to))} ${distanceWord(distance_m(spot, toward(spot, to)))}`),
      ),
    now &&
      !now.records &&
      h("div", { class: "row t2 tight" }, icon("shield"), h("span", {}, "你没有同意记路线，所以不记。巡查照样有效。")),
    gap &&
      h(
        "div",
        { class: "row t2 tight" },
        icon("gap"),
        h(
          "span",
          {},
          `${clock(gap.from)}–${clock(gap.to)} 没记到路线，${TOLD_GAPS[/** @type {keyof typeof TOLD_GAPS} */ (gap.cause)] ?? "不算你的错，"}不用补走。`,
        ),
      ),
    h(
      "div",
      { class: "two" },
      now
        ? button(now.paused ? "接着走" : "暂停", now.paused ? "play" : "pause", () => void (now.paused ? resume() : pause()))
        : link("上报", "camera", "#/report"),
      button(as_table ? "看地图" : "地点表", as_table ? "map" : "list", flip),
    ),
    now
      ? link("上报", "camera", "#/report", { class: "main wide tall" })
      : button("开始巡查", "play", () => void start(), { class: "main wide tall" }),
  ]
}

/** The rows of the map. @param {any[]} all @param {any[]} places @param {any} spot */
function table(all, places, spot) {
  /** @param {any} place */
  const task = (place) => all.find((one) => one.place === place.id)
  /** @param {any} place */
  const far = (place) => distance_m(spot, toward(spot, place))
  const list = spot ? [...places].sort((a, b) => far(a) - far(b)) : places
  if (!list.length) return h("div", { class: "empty card" }, icon("pin"), h("p", {}, "这个网格没有登记的地点"))
  return h(
    "ul",
    { class: "list" },
    list.map((place) => {
      const one = task(place)
      const done = one && isDone(one)
      const under = [one ? (done ? "已查" : `有 ${one.left} 件要办`) : "", spot ? distanceWord(far(place)) : ""]
        .filter(Boolean)
        .join(" · ")
      const inner = [
        glyph(done ? "ok" : placeIcon(place.kind), done ? "ok" : ""),
        h("span", { class: "grow tight" }, h("b", { class: "block" }, place.name), h("span", { class: "t2" }, under)),
      ]
      return h("li", {}, one ? h("a", { class: "over", href: `#/task/${one.id}` }, inner, icon("next")) : inner)
    }),
  )
}

/** @param {{all: any[], places: any[], to: any, grid: any, spot: any}} what */
function mapOf({ all, places, to, grid, spot }) {
  const holder = h("div", { class: "map" })
  /** @type {Awaited<ReturnType<typeof openMap>> | null} */
  let view = null
  let gone = false
  let draw = () => {}
  let follows = true
  const near = spot && places.some((place) => distance_m(place, spot) < NEAR_M)
  const spots = grid
    ? cornersOf(grid)
    : [near && spot, to, ...places.filter((place) => all.some((task) => task.place === place.id))].filter(Boolean)
  void openMap(holder, { label: words(places, to), spots, centre: places.length ? null : spot })
    .then((opened) => {
      if (gone) return opened.close()
      view = opened
      for (const place of places) opened.mark(pin(place, all, place.id === to?.id), place, "bottom")
      opened.map.on("dragstart", () => (follows = false))
      thinLabels(opened.map, holder)
      draw = drawer(opened, () => follows)
      draw()
      trackerChanges.addEventListener("changed", draw)
    })
    .catch((problem) => {
      console.warn(problem)
      fill(holder, h("p", { class: "empty" }, icon("map"), "地图没打开。路线照常记，地点在“地点表”里"))
    })
  holder.append(
    h(
      "button",
      {
        type: "button",
        class: "btn round",
        "aria-label": "回到我的位置",
        act: async () => {
          follows = true
          const now = await here()
          if (now) view?.map.easeTo({ center: [now.lon, now.lat], duration: 180 })
        },
      },
      icon("pin"),
    ),
  )
  const close = () => {
    gone = true
    trackerChanges.removeEventListener("changed", draw)
    view?.close()
  }
  return { holder, close }
}

/** Draws the walked pieces, the ends of gaps, and me; called again it moves them. @param {NonNullable<Awaited<ReturnType<typeof openMap>>>} view @param {() => boolean} follows */
function drawer(view, follows) {
  /** @type {any} */
  let me = null
  /** @type {any[]} */
  let ends = []
  return async () => {
    const now = outing()
    const pieces = now?.pieces ?? []
    view.walked(pieces)
    ends.forEach((mark) => mark.remove())
    ends = gapMarks(pieces, now?.gaps ?? [], view)
    const spot = now?.last ?? (await here())
    if (!spot) return
    if (me) me.setLngLat([spot.lon, spot.lat])
    else me = view.mark(h("div", { class: "me-here", role: "img", "aria-label": "我" }), spot)
    if (now && follows() && !view.map.getBounds().contains([spot.lon, spot.lat]))
      view.map.easeTo({ center: [spot.lon, spot.lat], duration: 180 })
  }
}

/** Two open ends and the length between them; no line crosses. @param {[number, number][][]} pieces @param {any[]} gaps @param {any} view */
function gapMarks(pieces, gaps, view) {
  const walked = pieces.filter((line) => line.length)
  return walked.slice(1).flatMap((line, i) => {
    const before = walked[i][walked[i].length - 1]
    const gap = gaps[gaps.length - (walked.length - 1) + i]
    const [from, to] = [
      { lon: before[0], lat: before[1] },
      { lon: line[0][0], lat: line[0][1] },
    ]
    const marks = [view.mark(h("div", { class: "gap-end" }), from), view.mark(h("div", { class: "gap-end" }), to)]
    const middle = { lon: (from.lon + to.lon) / 2, lat: (from.lat + to.lat) / 2 }
    return gap
      ? [...marks, view.mark(h("div", { class: "gap-label" }, `${age(gap.to - gap.from)}没记到`), middle, "bottom-left")]
      : marks
  })
}

/** @param {any} place @param {any[]} all @param {boolean} is_next */
function pin(place, all, is_next) {
  const task = all.find((one) => one.place === place.id)
  const done = task && isDone(task)
  const named = task || is_next
  return h(
    "a",
    {
      class: `pin ${done ? "done" : ""} ${is_next ? "to" : ""}`,
      href: task ? `#/task/${task.id}` : location.hash,
      "aria-label": place.name,
    },
    named && h("span", { class: "name" }, place.name),
    h("span", { class: "sign" }, icon(done ? "ok" : placeIcon(place.kind))),
  )
}

/** @param {any} grid */
const cornersOf = ({ bbox: [west, south, east, north] }) => [
  { lon: west, lat: south },
  { lon: east, lat: north },
]

/** @param {any[]} places @param {any} to */
const words = (places, to) =>
  `地图：你的网格，${places.length} 个地点${to ? `，下一处 ${to.name}` : ""}。同样的内容在“地点表”里。`
