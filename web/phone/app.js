// @ts-check
/** Opens the store, decides which screen is due, and keeps bars, screen and way in step with what happens. */
import { showBar, showNav, unread } from "./bars.js"
import { changes, pull, rows } from "./changes.js"
import { fill, h, icon } from "./dom.js"
import { helpChanges, resumeHelp } from "./help.js"
import { bell, startLive } from "./live.js"
import { mediaChanges } from "./media.js"
import { answeredAlerts } from "./mine.js"
import { outboxChanges } from "./outbox.js"
import { openQuestions } from "./screens/questions.js"
import { me, needsConsent, refreshMe, sendHealth, sessionChanges, signedIn } from "./session.js"
import { meta, openStore } from "./store.js"
import { startSync, statusChanges } from "./sync.js"
import { resumeAfterRestart, trackerChanges } from "./tracker.js"
import { calmly, untouched, written } from "./touch.js"
import { refreshPush } from "./push.js"
import { hearTaps, keepShell } from "./worker.js"

const SCREENS = ["today", "task", "report", "patrol", "inbox", "outbox", "me", "trackers", "gpx", "sos"]
const TICK_MS = 20_000
/** @typedef {{head?: any, plain?: boolean, body: any, foot?: any, way?: string, kind?: string, watches?: string[], leave?: () => void}} Screen */

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id))
/** @type {Screen | null} */
let shown = null
let address = ""
let turn = 0
let started = false
/** Which screen is due, whatever the address says. */
async function due() {
  if (!(await signedIn())) return ["enrol"]
  if (await needsConsent()) return ["consent"]
  if (!started) await begin()
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent)
  return SCREENS.includes(name) ? [name, ...rest] : ["today"]
}

async function begin() {
  started = true
  await resumeAfterRestart()
  startSync()
  await resumeHelp()
  startLive()
  void refreshMe().then(sendHealth).then(refreshPush).catch(() => {})
  hearTaps((place) => void pull().catch(() => {}).then(() => go(place)))
}

/** Draw the screen that is due; called again it draws the same one anew, where it was. */
export async function show() {
  const mine = ++turn
  const [name, ...rest] = await due()
  const next = await (await import(`./screens/${name}.js`)).screen(...rest)
  const known = await me()
  const place = [name, ...rest].join("/")
  const same = place === address
  if (same) await untouched()
  if (mine !== turn) return next.leave?.()
  const main = part("main")
  const scroll = same ? main.scrollTop : 0
  const focus = same && document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined
  shown?.leave?.()
  shown = next
  address = place
  main.className = `body ${next.kind ?? ""}`
  for (const [id, content] of [["head", next.head], ["foot", next.foot]]) {
    part(id).hidden = !content
    fill(part(id), content)
  }
  if (next.head && known?.synthetic) part("head").append(h("span", { class: "made-up" }, "合成示意"))
  part("head").classList.toggle("plain", Boolean(next.plain))
  const giveBack = same ? written(main) : () => {}
  fill(main, next.body)
  giveBack() // somebody began to write while this was being put together
  main.scrollTop = scroll
  if (focus) main.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus()
  else if (!same && started) main.focus({ preventScroll: true })
  document.title = `${main.parentElement?.querySelector("h1")?.textContent ?? ""} · 巡格`
  await frame()
}

async function frame() {
  await showBarIfDue()
  const way = shown?.way
  part("nav").hidden = !way
  if (!way) return
  const news = [...(await unread(await answeredAlerts())), ...(await openQuestions(await rows("flag")))]
  showNav(part("nav"), way, news.length)
}

async function showBarIfDue() {
  if (started) await showBar(part("bar"), address)
}

const showCalmly = calmly(() => show(), { fields: true })
const frameCalmly = calmly(() => frame())

/** Something happened: the bars always, the screen if it watches. @param {string} what */
function happened(what) {
  if (shown?.watches?.includes(what)) showCalmly()
  else frameCalmly()
}

const SAID_MS = 4000
let quiet = 0

/** Say something once, quietly. @param {string} words */
export function say(words) {
  window.clearTimeout(quiet)
  fill(part("said"), h("span", {}, icon("ok"), words))
  quiet = window.setTimeout(() => fill(part("said")), SAID_MS)
}

/** @param {string} place */
export function go(place) {
  if (location.hash === `#/${place}`) void show()
  else location.hash = `#/${place}`
}

async function open() {
  await openStore()
  if (await meta.get("big")) document.documentElement.dataset.density = "big"
  window.addEventListener("hashchange", () => void show())
  changes.addEventListener("changed", () => happened("rows"))
  outboxChanges.addEventListener("changed", () => happened("outbox"))
  mediaChanges.addEventListener("changed", () => happened("media"))
  trackerChanges.addEventListener("changed", () => happened("patrol"))
  helpChanges.addEventListener("changed", () => happened("help"))
  sessionChanges.addEventListener("changed", () => happened("me"))
  statusChanges.addEventListener("changed", () => happened("status"))
  bell.addEventListener("alert", () => navigator.vibrate?.([400, 200, 400]))
  window.setInterval(calmly(showBarIfDue), TICK_MS)
  await show()
  await keepShell()
}

void open().catch((problem) => {
  console.error(problem)
  fill(part("main"), h("div", { class: "empty" }, icon("warn"), "没打开。你存的东西还在手机里。", h("button", { type: "button", class: "btn", act: () => location.reload() }, "再试一次")))
})
