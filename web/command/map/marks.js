// @ts-check
/** Marks on the live map: people on patrol, reports, urgent ones. Real buttons, so the keyboard reaches them. */

import { drawing, h, icon } from "../dom.js";

const GLIDE_MS = 900;
const STRAIGHT_ON_S = 120; // a longer silence is a gap: the mark is put, not moved, across it

/** Disc and heading. @param {number|null|undefined} course */
export function disc(course) {
  const shapes = /** @type {Array<[string, any]>} */ ([]);
  if (typeof course === "number")
    shapes.push(["path", { d: "M14 0 19.5 10H8.5z", class: "heading", transform: `rotate(${course} 14 14)` }]);
  shapes.push(["circle", { cx: 14, cy: 14, r: 6.5, class: "disc" }]);
  return drawing("0 0 28 28", shapes, "walker");
}

/** @param {boolean} isUrgent @param {string} name icon of the kind */
export function pin(isUrgent, name) {
  return h("span", { class: isUrgent ? "octagon" : "pin" }, icon(name || "flag"));
}

/**
 * Keeps marks in step with rows: adds, moves, removes; never rebuilds what stays.
 * @param {import("./view.js").View} view
 * @param {{draw: (row: any) => Node, name: (row: any) => string, act: (row: any) => void, kind: string,
 *   anchor?: string, glide?: boolean}} options
 */
export function marks(view, { draw, name, act, kind, anchor = "center", glide = false }) {
  /** @type {Map<string, {marker: any, element: HTMLElement, row: any, seen: string, frame: number}>} */
  const standing = new Map();

  /** @param {any} row */
  const add = (row) => {
    const element = h("button", { type: "button", class: `mark ${kind}` });
    const mark = {
      marker: new view.Marker({ element, anchor: /** @type {any} */ (anchor) })
        .setLngLat([row.lon, row.lat])
        .addTo(view.map),
      element,
      row,
      seen: "",
      frame: 0,
    };
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      act(mark.row);
    });
    standing.set(String(row.id), mark);
    return mark;
  };

  return {
    /** @param {any[]} rows */
    put(rows) {
      const wanted = new Set();
      for (const row of rows) {
        if (typeof row.lon !== "number" || typeof row.lat !== "number") continue;
        const id = String(row.id);
        wanted.add(id);
        const mark = standing.get(id) ?? add(row);
        const before = mark.row;
        mark.row = row;
        const seen = JSON.stringify([name(row), row.course, row.icon, row.is_urgent, row.is_stale]);
        if (seen !== mark.seen) {
          mark.seen = seen;
          mark.element.replaceChildren(draw(row));
          mark.element.setAttribute("aria-label", name(row));
          mark.element.title = name(row);
          mark.element.classList.toggle("is-stale", Boolean(row.is_stale));
        }
        if (before.lon !== row.lon || before.lat !== row.lat) move(mark, before, row, glide);
      }
      for (const [id, mark] of standing) {
        if (wanted.has(id)) continue;
        cancelAnimationFrame(mark.frame);
        mark.marker.remove();
        standing.delete(id);
      }
    },
    /** @param {string} id */
    focus: (id) => standing.get(String(id))?.element.focus(),
    /** @param {string} id */
    select(id) {
      for (const [key, mark] of standing) mark.element.classList.toggle("is-selected", key === String(id));
    },
  };
}

/**
 * Straight between two fixes; through a gap there is no known way, so none is shown.
 * @param {any} mark
 * @param {any} from
 * @param {any} to
 * @param {boolean} glide
 */
function move(mark, from, to, glide) {
  cancelAnimationFrame(mark.frame);
  const silence = (Date.parse(to.t) - Date.parse(from.t)) / 1000;
  if (!glide || silence > STRAIGHT_ON_S || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    mark.marker.setLngLat([to.lon, to.lat]);
    return;
  }
  const start = performance.now();
  const { lng, lat } = mark.marker.getLngLat();
  /** @param {number} now */
  const step = (now) => {
    const share = Math.min(1, (now - start) / GLIDE_MS);
    mark.marker.setLngLat([lng + (to.lon - lng) * share, lat + (to.lat - lat) * share]);
    if (share < 1) mark.frame = requestAnimationFrame(step);
  };
  mark.frame = requestAnimationFrame(step);
}
