// @ts-check
/** One report, whole: what, where, who, when by both clocks, and its photos. */

import { fill, h, icon, tag } from "./dom.js";
import { get } from "./http.js";
import { load } from "./pane.js";
import { photosOf } from "./photos.js";
import { drawDecision } from "./report_decide.js";
import { ago, when } from "./time.js";

/** @param {any} report */
export function personOf(report) {
  return report.person?.name ?? report.person ?? "";
}

/** The kind's name, or the kind's own words when it is not in the county's list. @param {any} report */
export function kindOf(report) {
  return report.kind_name || "其他";
}

/** How near the place can be trusted. @param {number|null} metres */
export function accuracy(metres) {
  return typeof metres === "number" ? `误差 ${Math.round(metres)} 米` : "误差不明";
}

/**
 * @param {{open: (content: any) => void}} sheet
 * @param {any} report what is known already
 * @param {{showOnMap?: (report: any) => void, decided?: () => void}} [acts]
 */
export function openReport(sheet, report, { showOnMap, decided } = {}) {
  const body = h("div", { class: "col gap" });
  const fate = h("div", { class: "col gap", id: "fate" });
  const title = h("span", { class: "row" }, icon(report.icon || "flag"), kindOf(report));
  sheet.open({ title, kind: report.is_urgent ? "is-urgent" : "", body: [body, fate] });
  const draw = (/** @type {any} */ full) => fill(body, details({ ...report, ...full }, showOnMap));
  if (report.text !== undefined) draw(report);
  void load(body, () => get(`reports/${report.id}`), draw);
  void drawDecision(fate, report, decided);
}

/** @param {any} report @param {((report: any) => void)|undefined} showOnMap */
function details(report, showOnMap) {
  const flags = (report.flags ?? []).map((/** @type {any} */ flag) =>
    h("li", {}, tag("", "flag", flag.text ?? flag.rule ?? String(flag))),
  );
  const hasPlace = typeof report.lon === "number";
  return [
    report.is_urgent && h("p", {}, tag("danger", "sos", "紧急")),
    h("p", { class: "said-text" }, report.text || "没有写文字"),
    photosOf(report),
    h(
      "dl",
      { class: "kv" },
      h("dt", {}, "上报人"),
      h("dd", {}, personOf(report)),
      h("dt", {}, "网格"),
      h("dd", {}, report.grid_name || "不在任何网格里"),
      h("dt", {}, "发现时间"),
      h("dd", {}, `${when(report.occurred_at)}，手机时间`),
      h("dt", {}, "镇里收到"),
      h("dd", {}, `${when(report.received_at)}，${ago(report.received_at)}`),
      h("dt", {}, "位置"),
      h("dd", {}, hasPlace ? accuracy(report.accuracy_m) : "没有位置", hasPlace && coordinates(report)),
    ),
    flags.length > 0 && h("ul", { class: "row wrap" }, flags),
    showOnMap &&
      hasPlace &&
      h(
        "button",
        { type: "button", class: "btn", on: { click: () => showOnMap(report) } },
        icon("pin"),
        "在图上看",
      ),
  ];
}

/** Coordinates only for who asks, with their datum. @param {any} report */
function coordinates(report) {
  return h(
    "details",
    { class: "inline" },
    h("summary", {}, "看坐标"),
    h("span", { class: "num" }, `${report.lon.toFixed(6)}, ${report.lat.toFixed(6)}（WGS-84）`),
  );
}
