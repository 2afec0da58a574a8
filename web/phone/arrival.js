// @ts-check
/** Whether the person is there, in metres with the error said; and how to say so where the checklist asks for it. */
import { say } from "./app.js"
import { button, h, icon, note, takePicture } from "./dom.js"
import { bearingWord, distance_m, distanceWord, inside } from "./geo.js"
import { rows } from "./changes.js"
import { toward } from "./mine.js"
import { keep } from "./outbox.js"
import { state as outing } from "./tracker.js"

const KIND_WORDS = { pond: "塘", forest_edge: "林边", hazard: "隐患点", river: "河边", elder_home: "这户" }

/** @typedef {{lon: number, lat: number, acc: number} | null} Spot */

/** @param {any} visit @param {Spot} spot */
export function arrival(visit, spot) {
  if (!visit.place_row) return null
  const checks = visit.items.find((/** @type {any} */ one) => one.evidence === "checkpoint")
  return [where(visit.place_row, spot), checks && visit.object.kind === "key_place" && sayHere(visit, checks)]
}

/** @param {any} place @param {Spot} spot */
export const isThere = (place, spot) => !!spot && distance_m(spot, toward(spot, place)) <= Math.min(100, place.radius_m + spot.acc)

/** @param {any} place @param {Spot} spot */
function where(place, spot) {
  if (!spot) return note("", "pin", "没找到位置，不要紧。到了就直接办")
  const to = toward(spot, place)
  const far = distance_m(spot, to)
  const error = `（±${Math.max(1, Math.round(spot.acc))} 米）`
  const word = KIND_WORDS[/** @type {keyof typeof KIND_WORDS} */ (place.kind)] ?? "这里"
  if (isThere(place, spot))
    return note("ok", "pin", `你到了，离${word} ${distanceWord(far)}${error}`)
  return note("", "pin", `还有 ${distanceWord(far)}，往${bearingWord(spot, to)}走${error}`)
}

/** @param {any} visit @param {any} item the one that wants it */
function sayHere(visit, item) {
  const ground = item.necessity_ground
  const body = { key_place: visit.place, task: item.targets[0].task, ...(outing() ? { patrol: outing()?.patrol } : {}) }
  const declare = async () => {
    await keep("place_check", { ...body, how: "declared", reason: "本人说明到过" })
    say("记下了：你到过这里")
  }
  const scan = () =>
    takePicture(async ([picture]) => {
      const code = await readCode(picture)
      if (!code) return say("没认出码。可以再拍一次，或者点“说明到过”")
      await keep("place_check", { ...body, how: "qr", code })
      say("牌子上的码已存好")
    })
  return h(
    "details",
    { class: "card asked" },
    h("summary", { class: "row" }, icon("flag"), h("span", { class: "grow" }, "说一声到了")),
    h(
      "div",
      { class: "more" },
      h("div", { class: "t2 tight" }, `为什么：${ground}`),
      h(
        "div",
        { class: canScan() ? "two" : "" },
        canScan() && button("扫牌子", "camera", scan),
        button("说明到过", "hand", declare, { class: canScan() ? "" : "wide" }),
      ),
    ),
  )
}

const canScan = () => "BarcodeDetector" in window

/** @param {Blob} picture @returns {Promise<string>} */
async function readCode(picture) {
  try {
    const Detector = /** @type {any} */ (window).BarcodeDetector
    const found = await new Detector({ formats: ["qr_code"] }).detect(await createImageBitmap(picture))
    return String(found[0]?.rawValue ?? "").slice(0, 200)
  } catch {
    return ""
  }
}

/** In words where a spot is: by the nearest place, else the grid. @param {{lon: number, lat: number} | null} spot */
export async function placeWords(spot) {
  if (!spot) return ""
  const near = (await rows("key_place")).map((place) => ({ place, m: distance_m(place, spot) })).sort((a, b) => a.m - b.m)[0]
  if (near && near.m < 15) return near.place.name
  if (near && near.m < 300) return `${near.place.name}${bearingWord(near.place, spot)}边 ${distanceWord(near.m)}`
  const grid = (await rows("grid")).find((one) => inside(spot, one.outline))
  return grid ? grid.name : "不在你的网格里"
}
