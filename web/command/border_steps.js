// @ts-check
/** The three ways to a village border: draw a ring, cut one in two, begin from a place of each village. */

import { button, fill, h, icon } from "./dom.js";
import { middle } from "./map/view.js";
import { busy } from "./pane.js";

export const drawSteps = /** @type {const} */ ([
  ["draw", "map", "画一个村"],
  ["split", "split", "切开"],
  ["places", "pin", "按地点画草案"],
]);

/**
 * @param {HTMLElement} holder
 * @param {"draw"|"split"|"places"} mode
 * @param {{villages: any[], township: any, shapes: any[], corners: any, centre: () => number[], leave: () => void,
 *   send: (act: string, unit: string, body: any) => Promise<void>}} page
 */
export function stepForm(holder, mode, { villages, township, shapes, corners, centre, leave, send }) {
  const missing = villages.filter((one) => one.missing);
  const mapped = villages.filter((one) => !one.missing);
  const redivide = h("input", { type: "checkbox", id: "redivide" });
  const chosen = choice(mode === "places" ? villages : mode === "split" ? missing : [...missing, ...mapped]);
  const whole = choice([...mapped, ...(township.outline && !mapped.length ? [township] : [])]);
  const said = h("p", { class: "t2 small num" });
  const press = button("就这样", { class: "btn main grow", act: () => void busy(press, "正在存……", keep) });

  const say = () => {
    const count = mode === "places" ? corners.places.size : corners.points.length;
    fill(said, mode === "places" ? `放好 ${count} / ${villages.length} 个地点` : `${count} 个顶点`);
    press.disabled = mode === "places" ? count < villages.length : count < (mode === "draw" ? 3 : 2);
  };

  const keep = () => {
    const again = { redivide: /** @type {HTMLInputElement} */ (redivide).checked };
    if (mode === "draw") return send("draw", chosen.value, { ...again, ring: corners.points });
    if (mode === "split") return send("split", whole.value, { ...again, to: chosen.value, line: corners.points });
    const places = [...corners.places].map(([unit, at]) => ({ unit, at }));
    return send("places", township.code, { ...again, places });
  };

  /** @param {number[]} at */
  const click = (at) => {
    if (mode !== "places") {
      corners.add(at);
      return;
    }
    corners.place(chosen.value, at);
    const next = villages.find((one) => !corners.places.has(one.code));
    if (next) chosen.value = next.code;
  };

  corners.onChange(say);
  if (mode === "places")
    for (const one of shapes) corners.place(one.properties.code, middle(one.geometry));
  const cannot = problem(mode, missing, mapped, township);
  if (cannot) {
    fill(holder, h("p", { class: "note", role: "status" }, icon("wait"), cannot), button("好", { class: "btn", act: leave }));
    return { click: () => undefined, choose: () => undefined, clear: corners.clear };
  }
  const next = villages.find((one) => !corners.places.has(one.code));
  if (mode === "places" && next) chosen.value = next.code;
  fill(
    holder,
    mode === "split" && h("label", { class: "row" }, h("span", { class: "nowrap" }, "切开"), whole),
    h("label", { class: "row" }, h("span", { class: "nowrap" }, { draw: "画的是", split: "小的一块归", places: "地点是" }[mode]), chosen),
    h("p", { class: "t2 small" }, HINTS[mode]),
    h("label", { class: "check row" }, redivide, "同时重划网格（有正在用的网格时）"),
    h(
      "div",
      { class: "row wrap" },
      said,
      h("span", { class: "grow" }),
      button("在地图中央加", { class: "btn quiet", act: () => click(centre()) }),
      mode !== "places" && button("退一个", { class: "btn quiet", act: () => corners.back() }),
    ),
    h("div", { class: "row wrap" }, press, button("不要", { class: "btn", act: leave })),
  );
  say();
  return {
    click,
    clear: corners.clear,
    /** A row of the table. @param {any} one */
    choose(one) {
      const into = mode === "split" && !one.missing ? whole : chosen;
      into.value = one.code;
    },
  };
}

const HINTS = {
  draw: "在地图上依次点出村界。靠近别的村界 5 米以内会贴上去，多画的部分会自动裁掉。",
  split: "点出一条线，从村界外到村界外。房屋跟着地走。",
  places: "给每个村点一个地点（村委会、祠堂）。界线画在两个地点正中，之后再改。",
};

/** Why a way is not open now. @param {string} mode @param {any[]} missing @param {any[]} mapped @param {any} township */
function problem(mode, missing, mapped, township) {
  if (mode === "split" && !missing.length) return "每个村都有村界了。切出来的一块要归一个还没有村界的村。";
  if (mode === "split" && !mapped.length && !township.outline) return "还没有可以切的边界。先画一个村。";
  if (mode === "places" && !township.outline) return "要先有乡镇界，才能按地点画。请先入库乡镇界。";
  return "";
}

/** @param {any[]} units */
function choice(units) {
  return /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "field" },
      units.map((one) => h("option", { value: one.code }, one.name)),
    )
  );
}
