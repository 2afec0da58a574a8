// @ts-check
/** What some items ask besides a result: a number, one of several words, or a few of one's own. Kept as text, as the protocol says. */
import { h } from "./dom.js"

const NUMBER = /^-?\d{1,6}(\.\d{1,3})?$/
/** Typed, and not yet part of an answer. @type {Map<string, string>} */
const drafts = new Map()

/** @param {any} item */
export const typed = (item) => drafts.get(item.item) ?? item.answer?.value ?? ""

/** @param {any} item */
export const clearTyped = (item) => drafts.delete(item.item)

/** What keeps a value from being taken, in words; empty if nothing does. @param {any} item */
export function fault(item) {
  const { type, label, min, max } = item.answer_type ?? {}
  const value = typed(item)
  if (!type) return ""
  if (!value) return type === "choice" ? `先选“${label}”` : `先填“${label}”`
  if (type !== "number") return ""
  if (!NUMBER.test(value)) return `“${label}”要填数字，最多三位小数`
  const is_low = min !== undefined && Number(value) < min
  const is_high = max !== undefined && Number(value) > max
  return is_low || is_high ? `“${label}”${range(min, max)}` : ""
}

/** @param {number | undefined} min @param {number | undefined} max */
const range = (min, max) => (min === undefined ? `不会超过 ${max}` : max === undefined ? `不会小于 ${min}` : `要在 ${min} 到 ${max} 之间`)

/** Digits and points as a Chinese keyboard may make them. @param {string} text */
const plain = (text) => text.normalize("NFKC").replace("。", ".").trim()

/** @param {any} item @param {any} told the answer so far @param {(value: string) => any} changed once there is an answer to change */
export function typedField(item, told, changed) {
  const { type, label, unit, options } = item.answer_type ?? {}
  if (!type) return null
  /** @param {string} value */
  const take = (value) => {
    drafts.set(item.item, value)
    if (told?.result && value !== (told.value ?? "") && !fault(item)) changed(value)
  }
  if (type === "choice") return choices(item, label, options, take)
  const field = h("input", { type: "text", maxlength: 200, "aria-label": label, ...(type === "number" ? { inputmode: "decimal" } : {}) })
  field.value = typed(item)
  field.addEventListener("input", () => drafts.set(item.item, type === "number" ? plain(field.value) : field.value.trim()))
  field.addEventListener("change", () => take(typed(item)))
  return h("label", { class: "typed row" }, h("span", { class: "t2" }, label), field, unit && h("span", { class: "t2" }, unit))
}

/** @param {any} item @param {string} label @param {string[]} options @param {(value: string) => void} take */
function choices(item, label, options, take) {
  const buttons = options.map((option) => {
    const press = () => {
      take(option)
      for (const one of buttons) one.setAttribute("aria-pressed", String(one.textContent === option))
    }
    return h("button", { type: "button", "aria-pressed": typed(item) === option, act: press, data: { key: `${item.item} ${option}` } }, option)
  })
  return h("div", { class: "typed" }, h("div", { class: "t2 tight" }, label), h("div", { class: "choice options", role: "group", "aria-label": label }, buttons))
}
