// @ts-check
/** One visit, all lines' things at once, each asked once. */
import { go } from "../app.js"
import { arrival, isThere } from "../arrival.js"
import { answer, asked, wantsMore } from "../asked.js"
import { button, h, note, titled } from "../dom.js"
import { checkedPlaces, isDone, ordered, visits } from "../mine.js"
import { dueWord, fromWord } from "../words.js"
import { whereNow } from "./today.js"

/** @param {string} id of any task the visit settles */
export async function screen(id) {
  const { due, later } = await visits()
  /** @param {any[]} list */
  const find = (list) => list.find((visit) => visit.tasks.some((/** @type {any} */ task) => task.id === id))
  const visit = find(due)
  if (!visit) return find(later) ? ahead(find(later)) : gone()
  const spot = await whereNow()
  const is_there = !!visit.place_row && (isThere(visit.place_row, spot) || (await checkedPlaces()).has(visit.place))
  const body = [arrival(visit, spot), allWell(visit, is_there), ...visit.items.map((/** @type {any} */ one) => asked(visit, one))]
  return {
    head: titled(visit.name, `一次到访，办 ${visit.items.length} 件事 · ${dueWord(visit.to)}`, "#/today"),
    body: [...body, visit.grounds.map((/** @type {string} */ ground) => h("p", { class: "t2 small" }, `为什么办：${ground}`))],
    foot: onward(visit, due, spot),
    kind: "close",
    watches: ["rows", "outbox"],
  }
}

const gone = () => ({
  head: titled("任务", "", "#/today"),
  body: note("", "undo", "这件事已经撤了。你写的还留着，镇里会看"),
  way: "today",
})

/** What is to be done later is shown, and answered then. @param {any} visit */
const ahead = (visit) => ({
  head: titled(visit.name, `${fromWord(visit.from)}，办 ${visit.items.length} 件事`, "#/today"),
  body: [
    note("", "wait", `${fromWord(visit.from)}再办，到时候在这里答`),
    h("ul", { class: "list" }, visit.items.map((/** @type {any} */ one) => h("li", {}, h("div", { class: "grow tight" }, h("b", {}, one.text), h("div", { class: "t2" }, [one.line, one.office].filter(Boolean).join(" · ")))))),
  ],
  way: "today",
  watches: ["rows"],
})

/** One tap for a whole place; what wants evidence or a figure stays open until it is given. @param {any} visit @param {boolean} is_there */
function allWell(visit, is_there) {
  const open = visit.items.filter((/** @type {any} */ one) => !one.answer)
  const plain = open.filter((/** @type {any} */ one) => !wantsMore(one, is_there))
  if (plain.length < 2) return null
  const press = async () => {
    for (const item of plain) await answer(item, { result: "ok" })
  }
  const rest = open.length - plain.length
  return [
    button(`都没问题（${plain.length} 件）`, "ok", () => void press(), { class: "wide", "data-key": "all well" }),
    rest > 0 && h("p", { class: "t2 tight" }, `另外 ${rest} 件要多给一样，单独答`),
  ]
}

/** @param {any} visit @param {any[]} due @param {any} spot */
function onward(visit, due, spot) {
  if (visit.left) {
    const next = () => {
      const item = visit.items.find((/** @type {any} */ one) => !one.answer)
      const card = document.querySelector(`[data-item="${CSS.escape(item.item)}"]`)
      card?.scrollIntoView({ block: "center" })
      card?.querySelector("button")?.focus({ preventScroll: true })
    }
    return button(`下一项（还差 ${visit.left} 项）`, "next", next, { class: "main wide tall" })
  }
  const [following] = ordered(due.filter((one) => !isDone(one) && one.id !== visit.id), spot)
  if (following) return button(`下一处：${following.name}`, "next", () => go(`task/${following.id}`), { class: "main wide tall" })
  return button("办完了，回今日", "ok", () => go("today"), { class: "main wide tall" })
}
