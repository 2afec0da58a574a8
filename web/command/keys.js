// @ts-check
/** The keys of the desk: the same on every page, silent while somebody types. */

import { button, fill, h } from "./dom.js";

const WORDS = [
  ["/", "找"],
  ["t", "地图、表格换着看"],
  ["j  k", "下一行、上一行"],
  ["Enter", "打开"],
  ["Esc", "关上"],
  ["?", "看这张表"],
];

/**
 * @param {{search?: () => void, toggle?: () => void, move?: (step: 1|-1) => void, open?: () => void, close?: () => void}} acts
 */
export function listen(acts) {
  const card = help();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape") {
      if (!card.open) acts.close?.();
      return;
    }
    if (at.closest("input, textarea, select, dialog[open]")) return;
    const act = {
      "/": acts.search,
      t: acts.toggle,
      j: acts.move && (() => acts.move?.(1)),
      k: acts.move && (() => acts.move?.(-1)),
      Enter: at.closest("a, button, summary, tr, [role=button]") ? undefined : acts.open,
      "?": () => card.showModal(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

function help() {
  const card = /** @type {HTMLDialogElement} */ (h("dialog", { class: "card keys", "aria-label": "键盘" }));
  const rows = WORDS.map(([key, word]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, word)]);
  fill(
    card,
    h("h2", { class: "item" }, "键盘"),
    h("dl", { class: "kv" }, rows),
    button("关上", { act: () => card.close() }),
  );
  document.body.append(card);
  return card;
}
