// @ts-check
/** What of the picture is shown: kind of report, village, urgent ones, grids with somebody on patrol. The same for map, table and lists. */

import { button, fill, h } from "./dom.js";
import { matches } from "./grid_table.js";

/**
 * @param {HTMLElement} holder
 * @param {() => void} changed
 */
export function filters(holder, changed) {
  const chosen = { kind: "", village: "", urgent: false, walking: false, words: "" };
  /** @type {any[]} */
  let grids = [];
  /** @type {{key: string, rows: any[]}} */
  let kept = { key: "", rows: [] };

  const kinds = choice("类别", "全部类别", (value) => set({ kind: value }));
  const villages = choice("村", "全部村", (value) => set({ village: value }));
  const urgent = toggle("只看紧急", () => set({ urgent: !chosen.urgent }));
  const walking = toggle("有人在巡查", () => set({ walking: !chosen.walking }));
  const clear = button("全部显示", { class: "btn quiet slim", act: () => reset() });
  clear.hidden = true;
  fill(holder, kinds, villages, h("div", { class: "seg", role: "group", "aria-label": "只看" }, urgent, walking), clear);

  /** @param {Partial<typeof chosen>} next */
  const set = (next) => {
    Object.assign(chosen, next);
    urgent.setAttribute("aria-pressed", String(chosen.urgent));
    walking.setAttribute("aria-pressed", String(chosen.walking));
    kinds.value = chosen.kind;
    villages.value = chosen.village;
    clear.hidden = !isOn();
    changed();
  };
  const isOn = () => Boolean(chosen.kind || chosen.village || chosen.urgent || chosen.walking);
  const reset = () => set({ kind: "", village: "", urgent: false, walking: false });

  /** Grids that fit, in their order. @param {any} frame */
  const rows = (frame) => {
    const out = chosen.walking ? [...new Set(frame.people.map((/** @type {any} */ one) => one.grid))].sort() : [];
    const key = JSON.stringify([chosen.village, chosen.words, chosen.walking, out, grids.length]);
    if (key !== kept.key) {
      const walked = new Set(out);
      const fit = (/** @type {any} */ grid) =>
        (!chosen.village || grid.village_code === chosen.village) &&
        (!chosen.walking || walked.has(grid.code)) &&
        matches(grid, chosen.words);
      kept = { key, rows: chosen.village || chosen.walking || chosen.words ? grids.filter(fit) : grids };
    }
    return kept.rows;
  };

  return {
    reset,
    isOn,
    /** @param {string} words */
    search: (words) => set({ words }),
    /** @param {any[]} next */
    ground(next) {
      grids = next;
      options(villages, new Map(next.map((grid) => [grid.village_code, grid.village])));
    },
    /** What is left of a picture. @param {any} frame */
    apply(frame) {
      options(kinds, new Map(frame.reports.map((/** @type {any} */ one) => [one.kind, one.kind_name || "其他"])));
      const inside = (/** @type {any} */ row) => !chosen.village || String(row.grid).startsWith(chosen.village);
      const fits = (/** @type {any} */ row) =>
        inside(row) && (!chosen.kind || row.kind === chosen.kind) && (!chosen.urgent || row.is_urgent);
      if (!isOn()) return { ...frame, grids: rows(frame) };
      return {
        ...frame,
        grids: rows(frame),
        people: frame.people.filter(inside),
        reports: frame.reports.filter(fits),
        alarms: chosen.urgent || chosen.kind ? [] : frame.alarms.filter(inside),
      };
    },
  };
}

/** @param {string} name @param {string} all @param {(value: string) => void} change @returns {HTMLSelectElement} */
function choice(name, all, change) {
  const list = /** @type {HTMLSelectElement} */ (
    h("select", { class: "field slim", "aria-label": name }, h("option", { value: "" }, all))
  );
  list.addEventListener("change", () => change(list.value));
  return list;
}

/** @param {string} word @param {() => void} act */
function toggle(word, act) {
  return button(word, { class: "", "aria-pressed": false, act });
}

/** Choices there are; the chosen one stays even when nothing of it is left. @param {HTMLSelectElement} list @param {Map<string, string>} named */
function options(list, named) {
  const there = new Set([...list.options].map((option) => option.value));
  for (const [value, name] of [...named].sort((a, b) => (a[0] < b[0] ? -1 : 1)))
    if (!there.has(value)) list.append(h("option", { value }, name));
}
