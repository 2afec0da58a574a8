// @ts-check
/** 我的: big type, who looked and why, what is kept of me, and my own word on tracks. */
import { Offline } from "../api.js"
import { show } from "../app.js"
import { rows } from "../changes.js"
import { button, fill, glyph, h, link, note, titled, toggle } from "../dom.js"
import { items } from "../outbox.js"
import { pushState, ringMe, ringMeNot } from "../push.js"
import { answerConsent, me } from "../session.js"
import { meta } from "../store.js"
import { roleWord, when } from "../words.js"
import { reported } from "./reported.js"

const FEW = 2
const WHAT = { gpx: " 1 份文件，替你导入了", track: " 1 段路线", original_photo: " 1 张原图" }
let all_looks = false
let read_notice = false
/** What the township deleted when consent was taken back. @type {{ erased: number, held_back: number } | null} */
let gone = null

export async function screen() {
  const [known, mine, persisted] = [await me(), await items(), await meta.get("persisted")]
  if (!known) return { head: titled("我的"), body: note("", "cloud-off", "还没连到镇里，连上后这里就有了。"), way: "me", watches: ["me"] }
  const grid = known.grids[0]
  const said = h("div", { role: "alert" })
  const [push, pushed] = [await pushState(), h("div", { role: "alert" })]
  const big = document.documentElement.dataset.density === "big"
  return {
    head: [glyph("me", "main"), ...titled(known.person.name, [grid?.name ?? known.posts[0]?.unit_name, roleWord(grid?.role ?? "")].filter(Boolean).join(" · "))],
    body: [
      toggle("大字版", "", big, setBig, ["关", "开"]),
      push !== "none" && ringing(push, pushed),
      h("h2", { class: "item" }, "我报的事"),
      reported(await rows("report")),
      h("h2", { class: "item" }, "谁看过我的路线"),
      looks(known.looks),
      h("h2", { class: "item" }, "记不记我的路线"),
      consent(known, said),
      h("div", { class: "two" }, link("别的定位软件", "pin", "#/trackers"), link("从文件导入", "file", "#/gpx")),
      h("h2", { class: "item" }, "存了我的什么"),
      kept(mine, await rows("task"), persisted),
      held(known.holds ?? []),
      h("h2", { class: "item" }, "有意见"),
      h("div", { class: "card" }, "到镇综治中心当面说，或者打 12345。提意见不影响你的任何事。"),
      note("main", "shield", "只在“巡查中”记路线。不排名，不算在线时长。"),
      h("p", { class: "t3 small" }, `版本 ${document.documentElement.dataset.version}${known.synthetic ? " · 边界和地点是合成示意" : ""}`),
    ],
    way: "me",
    kind: "close",
    watches: ["me", "outbox", "rows"],
  }
}

/** @param {boolean} on */
async function setBig(on) {
  await meta.set("big", on)
  if (on) document.documentElement.dataset.density = "big"
  else delete document.documentElement.dataset.density
  await show()
}

/** @param {string} state @param {Element} said */
function ringing(state, said) {
  if (state === "refused") return note("", "bell", "手机不让巡格弹通知。要打开，去手机设置里的“通知”。")
  /** @param {boolean} on */
  const set = async (on) => {
    try {
      await (on ? ringMe() : ringMeNot())
      await show()
    } catch (problem) {
      const words = problem instanceof Offline ? "连不到镇里，还没改。有信号时再点一次。" : "这部手机的浏览器收不到推送。打开巡格还是看得到消息。"
      fill(said, note("warn", "cloud-off", words))
    }
  }
  return [toggle("没打开巡格也弹通知", "能不能收到看手机；消息都在“消息”里", state === "on", set, ["关", "开"]), said]
}

/** @param {any[]} looked */
function looks(looked) {
  if (!looked.length) return h("div", { class: "card t2" }, "没有人看过。谁看、为什么看，都会记在这里。")
  const shown = all_looks ? looked : looked.slice(0, FEW)
  const more = () => ((all_looks = true), void show())
  return [
    h("ul", { class: "list" }, shown.map((one) => h("li", { class: "top" }, glyph("eye"), h("div", { class: "grow tight" }, h("b", {}, one.by), h("div", {}, `理由：${one.reason}`), h("div", { class: "t2" }, `${when(one.at)} · 看了${WHAT[/** @type {keyof typeof WHAT} */ (one.what)] ?? one.what}`))))),
    looked.length > shown.length && button(`看全部（${looked.length} 次）`, "next", more, { class: "quiet wide" }),
  ]
}

/** @param {any} known @param {Element} said */
function consent(known, said) {
  /** @param {"given" | "withdrawn"} decision */
  const choose = async (decision) => {
    try {
      const { erased = 0, held_back = 0 } = await answerConsent(decision)
      gone = decision === "withdrawn" ? { erased, held_back } : null
      await show()
    } catch {
      fill(said, note("warn", "cloud-off", "连不到镇里，还没改。有信号时再点一次。"))
    }
  }
  const given = known.consent === "given"
  const read = () => ((read_notice = !read_notice), void show())
  return [
    h("div", { class: "card" },
      h("p", {}, given ? "你同意了：只在巡查中记，存 30 天。" : "你没有同意：巡查、回答、上报照常，没有路线。"),
      read_notice && h("p", { class: "prose" }, known.notice.text),
      h("div", { class: "more two" }, button(given ? "撤回同意" : "改成同意", given ? "undo" : "ok", () => choose(given ? "withdrawn" : "given")), button(read_notice ? "收起" : "看全文", "file", read))),
    gone && note("main", "shield", gone.erased ? `镇里已删掉你的 ${gone.erased} 段路线。` : "镇里没有你的路线了。"),
    gone?.held_back ? note("warn", "shield", `还有 ${gone.held_back} 段因争议或案件暂存，处理完就删。`) : null,
    said,
  ]
}

/** @param {any[]} mine @param {any[]} tasks @param {boolean} persisted */
function kept(mine, tasks, persisted) {
  /** @param {string} kind */
  const count = (kind) => mine.filter((one) => one.kind === kind).length
  const waiting = mine.filter((one) => one.state !== "held").length
  return h(
    "div",
    { class: "card" },
    h("div", { class: "row between wrap" }, h("span", {}, "镇里的路线"), h("span", { class: "t2" }, "存 30 天后自动删")),
    h("hr", { class: "hr" }),
    h("div", { class: "row between wrap" }, h("span", {}, `手机里 ${mine.length} 条，${tasks.length} 件任务`), h("a", { class: "btn quiet inner", href: "#/outbox" }, waiting ? `${waiting} 条待上传` : "查看")),
    h("p", { class: "t2 tight" }, `其中路线 ${count("track")} 段、上报 ${count("report")} 条。镇里收到 3 天后，手机里的删掉。`),
    !persisted && h("p", { class: "t2 tight" }, "手机空间紧时，浏览器可能清掉没上传的。请把巡格“添加到主屏幕”。"),
  )
}

/** Days a dispute or a case keeps longer. @param {any[]} holds */
function held(holds) {
  return holds.map((one) => note("warn", "shield", `${one.first_day} 到 ${one.last_day} 的记录因${one.ground}暂时不删：${one.reason}`))
}
