// @ts-check
/** Elements without markup in strings: text stays text, whatever it says. */

const SVG = "http://www.w3.org/2000/svg"

/**
 * Keys: `class`, `act` (what a click does), `on` (listeners by name), `data`, anything else is an attribute.
 * @param {string} tag @param {Record<string, any>} [props] @param {...any} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue
    if (key === "class") element.className = value
    else if (key === "act") element.addEventListener("click", value)
    else if (key === "on") for (const [name, act] of Object.entries(value)) element.addEventListener(name, act)
    else if (key === "data") Object.assign(element.dataset, value)
    else if (key.startsWith("aria-")) element.setAttribute(key, String(value))
    else if (value !== false) element.setAttribute(key, value === true ? "" : String(value))
  }
  element.append(...flat(children))
  return element
}

/** @param {any[]} children @returns {(Node | string)[]} */
const flat = (children) =>
  children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)))

/** @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children))
}

/** An icon of the shared sheet; a word stands beside it, or its button has a label. @param {string} name @returns {any} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("class", "i")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS(SVG, "use")
  use.setAttribute("href", `/static/shared/icons.svg#${name}`)
  svg.append(use)
  return svg
}

/** @param {string} name @param {string} [kind] */
export const glyph = (name, kind = "") => h("span", { class: `glyph ${kind}` }, icon(name))

/** A button: icon, word, deed. @param {string} word @param {string | null} name @param {(event: any) => any} act @param {Record<string, any>} [props] */
export function button(word, name, act, { class: kind = "", ...rest } = {}) {
  return h("button", { type: "button", class: `btn ${kind}`, act, ...rest }, name && icon(name), h("span", {}, word))
}

/** @param {string} word @param {string | null} name @param {string} href @param {Record<string, any>} [props] */
export function link(word, name, href, { class: kind = "", ...rest } = {}) {
  return h("a", { class: `btn ${kind}`, href, ...rest }, name && icon(name), h("span", {}, word))
}

/** What happened, what is safe, what to do. @param {string} kind @param {string} name @param {...any} words */
export const note = (kind, name, ...words) =>
  h("div", { class: `note ${kind}` }, icon(name), h("span", { class: "grow" }, ...words))

/** The header of an inner screen. @param {string} title @param {string} [under] @param {string} [back] */
export function titled(title, under, back) {
  return [
    back && h("a", { class: "btn back", href: back, "aria-label": "返回" }, icon("back")),
    h("div", { class: "grow" }, h("h1", { class: "title" }, title), under && h("div", { class: "t2 tight" }, under)),
  ]
}

/** A switch with its word. @param {string} label @param {string} under @param {boolean} on @param {(on: boolean) => any} act @param {[string, string]} [words] */
export function toggle(label, under, on, act, words = ["否", "是"]) {
  return h(
    "button",
    { type: "button", role: "switch", "aria-checked": on, class: "card switch row", act: () => act(!on), data: { key: label } },
    h("span", { class: "grow" }, h("b", {}, label), under && h("span", { class: "t2 tight block" }, under)),
    h("span", { class: "track" }, h("span", { class: "knob" }), h("span", {}, words[on ? 1 : 0])),
  )
}

/** Ask the camera (or the album) for pictures. @param {(files: Blob[]) => any} taken @param {{camera?: boolean}} [options] */
export function takePicture(taken, { camera = true } = {}) {
  const input = h("input", {
    type: "file",
    accept: "image/*",
    class: "vh",
    "aria-label": "照片",
    ...(camera ? { capture: "environment" } : { multiple: true }),
  })
  input.addEventListener("change", async () => {
    const files = [...input.files]
    input.remove()
    if (files.length) await taken(files)
  })
  document.body.append(input)
  input.click()
}
