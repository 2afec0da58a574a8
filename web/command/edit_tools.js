// @ts-check
/** What editing draws beside and on the draft's map: a button for each way, and the lines one works on. */

import { button, fill, h } from "./dom.js";
import { busy } from "./pane.js";

export const NOTHING = { type: "FeatureCollection", features: [] };
const MODES = /** @type {const} */ ([
  ["border", "split", "移边界"],
  ["house", "house", "移房屋"],
  ["split", "crack", "拆开"],
  ["merge", "link", "合并"],
]);

/**
 * @param {HTMLElement} tools
 * @param {{known: any, mode: string, choose: (mode: any) => void, undo: () => Promise<void>}} state
 */
export function drawTools(tools, { known, mode, choose, undo }) {
  const counted = known?.edits.filter((/** @type {any} */ one) => !one.undone && one.kind !== "undo") ?? [];
  const back = button("撤销", {
    icon: "undo",
    class: "",
    title: counted[0] && `撤销：${counted[0].kind_name}（${counted[0].by}）`,
    act: () => void busy(back, "正在撤……", undo),
  });
  back.disabled = !counted.length;
  tools.hidden = !known?.may_edit;
  fill(
    tools,
    counted.length > 0 && h("span", { class: "t2 small nowrap" }, `改过 ${counted.length} 处`),
    h(
      "div",
      { class: "seg", role: "group", "aria-label": "手工改草案" },
      MODES.map(([name, sign, word]) =>
        button(word, {
          icon: sign,
          class: "",
          "aria-pressed": mode === name,
          act: () => choose(mode === name ? "" : name),
        }),
      ),
      back,
    ),
  );
}

/** @param {any} view @param {(event: any) => void} click */
export function layers({ map, token }, click) {
  for (const id of ["edit-borders", "edit-line", "edit-house", "edit-place"])
    map.addSource(id, { type: "geojson", data: NOTHING });
  const line = (/** @type {string} */ id, /** @type {any} */ paint) =>
    map.addLayer({ id, type: "line", source: id, layout: { "line-join": "round", "line-cap": "round" }, paint });
  line("edit-house", { "line-color": token("focus"), "line-width": 4 });
  line("edit-borders", { "line-color": token("focus"), "line-width": 5, "line-opacity": 0.45 });
  line("edit-line", { "line-color": token("focus"), "line-width": 4 });
  map.addLayer({
    id: "edit-place",
    type: "circle",
    source: "edit-place",
    paint: { "circle-radius": 13, "circle-opacity": 0, "circle-stroke-width": 3, "circle-stroke-color": token("danger") },
  });
  map.on("click", click);
  map.on("mouseenter", "edit-borders", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "edit-borders", () => (map.getCanvas().style.cursor = ""));
}
