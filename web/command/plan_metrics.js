// @ts-check
/** What a division is worth: each figure beside the one in force, what is asked, and why one looks at it. */

import { drawing, fill, h } from "./dom.js";

/**
 * @typedef {{name: string, why: string, asked: string, draw: (metrics: any) => string,
 *   judge: (metrics: any) => "g"|"y"|"r"}} Line
 */

/** @type {Line[]} */
const LINES = [
  {
    name: "被切开的房屋",
    asked: "必须为 0",
    why: "一户两格，没人负责",
    draw: (m) => `${m.cut_buildings} 栋`,
    judge: (m) => (m.cut_buildings ? "r" : "g"),
  },
  {
    name: "缝隙 / 重叠",
    asked: "必须为 0",
    why: "每寸地只归一格",
    draw: (m) => `${Math.round(m.gap_m2)} / ${Math.round(m.overlap_m2)} 平方米`,
    judge: (m) => (m.gap_m2 >= 1 || m.overlap_m2 >= 1 ? "r" : "g"),
  },
  {
    name: "最忙 ÷ 平均",
    asked: "建议 ≤ 1.10",
    why: "活要分得匀",
    draw: (m) => m.max_mean.toFixed(2),
    judge: (m) => (m.max_mean <= 1.1 ? "g" : "y"),
  },
  {
    name: "内部边界沿路沿河",
    asked: "建议 ≥ 80%",
    why: "现场看得见、说得清",
    draw: (m) =>
      m.on_barrier === null || m.on_barrier === undefined ? "没有内部边界" : `${Math.round(m.on_barrier * 100)}%`,
    judge: (m) => ((m.on_barrier ?? 1) >= 0.8 ? "g" : "y"),
  },
  {
    name: "形状饱满",
    asked: "≥ 0.55",
    why: "不绕路",
    draw: (m) => m.hull.toFixed(2),
    judge: (m) => (m.hull >= 0.55 ? "g" : "y"),
  },
];
const JUDGED = /** @type {const} */ ({ g: "合格", y: "看一眼", r: "有硬伤" });
const REMARKS = /** @type {Record<string, string>} */ ({
  AttachedExclave: "村里有飞地，已并到最近的网格。",
  IndivisibleLoad: "有一栋或一组房屋户数太多，分不开。",
  LowBarrierData: "路和河的数据太少，边界多是直线。",
  BuildingAcrossBorder: "有房屋跨在村界上。",
  KLowered: "户数太少，划不了那么多网格，已减少。",
  BorderRounded: "村界上有一处太细，网格和村界差不到 1 毫米。",
  GroupSplit: "有自然村分到了几个网格里。要放在一起，可以改网格数再算。",
  LoadUneven: "另一项工作量还不匀。看一下每格的量。",
  Uneven: "最忙的网格比平均多不少。要匀一些，可以改网格数再算。",
});

/** @param {"g"|"y"|"r"} kind @param {string} word */
export function lamp(kind, word) {
  const shapes = {
    g: [
      ["circle", { cx: 12, cy: 12, r: 9.5, class: "lamp-ok" }],
      ["path", { d: "M7.5 12.3l3.2 3.2 6-6.5", class: "lamp-tick" }],
    ],
    y: [
      ["path", { d: "M12 2.5 22.5 21h-21z", class: "lamp-warn" }],
      ["path", { d: "M12 9v5.5M12 17.8h.01", class: "lamp-bang" }],
    ],
    r: [
      ["path", { d: "M8 2h8l6 6v8l-6 6H8l-6-6V8z", class: "lamp-danger" }],
      ["path", { d: "M12 7v6M12 16.8h.01", class: "lamp-tick" }],
    ],
  }[kind];
  return h("span", { class: `lamp ${kind}` }, drawing("0 0 24 24", /** @type {any} */ (shapes)), word);
}

/**
 * @param {HTMLElement} holder
 * @param {any} draft metrics
 * @param {any} current metrics, or null
 * @param {{left?: string, right?: string}} [words] what the two are called
 */
export function compare(holder, draft, current, { left = "现行", right = "草案" } = {}) {
  const judged = draft ?? current;
  fill(
    holder,
    h(
      "table",
      { "aria-label": "两份方案的指标" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, "看什么"),
          h("th", { class: "n" }, left),
          h("th", { class: "n" }, right),
          h("th", {}, "结果"),
          h("th", {}, "要求"),
          h("th", { class: "why" }, "为什么要看"),
        ),
      ),
      h(
        "tbody",
        {},
        LINES.map((line) => {
          /** @type {"g"|"y"|"r"|null} */
          const verdict = judged ? line.judge(judged) : null;
          return h(
            "tr",
            {},
            h("td", {}, h("b", {}, line.name)),
            h("td", { class: "n" }, current ? line.draw(current) : "—"),
            h("td", { class: "n" }, draft ? line.draw(draft) : "—"),
            h("td", {}, verdict && lamp(verdict, JUDGED[verdict])),
            h("td", { class: "t2" }, line.asked),
            h("td", { class: "t2 why" }, line.why),
          );
        }),
      ),
    ),
  );
}

/** What the division wants a person to know. @param {any} metrics */
export function remarks(metrics) {
  return (metrics?.warnings ?? []).map((/** @type {any} */ one) => REMARKS[one.kind] ?? one.text);
}
