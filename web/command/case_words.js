// @ts-check
/** How cases are shown everywhere: state in words, a card, the words of a step. No clocks: their engine comes later. */

import { h, icon, tag } from "./dom.js";
import { kindOf, personOf } from "./report_sheet.js";
import { ago } from "./time.js";

/** @type {Record<string, [string, string]>} colour and icon of a state; the word comes from the server */
const STATES = {
  submitted: ["", "flag"],
  registered: ["main", "file"],
  assigned: ["main", "up"],
  returned: ["warn", "undo"],
  handling: ["main", "walk"],
  feedback: ["main", "msg"],
  post_verify: ["main", "eye"],
  rework: ["warn", "undo"],
  closed: ["ok", "ok"],
  rejected: ["", "x"],
  merged: ["", "link"],
};

/** @param {{state: string, state_name: string}} row */
export function stateTag(row) {
  const [kind, name] = STATES[row.state] ?? ["", "dots"];
  return tag(kind, name, row.state_name);
}

/** The address of one case's page. @param {{id: string}} row */
export function pageOf(row) {
  return `/cases/${row.id}/`;
}

/** Where it is, in words. @param {any} row */
export function placeOf(row) {
  return row.place || row.grid_name || "没有位置";
}

/** @param {any} row */
function signs(row) {
  return [
    row.is_urgent && tag("danger", "sos", "紧急"),
    row.is_restricted && tag("", "lock", "限看"),
    ["returned", "rework"].includes(row.state) && stateTag(row),
  ];
}

/** A case in a lane. @param {any} row */
export function caseCard(row) {
  return h(
    "article",
    { class: `card case-card ${row.is_urgent ? "is-urgent" : ""}` },
    h(
      "div",
      { class: "row between" },
      h(
        "a",
        { class: "row grow b cover plain-link", href: pageOf(row), "data-card": row.id },
        icon(row.icon),
        h("span", { class: "clip" }, row.title),
      ),
      signs(row),
    ),
    h(
      "div",
      { class: "row between t2 small" },
      h("span", { class: "clip" }, placeOf(row)),
      h("span", { class: "clip" }, row.office),
    ),
    h(
      "div",
      { class: "row between t2 small foot-line" },
      h("span", { class: "num" }, row.number, row.merged > 0 && ` · 并入 ${row.merged} 条`),
      h("span", { class: "nowrap" }, ago(row.moved_at)),
    ),
  );
}

/** A report nobody has decided on, in the first lane. @param {any} report @param {(report: any) => void} open */
export function reportCard(report, open) {
  return h(
    "article",
    { class: `card case-card report-card ${report.is_urgent ? "is-urgent" : ""}` },
    h(
      "div",
      { class: "row between" },
      h(
        "button",
        { type: "button", class: "plain row grow b cover", "data-card": report.id, on: { click: () => open(report) } },
        icon(report.icon || "flag"),
        h("span", { class: "clip" }, kindOf(report)),
      ),
      report.is_urgent && tag("danger", "sos", "紧急"),
    ),
    h(
      "div",
      { class: "row between t2 small" },
      h("span", { class: "clip" }, `${report.grid_name || "网格外"} · ${personOf(report)}`),
    ),
    h(
      "div",
      { class: "row between t2 small foot-line" },
      h("span", { class: "clip" }, report.text || "没有写文字"),
      h("span", { class: "nowrap" }, ago(report.received_at)),
    ),
  );
}
