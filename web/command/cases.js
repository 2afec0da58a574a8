// @ts-check
/** All cases: what waits, in lanes by state; what is over, in a table. */

import { byId, fill, h, icon } from "./dom.js";
import { caseCard, pageOf, placeOf, reportCard, stateTag } from "./case_words.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { pages } from "./pages.js";
import { empty, load } from "./pane.js";
import { openReport } from "./report_sheet.js";
import { sheet } from "./sheet.js";
import { table } from "./table.js";
import { when } from "./time.js";

const LOOK_AGAIN_MS = 20_000;
/** @type {[string, string][]} */
const VIEWS = [
  ["lanes", "在办"],
  ["closed", "已结案"],
  ["rejected", "不立案"],
  ["merged", "已合并"],
  ["", "全部"],
];
const one = sheet(byId("sheet"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
const urgent = /** @type {HTMLInputElement} */ (byId("urgent-only"));
const kind = /** @type {HTMLSelectElement} */ (byId("kind"));
const office = /** @type {HTMLSelectElement} */ (byId("office"));
const narrowed = () => ({ q: search.value.trim(), kind: kind.value, office: office.value });
let view = "lanes";
/** @type {any} */
let board;
let drawn = "";

const rows = table(byId("list"), {
  label: "案件",
  key: (/** @type {any} */ row) => String(row.id),
  choose: () => undefined,
  open: (row) => location.assign(pageOf(row)),
  columns: [
    { name: "案件", class: "nowrap num", draw: (row) => h("a", { href: pageOf(row) }, row.number || "没有编号") },
    { name: "什么事", draw: (row) => h("span", { class: "row" }, icon(row.icon), h("b", {}, row.title)) },
    { name: "在哪里", draw: placeOf },
    { name: "主办", draw: (row) => [row.office, row.handler].filter(Boolean).join(" ") },
    { name: "状态", draw: stateTag },
    { name: "到这一步", class: "nowrap t2", draw: (row) => when(row.moved_at) },
  ],
  foot: () => pager.foot("件"),
});

const pager = pages(
  (page) => get("cases", { state: view, ...narrowed(), page }),
  (all) => rows.put(all),
);

function drawViews() {
  fill(
    byId("states"),
    VIEWS.map(([key, word]) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(key === view), on: { click: () => void choose(key) } },
        word,
        board && key in board.ended && ` ${board.ended[key]}`,
      ),
    ),
  );
}

/** @param {string} key */
async function choose(key) {
  view = key;
  drawViews();
  byId("lanes").hidden = view !== "lanes";
  byId("table").hidden = view === "lanes";
  await load(byId("busy"), refresh, () => fill(byId("busy")));
}

async function refresh() {
  if (view !== "lanes") {
    const all = await pager.first();
    byId("none").hidden = all.length > 0;
  }
  board = await get("cases/board", { ...narrowed(), urgent: urgent.checked ? "true" : "" });
  drawViews();
  offer(kind, board.kinds.map((/** @type {any} */ one) => [one.code, one.name]));
  offer(office, board.offices.map((/** @type {any} */ one) => [String(one.id), one.name]));
  drawLanes();
}

/** Choices of a list, left alone as long as they are the same: somebody may have it open. @param {HTMLSelectElement} list @param {[string, string][]} all */
function offer(list, all) {
  const now = [["", "全部"], ...all].map(([value, word]) => `${value} ${word}`).join("\n");
  if (list.dataset.offered === now) return;
  const chosen = list.value;
  fill(list, h("option", { value: "" }, "全部"), all.map(([value, word]) => h("option", { value }, word)));
  list.dataset.offered = now;
  list.value = all.some(([value]) => value === chosen) ? chosen : "";
}

function drawLanes() {
  const state = JSON.stringify([board.lanes, Math.floor(Date.now() / 30_000)]);
  if (state === drawn || view !== "lanes") return;
  drawn = state;
  const held = focused();
  fill(
    byId("lanes"),
    board.lanes.map((/** @type {any} */ lane) => {
      const cards = [
        ...lane.reports.map((/** @type {any} */ report) => reportCard(report, (row) => openReport(one, row, { decided }))),
        ...lane.cases.map(caseCard),
      ];
      return h(
        "section",
        { class: "case-lane", "aria-label": `${lane.name} ${lane.count} 件` },
        h("h2", { class: "item row between" }, lane.name, h("span", { class: "num" }, lane.count)),
        h(
          "div",
          { class: "case-cards scroll" },
          cards.length ? cards : empty("没有等着的"),
          lane.count > cards.length && h("p", { class: "t2 small" }, `先列 ${cards.length} 件，共 ${lane.count} 件`),
        ),
      );
    }),
  );
  if (held >= 0) covers()[held]?.focus();
}

const covers = () => /** @type {HTMLElement[]} */ ([...byId("lanes").querySelectorAll(".cover")]);
const focused = () => covers().indexOf(/** @type {HTMLElement} */ (document.activeElement));

/** A report was decided on in the sheet. */
function decided() {
  void refresh();
}

/** @param {1|-1} step */
function move(step) {
  if (view !== "lanes") return void rows.move(step);
  const all = covers();
  if (all.length) all[Math.min(all.length - 1, Math.max(0, focused() + step))].focus();
}

let typed = 0;
search.addEventListener("input", () => {
  clearTimeout(typed);
  typed = window.setTimeout(() => void refresh(), 250);
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") search.blur();
});
for (const one of [urgent, kind, office]) one.addEventListener("change", () => void refresh());
fill(byId("none"), empty("这里没有案件"));
listen({
  search: () => search.focus(),
  toggle: () => void choose(view === "lanes" ? "" : "lanes"),
  move,
  open: () => {
    const row = rows.chosen();
    if (view !== "lanes" && row) location.assign(pageOf(row));
  },
  close: one.close,
});

await start();
await choose("lanes");
const timer = setInterval(() => void refresh().catch(() => undefined), LOOK_AGAIN_MS);
addEventListener("pagehide", () => clearInterval(timer));
