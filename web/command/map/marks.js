// @ts-check
/** Marks on the live map: people on patrol, reports, urgent ones. Real buttons, so the keyboard reaches them. */

import { drawing, h, icon } from "../dom.js";
import { glider } from "./glide.js";

const AROUND = 0.15; // of the view to each side: marks there are ready when the map is dragged

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
 * Keeps marks in step with the rows in view: adds, moves, removes; never rebuilds what stays. More rows in view than `most`
 * are no buttons any more: `crowd` gets all of them to paint, and an empty list otherwise.
 * @param {import("./view.js").View} view
 * @param {{draw: (row: any) => Node, name: (row: any) => string, act: (row: any) => void, kind: string,
 *   anchor?: string, glide?: boolean, most?: number, crowd?: (rows: any[]) => void}} options
 */
export function marks(view, { draw, name, act, kind, anchor = "center", glide = false, most = 200, crowd }) {
  /** @type {Map<string, {marker: any, element: HTMLElement, row: any, seen: string}>} */
  const standing = new Map();
  const glides = glider();
  /** @type {any[]} */
  let rows = [];
  let selected = "";

  /** @param {any} row */
  const add = (row) => {
    const element = h("button", { type: "button", class: `mark ${kind}`, data: { id: String(row.id) } });
    const marker = new view.Marker({ element, anchor: /** @type {any} */ (anchor) });
    const mark = { marker: marker.setLngLat([row.lon, row.lat]).addTo(view.map), element, row, seen: "" };
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      act(mark.row);
    });
    element.classList.toggle("is-selected", String(row.id) === selected);
    standing.set(String(row.id), mark);
    return mark;
  };

  /** @param {any} mark @param {any} row */
  const renew = (mark, row) => {
    const before = mark.row;
    mark.row = row;
    const seen = [row.course, row.icon, row.is_urgent, row.is_stale, row.name, row.grid_name, row.text].join("|");
    if (seen !== mark.seen) {
      mark.seen = seen;
      mark.element.replaceChildren(draw(row));
      mark.element.classList.toggle("is-stale", Boolean(row.is_stale));
    }
    const said = name(row);
    if (mark.element.title !== said) {
      mark.element.title = said;
      mark.element.setAttribute("aria-label", said);
    }
    if (before.lon === row.lon && before.lat === row.lat) return;
    if (glide) glides.move(mark.marker, before, row);
    else mark.marker.setLngLat([row.lon, row.lat]);
  };

  /** The order of the rows is the order of the Tab key. @param {any[]} shown */
  const order = (shown) => {
    const elements = shown.map((row) => /** @type {any} */ (standing.get(String(row.id))).element);
    if (elements.some((one) => one === document.activeElement)) return;
    for (const element of elements) element.parentNode?.append(element);
  };

  const refresh = () => {
    const inView = rows.filter(within(view.map.getBounds()));
    const isCrowd = inView.length > most;
    const shown = isCrowd ? [] : inView;
    crowd?.(isCrowd ? rows : []);
    const wanted = new Set(shown.map((row) => String(row.id)));
    for (const [id, mark] of standing) {
      if (wanted.has(id)) continue;
      glides.drop(mark.marker);
      mark.marker.remove();
      standing.delete(id);
    }
    const size = standing.size;
    for (const row of shown) renew(standing.get(String(row.id)) ?? add(row), row);
    if (standing.size !== size) order(shown);
  };
  view.map.on("moveend", refresh);

  return {
    /** @param {any[]} next */
    put(next) {
      rows = next.filter((row) => typeof row.lon === "number" && typeof row.lat === "number");
      refresh();
    },
    /** @param {string} id */
    focus: (id) => standing.get(String(id))?.element.focus(),
    /** @param {string} id */
    select(id) {
      selected = String(id);
      for (const [key, mark] of standing) mark.element.classList.toggle("is-selected", key === selected);
    },
  };
}

/** @param {any} bounds @returns {(row: any) => boolean} */
function within(bounds) {
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const [wide, high] = [(east - west) * AROUND, (north - south) * AROUND];
  return ({ lon, lat }) => lon > west - wide && lon < east + wide && lat > south - high && lat < north + high;
}
