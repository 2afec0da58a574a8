// @ts-check
/** What is under a finger is not replaced, and words being written are not taken away: drawing waits until it is lifted. */

const AFTER_MS = 60 // the click comes right after the finger is lifted

let pressed = false
/** @type {Set<() => void>} */
const late = new Set()

const writes = () => Boolean(document.activeElement?.matches("main textarea, main input[type=text]"))

function lifted() {
  window.setTimeout(() => {
    if (pressed) return
    const due = [...late]
    late.clear()
    for (const draw of due) draw()
  }, AFTER_MS)
}

let letting = 0
const press = () => {
  window.clearTimeout(letting) // pressed again at once: the finger before is not this one
  pressed = true
}
const let_go = () => {
  window.clearTimeout(letting)
  letting = window.setTimeout(() => ((pressed = false), lifted()), AFTER_MS)
}
window.addEventListener("pointerdown", press)
for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, let_go)
// A button may be held by a key, too.
const holds = (/** @type {KeyboardEvent} */ event) => (event.key === "Enter" || event.key === " ") && event.target instanceof HTMLButtonElement
window.addEventListener("keydown", (event) => holds(event) && press())
window.addEventListener("keyup", (event) => (event.key === "Enter" || event.key === " ") && let_go())
window.addEventListener("focusout", lifted)

/**
 * Draws now, or once the finger is lifted and, where fields are drawn anew, the writing is done. Several calls meanwhile are one.
 * @param {() => any} draw @param {{fields?: boolean}} [options]
 */
export function calmly(draw, { fields = false } = {}) {
  const attempt = () => {
    if (pressed || (fields && writes())) late.add(attempt)
    else void draw()
  }
  return attempt
}

/** Resolves once no finger is down: what is being held is not taken away. @returns {Promise<void>} */
export const untouched = () => new Promise((resolve) => void (pressed ? late.add(resolve) : resolve()))

/**
 * The words in the field that is being written in, to be put back after the screen was drawn anew around it.
 * @param {Element} screen @returns {() => void}
 */
export function written(screen) {
  const field = document.activeElement
  if (!writes() || !(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return () => {}
  const { value, selectionStart, selectionEnd } = field
  const label = field.getAttribute("aria-label") ?? ""
  return () => {
    const again = screen.querySelector(`${field.localName}[aria-label="${CSS.escape(label)}"]`)
    if (!label || !(again instanceof HTMLTextAreaElement || again instanceof HTMLInputElement)) return
    again.focus({ preventScroll: true })
    if (again.value === value) return
    again.value = value
    again.setSelectionRange(selectionStart, selectionEnd)
    again.dispatchEvent(new Event("input", { bubbles: true }))
  }
}
