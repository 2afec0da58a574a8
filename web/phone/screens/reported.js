// @ts-check
/** 我报的事: what became of what I reported, as the township says it. */
import { show } from "../app.js"
import { button, glyph, h } from "../dom.js"
import { when } from "../words.js"

const FEW = 3
const ICONS = { closed: "ok", rejected: "x", merged: "link", submitted: "wait" }
let all = false

/** @param {any[]} list rows of kind `report` */
export function reported(list) {
  if (!list.length) return h("div", { class: "card t2" }, "还没有传到镇里的上报。")
  const newest = [...list].sort((a, b) => b.at - a.at)
  const shown = all ? newest : newest.slice(0, FEW)
  return [
    h("ul", { class: "list" }, shown.map(line)),
    newest.length > shown.length && button(`看全部（${newest.length} 条）`, "next", () => ((all = true), void show()), { class: "quiet wide" }),
  ]
}

/** @param {any} one */
function line(one) {
  const sign = ICONS[/** @type {keyof typeof ICONS} */ (one.state)] ?? "walk"
  return h("li", { class: "top" },
    glyph(sign, one.state === "closed" ? "ok" : ""),
    h("div", { class: "grow tight" },
      h("b", {}, one.kind, one.text && `：${one.text}`),
      h("div", {}, one.words),
      h("div", { class: "t2" }, [`${when(one.at)} 报的`, one.number].filter(Boolean).join(" · "))))
} // prettier-ignore
