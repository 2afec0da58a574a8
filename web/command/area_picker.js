// @ts-check
/** Choose villages or grids, on the map or in a list: one choice, shown in both. */

import { fill, h, tag } from "./dom.js";

/** @typedef {{kind: "village"|"grid", code: string}} Area */

/**
 * @param {HTMLElement} holder where the list and what is chosen stand
 * @param {any[]} grids
 * @param {{changed: (codes: string[]) => void}} acts
 */
export function areaPicker(holder, grids, { changed }) {
  const villages = [
    ...new Map(grids.map((grid) => [grid.village_code, { code: grid.village_code, name: grid.village }])).values(),
  ];
  /** @type {Set<string>} */
  const chosen = new Set();
  /** @type {"village"|"grid"} */
  let kind = "village";
  let words = "";
  /** @type {any} */
  let view;

  const search = /** @type {HTMLInputElement} */ (
    h("input", { type: "search", class: "field", placeholder: "找村或网格", "aria-label": "找村或网格" })
  );
  const list = h("div", { class: "pick-list scroll" });
  const picked = h("div", { class: "row wrap picked", role: "status" });
  const modes = /** @type {const} */ ([
    ["village", "按村选"],
    ["grid", "按网格选"],
  ]).map(([mode, word]) =>
    h(
      "button",
      { type: "button", "aria-pressed": mode === kind, data: { mode }, on: { click: () => setKind(mode) } },
      word,
    ),
  );
  fill(holder, h("div", { class: "row" }, h("div", { class: "seg" }, modes), search), list, picked);
  search.addEventListener("input", () => {
    words = search.value.trim();
    draw();
  });

  /** @param {"village"|"grid"} next */
  function setKind(next) {
    kind = next;
    for (const mode of modes) mode.setAttribute("aria-pressed", String(mode.dataset.mode === kind));
    draw();
  }

  /**
   * A village stands for all its grids; a grid inside a chosen village needs no choice of its own.
   * @param {string} code
   */
  function toggle(code) {
    if (chosen.has(code)) chosen.delete(code);
    else {
      if (code.length === 12) for (const other of [...chosen]) if (other.startsWith(code)) chosen.delete(other);
      const village = code.slice(0, 12);
      if (code.length === 15 && chosen.has(village)) {
        chosen.delete(village);
        for (const grid of grids) if (grid.village_code === village && grid.code !== code) chosen.add(grid.code);
      } else chosen.add(code);
    }
    draw();
    changed([...chosen]);
  }

  /** @param {string} code */
  const isIn = (code) => chosen.has(code) || chosen.has(code.slice(0, 12));

  function draw() {
    const rows = (kind === "village" ? villages : grids).filter(
      (row) => !words || row.name.includes(words) || row.code.startsWith(words),
    );
    const at = list.scrollTop;
    fill(
      list,
      rows.map((row) =>
        h(
          "label",
          { class: "check" },
          h("input", {
            type: "checkbox",
            name: "area",
            value: row.code,
            checked: isIn(row.code),
            on: { change: () => toggle(row.code) },
          }),
          h("span", { class: "grow" }, row.name),
          kind === "village" &&
            h(
              "span",
              { class: "t2 small" },
              `${grids.filter((grid) => grid.village_code === row.code).length} 个网格`,
            ),
        ),
      ),
    );
    list.scrollTop = at;
    const names = [...chosen].map(
      (code) => (code.length === 12 ? villages : grids).find((row) => row.code === code)?.name ?? code,
    );
    fill(
      picked,
      names.length ? names.map((name) => tag("main", "ok", name)) : h("span", { class: "t2" }, "还没选地方"),
    );
    if (view) for (const grid of grids) view.say(grid.code, { isSelected: isIn(grid.code) });
  }

  draw();
  return {
    /** A grid was clicked on the map. @param {string} code */
    touch: (code) => toggle(kind === "village" ? code.slice(0, 12) : code),
    /** @param {any} next */
    onMap(next) {
      view = next;
      draw();
    },
    clear() {
      chosen.clear();
      draw();
      changed([]);
    },
    codes: () => [...chosen],
  };
}
