// @ts-check
/** The corners of a line on a map: drag them, or move them by the arrow keys; Insert adds one, Delete takes one away. */

import { h } from "./dom.js";

const STEP_PX = 4;
const FAR_PX = 20;

/**
 * @param {any} map
 * @param {any} Marker
 * @param {{changed: (isDone: boolean) => void}} options told at every move, and when one is over
 */
export function handles(map, Marker, { changed }) {
  /** @type {any[]} */
  let shown = [];
  /** @type {any} */
  let line = null;

  const clear = () => {
    for (const one of shown) one.remove();
    shown = [];
  };

  /** @param {number} [focus] */
  const draw = (focus = -1) => {
    clear();
    shown = line.knots.map((/** @type {any} */ knot, /** @type {number} */ i) => {
      const element = h("button", {
        type: "button",
        class: knot.fixed ? "handle is-fixed" : "handle",
        "aria-label": knot.fixed ? `顶点 ${i + 1}，固定` : `顶点 ${i + 1}，箭头键移动`,
      });
      const marker = new Marker({ element, draggable: !knot.fixed }).setLngLat(knot.at).addTo(map);
      marker.on("drag", () => {
        const { lng, lat } = marker.getLngLat();
        element.classList.add("is-held");
        line.move(i, [lng, lat]);
        changed(false);
      });
      marker.on("dragend", () => {
        draw();
        changed(true);
      });
      element.addEventListener("click", (event) => event.stopPropagation());
      element.addEventListener("keydown", (event) => key(event, i, marker));
      return marker;
    });
    shown[focus]?.getElement().focus();
  };

  /** @param {KeyboardEvent} event @param {number} i @param {any} marker */
  const key = (event, i, marker) => {
    const px = event.shiftKey ? FAR_PX : STEP_PX;
    const step = { ArrowLeft: [-px, 0], ArrowRight: [px, 0], ArrowUp: [0, -px], ArrowDown: [0, px] }[event.key];
    if (step && !line.knots[i].fixed) {
      const at = map.project(marker.getLngLat());
      const { lng, lat } = map.unproject([at.x + step[0], at.y + step[1]]);
      line.move(i, [lng, lat]);
      marker.setLngLat([lng, lat]);
      changed(true);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (!line.remove(i)) return;
      draw(Math.max(0, i - 1));
      changed(true);
    } else if (event.key === "Insert" || event.key === "+") draw(line.halfway(i));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return {
    clear,
    /** @param {any} next a line of `bendable` */
    hold(next) {
      line = next;
      draw();
    },
    /** @param {number[]} point on or near the line */
    add(point) {
      draw(line.add(point));
    },
  };
}
