// @ts-check
/** Messages; an urgent one is the only red area, with one answer that works without a network. */
import { rows } from "../changes.js"
import { button, glyph, h, icon, link, titled } from "../dom.js"
import { answeredAlerts } from "../mine.js"
import { keep } from "../outbox.js"
import { when } from "../words.js"
import { questions } from "./questions.js"

const KIND_ICONS = { urgent_report: "warn", message: "msg", task_assigned: "list", task_withdrawn: "undo", tasks_handed: "list", alert_level: "warn", help_call: "sos", help_answered: "sos" }

/** @param {string} [open] */
export async function screen(open) {
  const answered = await answeredAlerts()
  const all = (await rows("alert")).filter((alert) => !alert.expires_at || alert.expires_at > Date.now())
  const alerts = all
    .map((alert) => ({ ...alert, seen: Boolean(alert.acknowledged_at) || answered.has(alert.id) }))
    .sort((a, b) => b.made_at - a.made_at)
  const burning = alerts.filter((alert) => alert.severity === "urgent" && !alert.seen)
  const others = alerts.filter((alert) => !burning.includes(alert))
  const asked = await rows("flag")
  return {
    head: titled("消息"),
    body: [
      burning.map(urgent),
      await questions(asked),
      others.length > 0 &&
        h(
          "ul",
          { class: "list" },
          others.map((alert) => row(alert, alert.id === open)),
        ),
      alerts.length + asked.length === 0 && h("div", { class: "empty card" }, icon("bell"), h("p", {}, "没有消息。有新的会在这里")),
    ],
    way: "inbox",
    watches: ["rows", "outbox"],
  }
}

/** @param {any} alert */
const got = (alert) => keep("seen", { alert: alert.id })

/** @param {any} alert */
function urgent(alert) {
  const [first, rest] = cut(alert.text)
  const grid = alert.about?.grid
  return h(
    "section",
    { class: "urgent", role: "alert", data: { alert: alert.id } },
    h(
      "div",
      { class: "row" },
      octagon(),
      h("div", { class: "grow" }, h("div", { class: "tight" }, `紧急 · ${when(alert.made_at)}`), h("h2", {}, alert.title)),
    ),
    h("p", {}, h("span", { class: "first" }, first), rest),
    button("收到", "ok", () => got(alert), { class: "got wide" }),
    grid && link("看位置", "map", `#/patrol/grid/${grid}`, { class: "wide" }),
    h("p", {}, `${alert.from ? `${alert.from}发的。` : ""}没网时点“收到”也算，连上后自动告诉镇里。`),
  )
}

/** The first sentence says what not to do. @param {string} text */
function cut(text) {
  const end = text.search(/[。！!]/)
  return end < 0 ? [text, ""] : [text.slice(0, end + 1), text.slice(end + 1)]
}

/** @param {any} alert @param {boolean} is_open */
function row(alert, is_open) {
  const urgent = alert.severity === "urgent"
  const picture = KIND_ICONS[/** @type {keyof typeof KIND_ICONS} */ (alert.kind)] ?? "msg"
  return h(
    "li",
    { class: "top", data: { alert: alert.id } },
    glyph(alert.seen ? "ok" : picture, urgent ? "warn" : alert.seen ? "ok" : "main"),
    h(
      "div",
      { class: "grow tight" },
      h("div", { class: "row between top" }, h("b", {}, alert.title), h("span", { class: "t2 nowrap" }, when(alert.made_at))),
      h("p", { class: is_open ? "" : "t2" }, alert.text),
      alert.from && h("p", { class: "t2" }, `${alert.from}发的`),
      alert.seen ? h("p", { class: "t2" }, "你点过“收到”") : button("收到", "ok", () => got(alert), { class: "wide" }),
    ),
  )
}

function octagon() {
  const sign = icon("sos")
  sign.setAttribute("class", "i sign")
  return sign
}
