// @ts-check
/** Elements without markup in strings: text stays text, whatever it says. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Keys: `class`, `on` (listeners by event name), `data`, any property or attribute.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|number|null|undefined|false|Array<any>)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("aria-") && typeof value === "boolean") element.setAttribute(key, String(value));
    else if (value === undefined || value === null || value === false) continue;
    else if (key === "class") element.className = value;
    else if (key === "on") for (const [name, act] of Object.entries(value)) element.addEventListener(name, act);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "value") /** @type {HTMLInputElement} */ (element).value = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

/** @param {any[]} children @returns {(Node|string)[]} */
function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "number" ? String(child) : child));
}

/**
 * An icon of the shared sheet; always stands beside a word, or gets a label from its button.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/shared/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * A drawing made of shapes: `[tag, attributes]`.
 * @param {string} box
 * @param {Array<[string, Record<string, string|number>]>} shapes
 * @param {string} [name]
 */
export function drawing(box, shapes, name = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  if (name) svg.setAttribute("class", name);
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    svg.append(shape);
  }
  return svg;
}

/** Replace what an element holds. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** The element with an id that the page must have. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * A button with an icon and a word.
 * @param {string} word
 * @param {{icon?: string, class?: string, act?: (event: Event) => void, [key: string]: any}} [options]
 */
export function button(word, { icon: name, class: kind = "btn", act, ...rest } = {}) {
  return /** @type {HTMLButtonElement} */ (
    h("button", { type: "button", class: kind, on: act ? { click: act } : {}, ...rest }, name && icon(name), word)
  );
}

/**
 * Icon, word and colour: a state said three times.
 * @param {string} kind
 * @param {string} name
 * @param {string} word
 */
export function tag(kind, name, word) {
  return h("span", { class: `tag ${kind}` }, icon(name), word);
}
