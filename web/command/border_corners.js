// @ts-check
/** Corners put on a map one after the other: a line, a ring, or single named places. */

import { h } from "./dom.js";
import { source } from "./map/view.js";

const STEP_PX = 6;

/** @param {any} view @param {string} mode "draw" closes the line */
export function corners(view, mode) {
  /** @type {number[][]} */
  const points = [];
  /** @type {Map<string, number[]>} */
  const places = new Map();
  /** @type {any[]} */
  let shown = [];
  /** @type {() => void} */
  let changed = () => undefined;

  const paint = () => {
    const line = mode === "draw" && points.length > 2 ? [...points, points[0]] : points;
    const features =
      line.length > 1
        ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } }]
        : [];
    source(view.map, "step-line").setData({ type: "FeatureCollection", features });
    changed();
  };

  const draw = () => {
    for (const one of shown) one.remove();
    shown = [
      ...points.map((at, i) => pin(at, `顶点 ${i + 1}，箭头键移动，Delete 去掉`, "handle", (to) => (points[i] = to), () => points.splice(i, 1))),
      ...[...places].map(([code, at]) => pin(at, "地点，箭头键移动", "handle is-held", (to) => places.set(code, to), () => places.delete(code))),
    ];
    paint();
  };

  /**
   * @param {number[]} at @param {string} label @param {string} kind
   * @param {(to: number[]) => void} move @param {() => void} remove
   */
  const pin = (at, label, kind, move, remove) => {
    const element = h("button", { type: "button", class: kind, "aria-label": label });
    const marker = new view.Marker({ element, draggable: true }).setLngLat(at).addTo(view.map);
    const moved = () => {
      const { lng, lat } = marker.getLngLat();
      move([lng, lat]);
      paint();
    };
    marker.on("drag", moved);
    element.addEventListener("click", (event) => event.stopPropagation());
    element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step) {
        const was = view.map.project(marker.getLngLat());
        marker.setLngLat(view.map.unproject([was.x + step[0] * STEP_PX, was.y + step[1] * STEP_PX]));
        moved();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        remove();
        draw();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return marker;
  };

  return {
    points,
    places,
    /** @param {() => void} listener */
    onChange(listener) {
      changed = listener;
    },
    /** @param {number[]} at */
    add(at) {
      points.push(at);
      draw();
    },
    /** @param {string} code @param {number[]} at */
    place(code, at) {
      places.set(code, at);
      draw();
    },
    back() {
      points.pop();
      draw();
    },
    clear() {
      changed = () => undefined;
      points.length = 0;
      places.clear();
      draw();
    },
  };
}
