// @ts-check
/** A track recorded by another app, brought as a GPX file: into a patrol, or as one of its own. */
import { call } from "../api.js"
import { button, fill, h, icon, note, titled } from "../dom.js"
import { mayRecord } from "../session.js"
import { clock, dayName } from "../words.js"
import { wordsFor } from "./trackers.js"

const DATUMS = { wgs84: "WGS 84（一般的软件）", cgcs2000: "CGCS2000（测绘的软件）", gcj02: "GCJ-02（高德、腾讯的软件）", bd09: "BD-09（百度的软件）" }
const LARGEST = 5 * 1024 * 1024

export async function screen() {
  const may = await mayRecord()
  const said = h("div", { role: "alert" })
  const file = h("input", { type: "file", name: "file", class: "vh", accept: ".gpx,application/gpx+xml", "aria-label": "GPX 文件" })
  const name = h("span", {}, "选一个 GPX 文件")
  file.addEventListener("change", () => fill(name, file.files[0]?.name ?? "选一个 GPX 文件"))
  const datum = h("select", { name: "crs" }, Object.entries(DATUMS).map(([value, word]) => h("option", { value }, word)))
  const patrol = h("select", { name: "patrol" }, h("option", { value: "" }, "算作一次新的巡查"))
  if (may) void offerPatrols(patrol)
  const press = button("导入", "up", () => void bring(), { class: "main wide tall", disabled: !may })
  async function bring() {
    const chosen = file.files[0]
    if (!chosen) return fill(said, note("warn", "file", "先选一个 GPX 文件。"))
    if (chosen.size > LARGEST) return fill(said, note("warn", "file", "文件太大，最多 5 兆。请按天分开导出。"))
    press.disabled = true
    try {
      const answer = await call("gpx", { body: { gpx: await chosen.text(), crs: datum.value, patrol: patrol.value || null } })
      fill(said, note("ok", "ok", wordsOf(answer)))
    } catch (problem) {
      fill(said, note("warn", "warn", wordsFor(problem)))
    } finally {
      press.disabled = false
    }
  }
  return {
    head: titled("从文件导入路线", "", "#/me"),
    body: [
      !may && note("warn", "warn", "你没有同意记路线，路线不能存。可以在“我的”里改。"),
      h("div", { class: "card col spaced" },
        h("p", { class: "t2" }, "别的软件录的路线，导出成 GPX（要带时间），在这里选："),
        h("label", { class: "btn wide" }, icon("file"), name, file),
        h("label", { class: "block" }, h("span", { class: "t2" }, "文件用的坐标"), datum),
        h("label", { class: "block" }, h("span", { class: "t2" }, "哪一次巡查"), patrol)),
      said,
      note("main", "flag", "导入的路线会注明是导入的。巡查时间以外的点不收。"),
    ],
    foot: press,
  }
}

/** @param {any} patrol */
async function offerPatrols(patrol) {
  try {
    const rows = await call("patrols")
    patrol.append(...rows.map((/** @type {any} */ one) => h("option", { value: one.id }, `${dayName(one.started_at)} ${clock(one.started_at)}${one.ended_at ? ` 到 ${clock(one.ended_at)}` : " 开始，还没结束"}`)))
  } catch {
    // without a network there is nothing to bring a file to either
  }
}

/** @param {{taken: number, outside: number, assumed: number, outcomes: {status: string}[]}} answer */
function wordsOf({ taken, outside, assumed, outcomes }) {
  if (outcomes.every((one) => one.status === "duplicate")) return "这个文件以前导入过了，没有再存一份。"
  const more = [outside && `${outside} 个点不在这次巡查里，没有收`, assumed && `${assumed} 个点没说准不准，按 30 米算`].filter(Boolean)
  return [`存了 ${taken} 个点。`, ...more.map((word) => `${word}。`)].join("")
}
