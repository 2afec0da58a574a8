// @ts-check
/** One visit, several things: three equal results each; evidence only where the item says why. */
import { go, say } from "../app.js"
import { arrival } from "../arrival.js"
import { button, h, icon, note, takePicture, titled } from "../dom.js"
import { addPhoto } from "../media.js"
import { isDone, nameOf, ordered, tasks } from "../mine.js"
import { keep } from "../outbox.js"
import { state as outing } from "../tracker.js"
import { dayWord } from "../words.js"
import { whereNow } from "./today.js"

const RESULTS = [
  ["ok", "ok", "没问题"],
  ["problem", "warn", "有问题"],
  ["no_entry", "door", "进不去"],
]
const REASONS = ["没人", "路断", "不让进", "天气"]
const REASON_WORDS = { 没人: "没人", 路断: "路断了", 不让进: "不让进", 天气: "天气不行" }
/** Items whose reason is being asked, by their code. @type {Set<string>} */
const asking = new Set()

/** @param {string} id */
export async function screen(id) {
  const all = await tasks()
  const task = all.find((one) => one.id === id)
  if (!task)
    return {
      head: titled("任务", "", "#/today"),
      body: note("", "undo", "这件事已经撤了。你写的还留着，镇里会看"),
      way: "today",
    }
  const spot = await whereNow()
  const body = [arrival(task, spot), ...task.items.map((/** @type {any} */ one) => asked(task, one))]
  return {
    head: titled(nameOf(task), `一次到访，办 ${task.items.length} 件事 · ${dayWord(task.to - 1)}前`, "#/today"),
    body: [...body, task.ground && h("p", { class: "t2 small" }, `为什么办：${task.ground}`)],
    foot: onward(task, all, spot),
    kind: "close",
    watches: ["rows", "outbox"],
  }
}

/** @param {any} task @param {any} item */
function asked(task, item) {
  const { answer } = item
  /** @param {string} result @param {any} [more] */
  const answerWith = async (result, more = {}) => {
    asking.delete(item.item)
    const patrol = outing()?.patrol
    await keep("answer", { task: task.id, item: item.item, result, ...(patrol ? { patrol } : {}), ...more })
  }
  /** @param {string} result */
  const press = (result) => {
    if (result !== "no_entry") return void answerWith(result)
    asking.add(item.item)
    go(`task/${task.id}`)
    window.setTimeout(
      () => document.querySelector(`[data-item="${CSS.escape(item.item)}"]`)?.scrollIntoView({ block: "nearest" }),
      60,
    )
  }
  const chosen = asking.has(item.item) ? "no_entry" : answer?.result
  return h(
    "section",
    { class: "card asked", data: { item: item.item } },
    h("h2", {}, item.text),
    h("div", { class: "t2 tight" }, [item.line, item.office].filter(Boolean).join(" · ")),
    h(
      "div",
      { class: "choice three", role: "group", "aria-label": item.text },
      RESULTS.map(([result, picture, word]) =>
        h(
          "button",
          {
            type: "button",
            class: result === "problem" ? "bad" : "",
            "aria-pressed": chosen === result,
            act: () => press(result),
            data: { key: `${item.item} ${result}` },
          },
          icon(picture),
          word,
        ),
      ),
    ),
    asking.has(item.item) &&
      h(
        "div",
        { class: "more" },
        h("div", { class: "t2" }, "为什么进不去？"),
        h(
          "div",
          { class: "choice reasons", role: "group", "aria-label": "为什么进不去" },
          REASONS.map((reason) =>
            h(
              "button",
              { type: "button", act: () => answerWith("no_entry", { reason }), data: { key: `${item.item} ${reason}` } },
              reason,
            ),
          ),
        ),
      ),
    !asking.has(item.item) && answer && after(item, answer, answerWith),
  )
}

/** What may follow a result: a photo where the item says why, a few words with a problem. @param {any} item @param {any} answer @param {(result: string, more?: any) => Promise<void>} answerWith */
function after(item, answer, answerWith) {
  const photos = answer.photos ?? []
  const wants =
    item.evidence === "photo"
      ? answer.result !== "no_entry"
      : item.evidence === "photo_on_problem" && answer.result === "problem"
  const told = { ...(answer.reason ? { reason: answer.reason } : {}), ...(answer.note ? { note: answer.note } : {}) }
  const shoot = () =>
    takePicture(async ([picture]) => {
      const { sha256 } = await addPhoto(picture)
      await answerWith(answer.result, { ...told, photos: [...photos, sha256] })
    })
  return h(
    "div",
    { class: "more" },
    answer.result === "ok" && !wants && h("div", { class: "t2 tight", role: "status" }, "没发现问题。已存好"),
    answer.result === "no_entry" &&
      h(
        "div",
        { class: "t2 tight", role: "status" },
        `进不去：${REASON_WORDS[/** @type {keyof typeof REASON_WORDS} */ (answer.reason)] ?? "已说明"}。已存好，不算没去`,
      ),
    wants &&
      button(photos.length ? `拍好了 ${photos.length} 张，再拍一张` : "拍一张照片", "camera", shoot, {
        class: "wide",
        "data-key": `${item.item} photo`,
      }),
    wants && h("div", { class: "t2 tight" }, `为什么要照片：${item.necessity_ground}`),
    answer.result === "problem" && words(item, answer, photos, answerWith),
  )
}

/** @param {any} item @param {any} answer @param {string[]} photos @param {(result: string, more?: any) => Promise<void>} answerWith */
function words(item, answer, photos, answerWith) {
  const field = h("textarea", {
    rows: 1,
    maxlength: 1000,
    "aria-label": `${item.text}：说一句`,
    placeholder: "想说就写一句，可以不写",
  })
  field.value = answer.note ?? ""
  const save = () =>
    field.value.trim() !== (answer.note ?? "") &&
    void answerWith("problem", { note: field.value.trim(), ...(photos.length ? { photos } : {}) }).then(() => say("已存好"))
  field.addEventListener("change", save)
  return field
}

/** @param {any} task @param {any[]} all @param {any} spot */
function onward(task, all, spot) {
  if (task.left) {
    const next = () => {
      const item = task.items.find((/** @type {any} */ one) => !one.answer)
      const card = document.querySelector(`[data-item="${CSS.escape(item.item)}"]`)
      card?.scrollIntoView({ block: "center" })
      card?.querySelector("button")?.focus({ preventScroll: true })
    }
    return button(`下一项（还差 ${task.left} 项）`, "next", next, { class: "main wide tall" })
  }
  const [following] = ordered(
    all.filter((one) => !isDone(one) && one.id !== task.id),
    spot,
  )
  if (following)
    return button(`下一处：${nameOf(following)}`, "next", () => go(`task/${following.id}`), { class: "main wide tall" })
  return button("办完了，回今日", "ok", () => go("today"), { class: "main wide tall" })
}
