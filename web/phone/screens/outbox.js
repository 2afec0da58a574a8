// @ts-check
/** 待上传: what waits, what needs the person, what the township holds; a file as the last resort. */
import { go, say } from "../app.js"
import { rows } from "../changes.js"
import { change } from "../draft.js"
import { button, glyph, h, icon, titled } from "../dom.js"
import { dropPhoto, queue, refusedPhotos } from "../media.js"
import { drop, exportFile, items } from "../outbox.js"
import { me } from "../session.js"
import { meta } from "../store.js"
import { status, syncNow } from "../sync.js"
import { nameOf } from "../visits.js"
import { age, clock, size, when } from "../words.js"

const ICONS = { patrol: "walk", track: "walk", report: "camera", answer: "list", place_check: "flag", seen: "bell", flag_answer: "msg", sos: "sos", sos_end: "ok" }
const LET_GO = "photos_let_go"

export async function screen() {
  const [all, told, known, photos] = [await items(), await rows("task"), await me(), await queue()]
  const names = { tasks: told, kinds: known?.report_kinds ?? [] }
  const waiting = all.filter((one) => one.state === "waiting" || one.state === "sending")
  const held = all.filter((one) => one.state === "held")
  return {
    head: titled("待上传", "东西都在手机里，没有丢", "#/today"),
    body: [
      all.filter((one) => one.state === "attention").map((one) => attention(one, names)),
      await photosInTrouble(),
      (waiting.length > 0 || photos.length > 0) && h("h2", { class: "t2 small" }, summary(waiting, photos)),
      waiting.length > 0 &&
        h(
          "ul",
          { class: "list" },
          waiting.map((one) => row(one, names)),
        ),
      waiting.length === 0 &&
        photos.length === 0 &&
        h("div", { class: "empty card" }, icon("cloud-ok"), h("p", {}, "没有等着上传的")),
      held.length > 0 &&
        h(
          "div",
          { class: "row t2 tight" },
          icon("cloud-ok"),
          h(
            "span",
            {},
            `镇里已收到 ${held.length} 条，有回执，最近一条 ${when(Math.max(...held.map((one) => one.held_at ?? 0)))}`,
          ),
        ),
    ],
    foot: [
      button("有网就传，现在试一次", "up", () => void tryNow(), { class: "main wide tall" }),
      button("存成文件，带去镇里", "file", () => void toFile(), { class: "wide thin" }),
    ],
    kind: "close",
    watches: ["outbox", "media", "rows"],
  }
}

/** @param {any[]} waiting @param {{blob: Blob}[]} photos */
function summary(waiting, photos) {
  const bytes = JSON.stringify(waiting).length + photos.reduce((sum, photo) => sum + photo.blob.size, 0)
  return `等网络（${[waiting.length && `${waiting.length} 条`, photos.length && `${photos.length} 张照片`, `共 ${size(bytes)}`].filter(Boolean).join("，")}）`
}

/** @param {any} one @param {{tasks: any[], kinds: any[]}} names */
function described(one, names) {
  const { kind, body } = one
  const photos = body.photos?.length ? `${body.photos.length} 张照片 · ` : ""
  if (kind === "report")
    return {
      title: `上报：${names.kinds.find((each) => each.code === body.kind)?.name ?? "其他"}`,
      under: photos + clock(one.made_at),
    }
  if (kind === "track")
    return {
      title: "巡查路线",
      under: `${age(body.dt.reduce((/** @type {number} */ sum, /** @type {number} */ ms) => sum + ms, 0))} · ${clock(body.t0)} 起`,
    }
  if (kind === "patrol") return { title: body.event === "start" ? "开始巡查" : "结束巡查", under: clock(one.made_at) }
  if (kind === "flag_answer") return { title: `回答了镇里：${body.text.slice(0, 12)}`, under: clock(one.made_at) }
  if (kind === "sos") return { title: body.place ? "求助，带着位置" : "求助", under: clock(one.made_at) }
  if (kind === "sos_end") return { title: "说了没事了", under: clock(one.made_at) }
  if (kind === "seen") return { title: "收到了消息", under: clock(one.made_at) }
  const task = names.tasks.find((each) => each.id === body.task)
  if (kind === "place_check") return { title: `到过：${task ? nameOf(task) : "地点"}`, under: clock(one.made_at) }
  const item = task?.items.find((/** @type {any} */ each) => each.item === body.item)
  return { title: `清单：${task ? nameOf(task) : "任务"}`, under: `${photos}${item?.text ?? "一项"} · ${clock(one.made_at)}` }
}

/** @param {any} one @param {{tasks: any[], kinds: any[]}} names */
function row(one, names) {
  const { title, under } = described(one, names)
  return h(
    "li",
    { data: { id: one.id } },
    glyph(ICONS[/** @type {keyof typeof ICONS} */ (one.kind)] ?? "file"),
    h("div", { class: "grow tight" }, h("b", {}, title), h("div", { class: "t2" }, under)),
    h("span", { class: "t2 nowrap" }, one.state === "sending" ? "在传" : "等待"),
  )
}

/** @param {any} one @param {{tasks: any[], kinds: any[]}} names */
function attention(one, names) {
  return needs(
    "要你看一下",
    `${described(one, names).title}，${when(one.made_at)}。${one.text ?? ""}`,
    button("知道了，放下这条", "ok", () => void drop(one.id), { class: "wide" }),
  )
}

/** @param {string} title @param {string} text @param {...any} ways */
const needs = (title, text, ...ways) =>
  h(
    "section",
    { class: "card needs" },
    h(
      "div",
      { class: "row top" },
      glyph("warn", "warn"),
      h("div", { class: "grow tight" }, h("b", { class: "item block" }, title), text),
    ),
    h("div", { class: "more two" }, ways),
  )

/** Photos the township could not open, told once each; the words and the place are there already. */
async function photosInTrouble() {
  const let_go = new Set((await meta.get(LET_GO)) ?? [])
  const broken = (await rows("outcome")).filter((one) => one.code === "photo_unreadable" && !let_go.has(one.id))
  const refused = await refusedPhotos()
  const forget = async (/** @type {string} */ id) => {
    await meta.set(LET_GO, [...let_go, id])
    go("outbox")
  }
  const again = async () => {
    await change({ text: "重拍：上一张照片打不开" })
    go("report")
  }
  return [
    ...broken.map((one) =>
      needs(
        "照片打不开",
        `${when(one.at)}收到的。文字和位置已存到镇里。`,
        button("重拍", "camera", () => void forget(one.id).then(again)),
        button("不要照片", "ok", () => void forget(one.id)),
      ),
    ),
    ...refused.map((photo) =>
      needs(
        "照片没传上去",
        `${photo.refused} 照片还在手机里。`,
        button("重拍", "camera", () => void dropPhoto(photo.sha256).then(again)),
        button("不要照片", "ok", () => void dropPhoto(photo.sha256)),
      ),
    ),
  ]
}

async function tryNow() {
  await syncNow()
  say(status().network === "held" ? "都传完了" : "还没传上去，东西都在手机里")
}

async function toFile() {
  const url = URL.createObjectURL(await exportFile())
  const link = h("a", { href: url, download: `巡格-${new Date().toISOString().slice(0, 10)}.json` })
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000)
  say("存好了，在手机的“下载”里")
}
