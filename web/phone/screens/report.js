// @ts-check
/** Three taps: a picture, a kind, 上报. Words, place and urgency may be changed and need not be. */
import { go, say } from "../app.js"
import { placeWords } from "../arrival.js"
import { change, draft, report, withoutPhoto } from "../draft.js"
import { button, fill, h, icon, note, takePicture, titled, toggle } from "../dom.js"
import { addPhoto, photoUrl } from "../media.js"
import { me } from "../session.js"
import { status } from "../sync.js"
import { chooser } from "../where.js"
import { whereNow } from "./today.js"

const FRONT = 6
const UNSURE_M = 100
/** Which part of the screen is open. @type {"" | "kinds" | "place"} */
let open = ""

const again = () => go("report")
/** @param {Parameters<typeof change>[0]} what */
const set = (what) => change(what).then(again)

export async function screen() {
  const [made, known, spot] = [await draft(), await me(), await whereNow()]
  const kinds = known?.report_kinds ?? []
  if (open === "place") return placing(made, spot)
  if (open === "kinds") return choosing(kinds, made)
  const step = made.kind ? "第 3 步，共 3 步：上报" : made.photos.length ? "第 2 步，共 3 步：选一类" : "第 1 步，共 3 步：拍照"
  const kind = kinds.find((/** @type {any} */ one) => one.code === made.kind)
  const urgent = made.urgent || Boolean(kind?.is_urgent)
  return {
    head: titled("上报", step, "#/today"),
    body: [
      await pictures(made),
      tiles(kinds, made, kind),
      await placeCard(made, spot),
      kind?.is_urgent
        ? note("warn", "warn", `“${kind.name}”是急事，报上去马上叫附近的人`)
        : toggle("情况紧急", "有人落水、着火、塌方", urgent, (on) => set({ urgent: on })),
      wordsField(made),
    ],
    foot: ending(made, spot),
    kind: "close",
    leave: () => (open = ""),
  }
}

/** @param {import("../draft.js").Draft} made */
async function pictures(made) {
  const shoot = () =>
    takePicture(async (files) => {
      for (const file of files) {
        const { sha256 } = await addPhoto(file)
        const { photos } = await draft()
        if (!photos.includes(sha256)) await change({ photos: [...photos, sha256] })
      }
      again()
    })
  if (!made.photos.length)
    return h("button", { type: "button", class: "btn shutter", act: shoot, data: { key: "shoot" } }, icon("camera"), "拍照")
  const last = made.photos[made.photos.length - 1]
  const url = await photoUrl(last)
  const picture = h("img", {
    alt: "刚拍的照片",
    ...(url ? { src: url } : {}),
    on: { load: () => url && URL.revokeObjectURL(url) },
  })
  const count = made.photos.length > 1 ? `${made.photos.length} 张` : "拍好了"
  return h(
    "div",
    { class: "shots" },
    h("div", { class: "shot" }, picture, h("span", { class: "tag ok" }, icon("ok"), count)),
    h(
      "div",
      { class: "col grow" },
      button("再拍一张", "camera", shoot),
      button("不要这张", "trash", () => withoutPhoto(last).then(again)),
    ),
  )
}

/** @param {any[]} kinds @param {import("../draft.js").Draft} made @param {any} chosen */
function tiles(kinds, made, chosen) {
  const front = kinds.filter((kind) => kind.is_front)
  const shown = (front.length ? front : kinds).slice(0, FRONT)
  if (chosen && !shown.includes(chosen)) shown[shown.length - 1] = chosen
  const rest = kinds.length - shown.length
  return [
    h(
      "div",
      { class: "kinds", role: "radiogroup", "aria-label": "哪一类" },
      shown.map((kind) => tile(kind, kind.code === made.kind)),
    ),
    rest > 0 && button(`其他类别（${rest} 类）`, "list", () => ((open = "kinds"), again()), { class: "wide thin" }),
  ]
}

/** @param {any} kind @param {boolean} is_chosen */
function tile(kind, is_chosen) {
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      "aria-checked": is_chosen,
      class: "btn",
      act: () => ((open = ""), set({ kind: kind.code })),
      data: { key: kind.code },
    },
    icon(kind.icon || "dots"),
    kind.name,
    is_chosen && h("span", { class: "chosen" }, icon("ok")),
  )
}

/** @param {any[]} kinds @param {import("../draft.js").Draft} made */
function choosing(kinds, made) {
  const lines = [...new Set(kinds.map((kind) => kind.line))]
  const close = () => ((open = ""), again())
  return {
    head: titled("选一类", `${kinds.length} 类`),
    body: lines.map((line) => [
      h("h2", { class: "t2" }, line || "其他"),
      h(
        "div",
        { class: "kinds", role: "radiogroup", "aria-label": line },
        kinds.filter((kind) => kind.line === line).map((kind) => tile(kind, kind.code === made.kind)),
      ),
    ]),
    foot: button("先不选，回去", "back", close, { class: "wide tall" }),
    kind: "close",
  }
}

/** @param {import("../draft.js").Draft} made @param {any} spot */
async function placeCard(made, spot) {
  const where = made.place ?? spot
  const alter = button("改位置", null, () => ((open = "place"), again()), { class: "quiet inner", "data-key": "place" })
  if (!where)
    return h(
      "div",
      { class: "card row" },
      icon("pin"),
      h("div", { class: "grow tight" }, "没找到位置。请站到空旷处，或者在地点表里选一个"),
      alter,
    )
  const name = made.place?.words ?? (await placeWords(where))
  let error = `定位误差约 ${Math.max(1, Math.round(where.acc))} 米`
  if (made.place) error = made.place.source === "map" ? "在地图上点的" : "在地点表里选的"
  else if (where.acc > UNSURE_M) error = `位置可能差 ${Math.round(where.acc)} 米。请看一眼地图，对就直接上报`
  return h(
    "div",
    { class: "card row" },
    icon("pin"),
    h("div", { class: "grow tight" }, h("b", { class: "block" }, name || "你现在的位置"), h("span", { class: "t2" }, error)),
    alter,
  )
}

/** @param {import("../draft.js").Draft} made @param {any} spot */
function placing(made, spot) {
  return chooser({
    start: made.place ?? spot,
    chosen: (place) => ((open = ""), set({ place })),
    back: () => ((open = ""), again()),
  })
}

/** @param {import("../draft.js").Draft} made */
function wordsField(made) {
  const field = h("textarea", { rows: 1, maxlength: 2000, "aria-label": "说一句", placeholder: "想说就写一句，可以不写" })
  field.value = made.text
  field.addEventListener("input", () => void change({ text: field.value }))
  return field
}

/** @param {import("../draft.js").Draft} made @param {any} spot */
function ending(made, spot) {
  const press = button("上报", "up", () => void send(), { class: "main wide tall" })
  press.disabled = !made.kind
  async function send() {
    press.disabled = true
    fill(press, "正在存……")
    await change({})
    const is_new = await report(await draft(), spot)
    say(is_new ? "存好了，有网就传" : "这条已经存好了")
    go("today")
  }
  const offline = status().network !== "held" && status().network !== "sending"
  const words = made.kind ? (offline ? "没有网络也能报，先存在手机里" : "先存在手机里，马上上传") : "先选一类，才能上报"
  return [press, h("p", { class: "under" }, words)]
}
