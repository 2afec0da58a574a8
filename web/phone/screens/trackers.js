// @ts-check
/** Tracker apps of other makers: enrol one, see what it came to, stop it. */
import { call, Offline, Refused } from "../api.js"
import { say, show } from "../app.js"
import { button, fill, glyph, h, link, note, titled } from "../dom.js"
import { mayRecord } from "../session.js"
import { dayName, when } from "../words.js"

const APPS = { traccar: "Traccar Client", osmand: "OsmAnd", owntracks: "OwnTracks" }
const DATUMS = { wgs84: "WGS 84（一般的软件）", gcj02: "GCJ-02（高德、腾讯的软件）", bd09: "BD-09（百度的软件）" }
/** @type {Record<number, string>} */
const EVERY = { 5: "5 秒", 10: "10 秒", 30: "30 秒", 60: "1 分钟", 120: "2 分钟", 240: "4 分钟" }
/** @type {Record<string, (every: number) => string>} */
const WHERE = {
  traccar: (every) => `在软件的设置里填这两样，“距离”填 0，“间隔”填 ${every}。`,
  osmand: (every) => `打开“行程记录”插件，在“在线跟踪”里贴这个网址，间隔选 ${EVERY[every] ?? `${every} 秒`}。`,
  owntracks: () => "点下面的按钮会自己填好。填不上，就在软件里选 HTTP 方式，照着填。",
}
/** @type {any} what was told just now: it is told once */
let told = null

export async function screen() {
  const said = h("div", { role: "alert" })
  const list = h("div", { class: "col" }, h("p", { class: "t2" }, "正在看……"))
  void read(list, said)
  return {
    head: titled("别的定位软件", "", "#/me"),
    body: [
      note("main", "shield", "巡查还是在巡格里开始、结束。只用巡查中的位置，别的存着没人看，3 天后自动删掉。"),
      !(await mayRecord()) && note("warn", "warn", "你没有同意记路线：软件发来的位置一个也不存。"),
      told && card(told),
      h("h2", { class: "item" }, "登记了的"),
      list,
      h("h2", { class: "item" }, "再登记一个"),
      form(said),
      said,
    ],
    way: "me",
    leave: () => (told = null),
  }
}

/** @param {Element} list @param {Element} said */
async function read(list, said) {
  try {
    const rows = await call("trackers")
    fill(list, rows.length ? h("ul", { class: "list" }, rows.map((/** @type {any} */ row) => line(row, said))) : h("div", { class: "card t2" }, "还没有。"))
  } catch (problem) {
    fill(list, h("div", { class: "card t2" }, wordsFor(problem)))
  }
}

/** @param {any} row @param {Element} said */
function line(row, said) {
  const days = row.days.filter((/** @type {any} */ one) => one.deleted || one.unreadable).slice(0, 3)
  const rest = () => fill(holder, button("停用", "x", ask, { class: "quiet" }))
  const ask = () => fill(holder, h("p", { class: "t2" }, "停用以后，它发来的不再收。"), h("div", { class: "more two" }, button("停用", "x", stop), button("算了", "undo", rest)))
  const stop = () => attempt(said, async () => {
    await call(`trackers/${row.device}/revoke`, { body: {} })
    say("停用了")
    await show()
  })
  const holder = h("div")
  rest()
  return h("li", { class: "top" }, glyph("pin"), h("div", { class: "grow tight" },
    h("b", {}, row.app_name),
    h("div", { class: "t2" }, row.seen_at ? `${when(row.seen_at)} 来过` : "还没来过", row.crs === "wgs84" ? "" : ` · ${row.crs.toUpperCase()}`),
    days.map((/** @type {any} */ one) => h("div", { class: "t2" }, dayLine(one))),
    holder))
}

/** @param {{day: string, deleted: number, unreadable: number}} one */
function dayLine({ day, deleted, unreadable }) {
  const parts = [deleted && `${deleted} 个不在巡查里，没看就删了`, unreadable && `${unreadable} 个读不懂`].filter(Boolean)
  return `${dayName(Date.parse(`${day}T12:00`))}来的：${parts.join("，")}`
}

/** @param {Element} said */
function form(said) {
  const datum = h("select", { name: "crs", "aria-label": "软件用的坐标" }, Object.entries(DATUMS).map(([value, word]) => h("option", { value }, word)))
  const every = h("select", { name: "interval", "aria-label": "多久发一次位置" }, Object.entries(EVERY).map(([value, word]) => h("option", { value, selected: value === "10" }, word)))
  /** @param {string} app */
  const ask = (app) => attempt(said, async () => {
    told = await call("trackers", { body: { app, crs: datum.value, interval_s: Number(every.value) } })
    await show()
    document.getElementById("main")?.scrollTo(0, 0)
  })
  return h("div", { class: "card col spaced" },
    h("p", { class: "t2" }, "软件用的坐标："), datum,
    h("p", { class: "t2" }, "多久发一次位置（软件里也设成一样的）："), every,
    Object.entries(APPS).map(([app, name]) => button(name, "phone", () => ask(app), { class: "wide" })))
}

/** @param {any} one */
function card(one) {
  const fields = [["网址", one.url], ["编号", one.id && one.app !== "osmand" ? one.id : ""], ["用户", one.user], ["密码", one.password]]
  return h("div", { class: "card col spaced needs" },
    h("h2", { class: "item" }, `填到 ${one.app_name} 里`),
    h("p", { class: "t2" }, WHERE[one.app](one.interval_s)),
    fields.filter(([, value]) => value).map(([name, value]) => h("label", { class: "block" }, h("span", { class: "t2" }, name),
      h("input", { type: "text", readonly: true, value, on: { focus: (/** @type {any} */ event) => event.target.select() } }))),
    one.app === "owntracks" && link("打开 OwnTracks，自己填好", "next", one.link, { class: "main wide" }),
    one.app === "traccar" && h("div", { class: "col" }, h("p", { class: "t2" }, "软件装在别的手机上，就用软件里的“扫码”扫："),
      h("img", { class: "qr", alt: "Traccar Client 的设置码", src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(one.qr_svg)}` })),
    note("", "lock", "只显示这一次。别发给别人：谁填了，谁的位置就算你的。"))
}

/** @param {Element} said @param {() => Promise<any>} act */
async function attempt(said, act) {
  fill(said)
  try {
    await act()
  } catch (problem) {
    fill(said, note("warn", "warn", wordsFor(problem)))
  }
}

/** @param {any} problem */
export function wordsFor(problem) {
  if (problem instanceof Offline) return "连不到镇里，有信号时再试。"
  if (problem instanceof Refused) return problem.message
  throw problem
}
