// @ts-check
/** One item of a visit: three equal results, why it is asked, what is asked besides; evidence only where the item says why. */
import { go, say } from "./app.js"
import { button, h, icon, takePicture } from "./dom.js"
import { addPhoto } from "./media.js"
import { keep } from "./outbox.js"
import { state as outing } from "./tracker.js"
import { clearTyped, fault, typed, typedField } from "./typed.js"

const RESULTS = [
  ["ok", "ok", "没问题"],
  ["problem", "warn", "有问题"],
  ["no_entry", "door", "进不去"],
]
const REASONS = ["没人", "路断", "不让进", "天气"]
const REASON_WORDS = { 没人: "没人", 路断: "路断了", 不让进: "不让进", 天气: "天气不行" }
const EVIDENCE = { checkpoint: "要到跟前", photo: "要照片", photo_on_problem: "有问题要照片", note: "要写一句" }
/** Items whose reason is being asked. @type {Set<string>} */
const asking = new Set()

/** Keep one answer for every task the item counts in. @param {any} item @param {any} said */
export async function answer(item, said) {
  const patrol = outing()?.patrol
  for (const target of item.targets) await keep("answer", { ...target, ...(patrol ? { patrol } : {}), ...said })
}

/** Whether more than one tap is wanted: a photo, words, a figure, or being there. @param {any} item @param {boolean} is_there */
export const wantsMore = (item, is_there) =>
  item.evidence === "photo" || item.evidence === "note" || (item.evidence === "checkpoint" && !is_there) || !!item.answer_type?.type

/** @param {any} visit @param {any} item */
export function asked(visit, item) {
  const { answer: told } = item
  /** @param {string} result @param {any} [more] */
  const answerWith = async (result, more = {}) => {
    asking.delete(item.item)
    const value = typed(item)
    await answer(item, { result, ...(value ? { value } : {}), ...more })
    clearTyped(item)
  }
  const chosen = asking.has(item.item) ? "no_entry" : told?.result
  return h(
    "section",
    { class: "card asked", data: { item: item.item } },
    h("h2", {}, item.text),
    h("div", { class: "t2 tight" }, [item.line, item.office].filter(Boolean).join(" · ")),
    why(item),
    typedField(item, told, (value) => told?.result && void answerWith(told.result, { ...kept(told), value })),
    h(
      "div",
      { class: "choice three", role: "group", "aria-label": item.text },
      RESULTS.map(([result, picture, word]) => {
        const props = { class: result === "problem" ? "bad" : "", "aria-pressed": chosen === result, data: { key: `${item.item} ${result}` } }
        return h("button", { type: "button", act: () => press(visit, item, result, answerWith), ...props }, icon(picture), word)
      }),
    ),
    asking.has(item.item) ? reasons(item, answerWith) : told && after(item, told, answerWith),
  )
}

/** @param {any} item */
function why(item) {
  const evidence = EVIDENCE[/** @type {keyof typeof EVIDENCE} */ (item.evidence)]
  const words = [item.legal_ground && `为什么查：${item.legal_ground}`, evidence && `${evidence}：${item.necessity_ground}`].filter(Boolean)
  return words.length > 0 && h("div", { class: "t2 tight" }, words.map((word) => h("span", { class: "block" }, word)))
}

/** @param {any} visit @param {any} item @param {string} result @param {(result: string) => Promise<void>} answerWith */
function press(visit, item, result, answerWith) {
  if (result === "no_entry") {
    asking.add(item.item)
    go(`task/${visit.id}`)
    window.setTimeout(() => document.querySelector(`[data-item="${CSS.escape(item.item)}"]`)?.scrollIntoView({ block: "nearest" }), 60)
    return
  }
  const wrong = fault(item)
  if (!wrong) return void answerWith(result)
  say(wrong)
  const card = document.querySelector(`[data-item="${CSS.escape(item.item)}"]`)
  const field = /** @type {HTMLElement | null | undefined} */ (card?.querySelector(".typed input, .typed button"))
  field?.focus()
}

/** @param {any} item @param {(result: string, more: any) => Promise<void>} answerWith */
const reasons = (item, answerWith) =>
  h(
    "div",
    { class: "more" },
    h("div", { class: "t2" }, "为什么进不去？"),
    h(
      "div",
      { class: "choice reasons", role: "group", "aria-label": "为什么进不去" },
      REASONS.map((reason) => h("button", { type: "button", act: () => answerWith("no_entry", { reason }), data: { key: `${item.item} ${reason}` } }, reason)),
    ),
  )

/** What is said again with a changed answer. @param {any} told */
const kept = ({ reason, note, value, photos }) => ({ ...(reason && { reason }), ...(note && { note }), ...(value && { value }), ...(photos?.length && { photos }) })

/** What may follow a result: a photo where the item says why, a few words. @param {any} item @param {any} told @param {(result: string, more?: any) => Promise<void>} answerWith */
function after(item, told, answerWith) {
  if (!told.result) return h("div", { class: "more t2 tight", role: "status" }, "这一项已经办了")
  const photos = told.photos ?? []
  const wants = item.evidence === "photo" ? told.result !== "no_entry" : item.evidence === "photo_on_problem" && told.result === "problem"
  const writes = told.result === "problem" || (item.evidence === "note" && told.result === "ok")
  const shoot = () =>
    takePicture(async ([picture]) => {
      const { sha256 } = await addPhoto(picture)
      await answerWith(told.result, { ...kept(told), photos: [...photos, sha256] })
    })
  const reason = REASON_WORDS[/** @type {keyof typeof REASON_WORDS} */ (told.reason)] ?? "已说明"
  return h(
    "div",
    { class: "more" },
    told.result === "ok" && !wants && h("div", { class: "t2 tight", role: "status" }, "没发现问题。已存好"),
    told.result === "no_entry" && h("div", { class: "t2 tight", role: "status" }, `进不去：${reason}。已存好，不算没去`),
    wants && button(photos.length ? `拍好了 ${photos.length} 张，再拍一张` : "拍一张照片", "camera", shoot, { class: "wide", "data-key": `${item.item} photo` }),
    wants && h("div", { class: "t2 tight" }, `为什么要照片：${item.necessity_ground}`),
    writes && words(item, told, answerWith),
  )
}

/** @param {any} item @param {any} told @param {(result: string, more?: any) => Promise<void>} answerWith */
function words(item, told, answerWith) {
  const hint = item.evidence === "note" ? "写一句" : "想说就写一句，可以不写"
  const field = h("textarea", { rows: 1, maxlength: 1000, "aria-label": `${item.text}：说一句`, placeholder: hint })
  field.value = told.note ?? ""
  const save = () =>
    field.value.trim() !== (told.note ?? "") && void answerWith(told.result, { ...kept(told), note: field.value.trim() }).then(() => say("已存好"))
  field.addEventListener("change", save)
  return field
}
