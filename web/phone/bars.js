// @ts-check
/** What stands on every screen: the true state of network and recording above, the five ways below. */
import { rows } from "./changes.js"
import { fill, h, icon } from "./dom.js"
import { help } from "./help.js"
import { roomForPhotos } from "./media.js"
import { answeredAlerts } from "./mine.js"
import { status } from "./sync.js"
import { state as outing, stop } from "./tracker.js"
import { age, clock, running } from "./words.js"

const FEW_PHOTOS = 40
const HELP_WORDS = { waiting: "还没发出去", sent: "已发出", seen: "指挥中心看到了", ended: "点开看一下" }
const WAYS = [
  ["today", "home", "今日"],
  ["patrol", "walk", "巡查"],
  ["report", "camera", "上报"],
  ["inbox", "bell", "消息"],
  ["me", "me", "我的"],
]

/** The network in one or two lines: what is, how much waits, since when. @param {ReturnType<typeof status>} s */
export function networkLines(s) {
  const kept = s.waiting ? `存着 ${s.waiting} 条` : "照常能用"
  const oldest = s.waiting && s.oldest_at ? `最早 ${age(Date.now() - s.oldest_at)}前` : ""
  if (s.network === "offline") return { icon: "cloud-off", kind: "", bold: "没有网络", rest: `，${kept}`, under: oldest }
  if (s.network === "revoked") return { icon: "lock", kind: "", bold: "这部手机已停用", rest: `。你存的 ${s.waiting} 条没丢`, under: "请带手机到镇综治中心" }
  if (s.network === "portal") return { icon: "cloud-off", kind: "", bold: "连上了网，但连不到镇里", rest: "。东西先存着", under: oldest || "过一会儿自动再试" }
  if (s.network === "busy") return { icon: "wait", kind: "", bold: "镇里的机器正忙", rest: `，${kept}`, under: "已排上队，不用重复点" }
  if (s.network === "sending" && s.total) {
    return { icon: "up", kind: "", bold: "正在上传", rest: `，第 ${Math.min(s.sent + 1, s.total)} 条，共 ${s.total} 条`, under: "可以接着干活" }
  }
  if (s.network === "attention") return { icon: "warn", kind: "warn", bold: "有要你看一下的", rest: s.waiting ? `，还有 ${s.waiting} 条等着` : "", under: "" }
  if (s.waiting) return { icon: "wait", kind: "", bold: "等着上传", rest: `，${s.waiting} 条`, under: oldest }
  return { icon: "cloud-ok", kind: "on", bold: "", rest: s.last_at ? `已全部上传 · ${clock(s.last_at)}` : "正在连网……", under: "" }
}

function strip() {
  const line = networkLines(status())
  return h(
    "a",
    { class: `sync ${line.kind}`, href: "#/outbox", data: { network: status().network } },
    icon(line.icon),
    h("span", { class: "grow" }, line.bold && h("b", {}, line.bold), line.rest, line.under && h("span", { class: "block" }, line.under)),
    icon("next"),
  )
}

/** @param {NonNullable<ReturnType<typeof outing>>} patrol */
function recording(patrol) {
  const time = running(Date.now() - patrol.started_at)
  const quiet = patrol.last ? Date.now() - patrol.last.t : Date.now() - patrol.started_at
  let words = `正在记录轨迹 ${time}`
  if (!patrol.records) words = `巡查中 ${time}，不记路线`
  else if (patrol.paused) words = "暂停中，没在记"
  else if (patrol.problem === "no_permission") words = "没记到路线：手机没让用定位"
  else if (quiet > 120_000) words = `手机停了记录 ${clock(Date.now() - quiet)} 起`
  const line = networkLines(status())
  const still = patrol.paused || !patrol.records || patrol.problem === "no_permission" || quiet > 120_000
  return h(
    "div",
    { class: "rec", role: "status" },
    h("span", { class: `dot ${still ? "still" : ""}` }),
    h("a", { class: "grow", href: "#/outbox" }, h("span", { class: "block", id: "rec-words" }, words), h("span", { class: "under" }, line.bold, line.rest)),
    h("button", { type: "button", class: "btn", act: () => void stop("person") }, icon("stop"), "结束"),
  )
}

/** @param {Element} holder @param {string} screen the one shown: an urgent alert is not said twice in the inbox */
export async function showBar(holder, screen) {
  const patrol = outing()
  const burning = screen === "inbox" ? null : (await unread(await answeredAlerts())).find((alert) => alert.severity === "urgent")
  const room = await roomForPhotos().catch(() => null)
  const call = screen === "sos" ? null : await help()
  fill(
    holder,
    patrol ? recording(patrol) : strip(),
    call && h("a", { class: "sync danger", href: "#/sos", data: { help: call.stage } }, icon("sos"), h("span", { class: "grow" }, h("b", {}, call.stage === "ended" ? "求助结束了" : "正在求助"), `，${HELP_WORDS[call.stage]}`), icon("next")),
    burning && h("div", { role: "alert" }, h("a", { class: "sync danger", href: "#/inbox" }, icon("sos"), h("span", { class: "grow" }, h("b", {}, "紧急"), `：${burning.title}`), icon("next"))),
    room !== null && room < FEW_PHOTOS && h("a", { class: "sync warn", href: "#/outbox" }, icon("warn"), h("span", { class: "grow" }, `手机快存满了，还能存约 ${room} 张照片。请连上网，或存成文件带去镇里`)),
  )
}

/** Alerts nobody has answered on this phone yet. @param {Set<string>} answered */
export async function unread(answered) {
  const is_over = (/** @type {any} */ alert) => alert.expires_at && alert.expires_at <= Date.now()
  return (await rows("alert")).filter((alert) => !alert.acknowledged_at && !is_over(alert) && !answered.has(alert.id))
}

/** @param {Element} holder @param {string} current @param {number} news */
export function showNav(holder, current, news) {
  fill(
    holder,
    WAYS.map(([name, picture, word]) =>
      h(
        "a",
        { href: `#/${name}`, ...(name === current ? { "aria-current": "page" } : {}) },
        icon(picture),
        word,
        name === "inbox" && news > 0 && h("b", { class: "n", "aria-label": `未读${news}条` }, news),
      ),
    ),
  )
}
