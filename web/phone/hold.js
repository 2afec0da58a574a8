// @ts-check
/** A button that wants to be held: a pocket does not press for two seconds, and a ring shows how long it still takes. */
import { say } from "./app.js"
import { h, icon } from "./dom.js"

const HOLD_MS = 2_000
const SVG = "http://www.w3.org/2000/svg"

/** @param {string} word @param {() => void} done @param {string} [kind] */
export function holdButton(word, done, kind = "") {
  let timer = 0
  let pressed_at = 0
  const ring = h("span", { class: "ring" }, circle("rest"), icon("sos"))
  ring.firstChild.append(circle("run").firstChild)
  /** @type {HTMLElement} */
  const button = h("button", { type: "button", class: `btn hold ${kind}`, "aria-label": `${word}：按住两秒` }, ring, h("span", {}, word))

  const begin = () => {
    if (timer) return
    pressed_at = Date.now()
    button.classList.add("held")
    timer = window.setTimeout(through, HOLD_MS)
  }
  const through = () => {
    reset()
    navigator.vibrate?.(200)
    done()
  }
  const reset = () => {
    window.clearTimeout(timer)
    timer = 0
    button.classList.remove("held")
  }
  const letGo = () => {
    if (!timer) return
    if (Date.now() - pressed_at >= HOLD_MS) return through() // a busy phone hears of the finger before its own clock
    reset()
    say("要按住两秒，等圆圈走满")
  }

  button.addEventListener("pointerdown", (event) => event.isPrimary && event.button === 0 && begin())
  for (const name of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(name, letGo)
  button.addEventListener("contextmenu", (event) => event.preventDefault())
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return
    event.preventDefault()
    if (!event.repeat) begin()
  })
  button.addEventListener("keyup", (event) => {
    if (event.key === "Enter" || event.key === " ") letGo()
  })
  // A screen reader's tap comes without a finger or a key; what follows asks again anyway.
  button.addEventListener("click", (event) => event.detail === 0 && Date.now() - pressed_at > HOLD_MS && done())
  return button
}

/** @param {string} name */
function circle(name) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", "0 0 44 44")
  svg.setAttribute("aria-hidden", "true")
  const shape = document.createElementNS(SVG, "circle")
  for (const [key, value] of Object.entries({ class: name, cx: "22", cy: "22", r: "19", pathLength: "1" })) shape.setAttribute(key, value)
  svg.append(shape)
  return svg
}
