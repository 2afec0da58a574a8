// @ts-check
/** 想问你一件事: what somebody would like to know, with the facts. It may be left unanswered; what was said and decided stands below. */
import { show } from "../app.js"
import { button, glyph, h } from "../dom.js"
import { flagAnswers } from "../mine.js"
import { keep } from "../outbox.js"
import { meta } from "../store.js"
import { dayName, when } from "../words.js"

const DRAFTS = "question_drafts"
const LEFT = "questions_left" // ids the person chose not to answer; the card folds
/** The one being written to again. */
let again = ""

/** Newest first, open ones before those somebody decided. @param {any[]} list rows of kind `flag` */
export async function questions(list) {
  if (!list.length) return null
  const [said, drafts, left] = [await flagAnswers(), (await meta.get(DRAFTS)) ?? {}, (await meta.get(LEFT)) ?? []]
  const sorted = [...list].sort((a, b) => Number(isSettled(a)) - Number(isSettled(b)) || b.when - a.when)
  return h("section", { class: "col", "aria-label": "想问你的事" }, sorted.map((one) => card(one, said.get(one.id), drafts, left)))
}

/** Questions that wait for words and were not put aside. @param {any[]} list */
export async function openQuestions(list) {
  const [said, left] = [await flagAnswers(), (await meta.get(LEFT)) ?? []]
  return list.filter((one) => !isSettled(one) && !one.answer && !said.has(one.id) && !left.includes(one.id))
}

/** @param {any} one */
const isSettled = (one) => one.decision === "counts" || one.decision === "does_not_count"

/** @param {any} one @param {string | undefined} mine @param {Record<string, string>} drafts @param {string[]} left */
function card(one, mine, drafts, left) {
  const words = mine ?? one.answer
  const asks = !isSettled(one) && (again === one.id || (!words && !left.includes(one.id)))
  return h("article", { class: "card question", data: { flag: one.id } },
    h("div", { class: "row top" },
      glyph("msg", "main"),
      h("div", { class: "grow" },
        h("h2", { class: "item" }, `想问你一件事：${dayName(one.when)}${/^\d/.test(one.question) ? " " : ""}${one.question}。`, !isSettled(one) && "可以不答"),
        one.evidence.map((/** @type {string} */ line) => h("p", { class: "t2 tight" }, line)),
        h("p", { class: "t3 small tight" }, `${one.number} · 只是疑问，不是说你错了`))),
    words && h("p", { class: "mine" }, h("b", {}, "你说："), words),
    one.decisions.map(decided),
    asks && answering(one, drafts, left),
    !asks && !isSettled(one) && button(words ? "再说一句" : "我来说一句", "msg", () => ((again = one.id), void show()), { class: "quiet wide" }),
  )
} // prettier-ignore

/** @param {any} one @param {Record<string, string>} drafts @param {string[]} left */
function answering(one, drafts, left) {
  const field = h("textarea", { rows: 2, maxlength: 2000, placeholder: "比如：手机没电了", "aria-label": `回答 ${one.number}` })
  field.value = drafts[one.id] ?? ""
  field.addEventListener("input", () => ((drafts[one.id] = field.value), void meta.set(DRAFTS, drafts)))
  const store = async () => {
    const text = field.value.trim()
    if (!text) return field.focus()
    await keep("flag_answer", { flag: one.id, text })
    delete drafts[one.id]
    await meta.set(DRAFTS, drafts)
    again = ""
    await show()
  }
  const leave = async () => {
    again = ""
    await meta.set(LEFT, [...new Set([...left, one.id])])
    await show()
  }
  return [field, h("div", { class: "two" }, button("存下", "ok", store), button("不答", "x", leave))]
}

/** @param {any} row */
function decided(row) {
  return h("p", { class: "tight" }, h("b", {}, `${row.by}：${row.text}`), row.note && `。${row.note}`, h("span", { class: "t2" }, ` · ${when(row.at)}`))
}
