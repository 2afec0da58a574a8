// @ts-check
/** The keys of the desk: the same on every page, silent while somebody types. */

import { button, fill, h } from "./dom.js";

const WORDS = [
  ["/", "找"],
  ["t", "地图、表格换着看"],
  ["j  k", "下一行、上一行"],
  ["Enter", "打开"],
  ["← → ↑ ↓", "挪地图"],
  ["＋  －", "放大、缩小地图"],
  ["Esc", "关上"],
  ["?", "看这张表"],
];

/**
 * @param {{search?: () => void, toggle?: () => void, move?: (step: 1|-1) => void, open?: () => void, close?: () => void,
 *   pan?: (x: number, y: number) => void, zoom?: (step: 1|-1) => void}} acts
 */
export function listen(acts) {
  const card = help(acts);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape") {
      if (!card.open) acts.close?.();
      return;
    }
    if (at.closest("input, textarea, select, dialog[open]")) return;
    const isMap = Boolean(at.closest(".maplibregl-canvas")); // it has keys of its own
    const act = {
      "/": acts.search,
      t: acts.toggle,
      j: acts.move && (() => acts.move?.(1)),
      k: acts.move && (() => acts.move?.(-1)),
      Enter: at.closest("a, button, summary, tr, [role=button]") ? undefined : acts.open,
      "?": () => card.showModal(),
      ...(isMap ? {} : zooms(acts.zoom)),
      ...(isMap || at.closest("tr") ? {} : arrows(acts.pan)),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

/** @param {((step: 1|-1) => void)|undefined} zoom @returns {Record<string, () => void>} */
function zooms(zoom) {
  return zoom ? { "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1) } : {};
}

/** @param {((x: number, y: number) => void)|undefined} pan @returns {Record<string, () => void>} */
function arrows(pan) {
  if (!pan) return {};
  return {
    ArrowLeft: () => pan(-1, 0),
    ArrowRight: () => pan(1, 0),
    ArrowUp: () => pan(0, -1),
    ArrowDown: () => pan(0, 1),
  };
}

/** @param {{pan?: any}} acts */
function help(acts) {
  const card = /** @type {HTMLDialogElement} */ (h("dialog", { class: "card keys", "aria-label": "键盘" }));
  const words = WORDS.filter(([key]) => acts.pan || !/[←＋]/.test(key));
  const rows = words.map(([key, word]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, word)]);
  fill(
    card,
    h("h2", { class: "item" }, "键盘"),
    h("dl", { class: "kv" }, rows),
    button("关上", { act: () => card.close() }),
  );
  document.body.append(card);
  return card;
}
