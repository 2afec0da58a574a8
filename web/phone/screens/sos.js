// @ts-check
/** Help: one big button and a cancel as big; then, in plain words, where the call stands and how to end it. */
import { go, say } from "../app.js"
import { button, glyph, h, icon, note, titled } from "../dom.js"
import { callForHelp, endHelp, help, putAway } from "../help.js"
import { mayRecord, me } from "../session.js"
import { state as outing } from "../tracker.js"
import { clock } from "../words.js"

const NUMBERS = [
  ["110", "报警"],
  ["119", "火警"],
  ["120", "救护"],
]
let is_sure_asked = false

export async function screen() {
  const [call, known, records] = [await help(), await me(), await mayRecord()]
  const watches = ["help", "rows", "patrol", "me"]
  const leave = () => (is_sure_asked = false)
  const numbers = phones(known?.help_phones ?? [])
  if (!call) return { head: titled("求助"), body: [asking(records), numbers], foot: confirmed(), kind: "help", watches, leave }
  const head = titled(call.stage === "ended" ? "求助结束了" : "正在求助", `${clock(call.called_at)} 按下`)
  return { head, body: [standing(call), follows(call, records), numbers], foot: ending(call), kind: "help", watches }
}

/** @param {boolean} records */
function asking(records) {
  const way = outing() ? "位置会一直发，直到你说没事了。" : "会同时开始一次巡查，好让镇里看到你在哪里；你说没事了，巡查也结束。"
  return h(
    "section",
    { class: "card" },
    h("p", { class: "item" }, "要叫人来帮你吗？"),
    h("p", {}, "指挥中心和同网格的人会响铃，看到你的名字、电话和位置。"),
    h("p", { class: "t2" }, records ? way : "你没有同意记路线：只发现在这一个位置，不记路线。"),
    h("p", { class: "t2" }, "没有网络也能按，一有网最先发这一条。"),
  )
}

const confirmed = () => [
  button("现在求助", "sos", () => void callForHelp(), { class: "danger wide huge" }),
  button("按错了，不求助", "x", () => go("today"), { class: "wide huge" }),
]

/** @typedef {NonNullable<Awaited<ReturnType<typeof help>>>} Call */

/** Where it stands, in words that can be read from arm's length. @param {Call} call */
function standing(call) {
  const by = call.seen_by ? `（${call.seen_by}）` : ""
  const [kind, picture, words, under] = {
    waiting: ["warn", "cloud-off", "还没发出去", "手机存好了，正在一遍遍地试。能打电话就先打电话。"],
    sent: ["main", "up", `已发出 ${clock(call.sent_at)}`, "还没有人点“看到了”。"],
    seen: ["ok", "ok", `指挥中心看到了 ${clock(call.seen_at)}${by}`, "保持电话畅通，待在安全的地方。"],
    ended: ["main", "ok", `指挥中心结束了这次求助${call.ended_by ? `（${call.ended_by}）` : ""}`, call.word],
  }[call.stage]
  return h(
    "section",
    { class: `card stand ${kind}`, role: "status", data: { stage: call.stage } },
    h("div", { class: "row top" }, glyph(picture, kind), h("div", { class: "grow tight" }, h("b", { class: "item block" }, words), under)),
  )
}

/** Whether the position goes along: said, never hidden. @param {Call} call @param {boolean} records */
function follows(call, records) {
  if (call.stage === "ended") return null
  const now = outing()
  if (!records) return note("", "shield", "你没有同意记路线：只发了按下时的位置。")
  if (!now) return note("warn", "pin", "巡查结束了，位置不再发。")
  if (now.paused) return note("warn", "pause", "你按了暂停，位置没在发。")
  if (now.problem === "no_permission") return note("warn", "pin", "手机没让用定位，位置发不了。请在电话里说清在哪里。")
  return note("main", "pin", call.patrol ? "为这次求助开始了巡查，位置一直在记，有网就发。" : "位置一直在记，有网就发。")
}

/** @param {Call} call */
function ending(call) {
  if (call.stage === "ended") return button("知道了", "ok", () => void putAway().then(() => go("today")), { class: "main wide huge" })
  if (!is_sure_asked) return button("我没事了", "ok", () => ask(true), { class: "wide huge" })
  return [
    button("确定没事了", "ok", () => void endHelp().then(() => (say("记下了，会告诉指挥中心"), go("today"))), { class: "main wide huge" }),
    button("还要帮助", "sos", () => ask(false), { class: "wide huge" }),
  ]
}

/** @param {boolean} sure */
function ask(sure) {
  is_sure_asked = sure
  go("sos")
}

/** @param {{name: string, number: string}[]} known */
function phones(known) {
  const own = known.map(({ name, number }) => dial(number, name))
  return h(
    "section",
    { class: "col more", "aria-label": "打电话" },
    own,
    h("div", { class: "choice three calls" }, NUMBERS.map(([number, word]) => dial(number, word))),
  )
}

/** @param {string} number @param {string} word */
const dial = (number, word) => h("a", { class: "btn", href: `tel:${(/[+\d][\d -]*/.exec(number)?.[0] ?? "").replace(/[ -]/g, "")}` }, icon("phone"), h("span", {}, `${word} `, h("b", { class: "nowrap" }, number)))
