// @ts-check
/** All reports: narrowed by kind and urgency on the left, one of them whole on the right. */

import { byId, fill, h, icon, tag } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { fragment, start } from "./page.js";
import { pages } from "./pages.js";
import { empty, load } from "./pane.js";
import { kindOf, openReport, personOf } from "./report_sheet.js";
import { sheet } from "./sheet.js";
import { status } from "./status.js";
import { table } from "./table.js";
import { dayOf, instant, when } from "./time.js";

const SPANS = /** @type {const} */ ([
  ["today", "今天"],
  ["week", "近 7 天"],
  ["all", "全部"],
]);
const one = sheet(byId("sheet"));
let span = "week";
let onlyUrgent = false;
let newest = "";

/** How many photos came, of how many. @param {any} report */
function photosHere({ photos, photos_closed: closed, photos_expected: expected }) {
  const here = photos.length + (closed?.length ?? 0);
  return expected > here ? `${here} / ${expected}` : here;
}

const rows = table(byId("list"), {
  label: "上报",
  key: (/** @type {any} */ report) => String(report.id),
  choose: (report) => openReport(one, report),
  open: (report) => openReport(one, report),
  columns: [
    {
      name: "什么事",
      draw: (report) => h("span", { class: "row" }, icon(report.icon || "flag"), h("b", {}, kindOf(report))),
    },
    { name: "", draw: (report) => report.is_urgent && tag("danger", "sos", "紧急") },
    { name: "说了什么", class: "wide", draw: (report) => h("span", { class: "clip-2" }, report.text) },
    { name: "网格", draw: (report) => report.grid_name || "网格外" },
    { name: "上报人", draw: personOf },
    {
      name: "照片",
      class: "n",
      draw: photosHere,
    },
    { name: "收到", class: "nowrap t2", draw: (report) => when(report.received_at) },
  ],
  foot: () => pager.foot("条"),
});

const pager = pages(
  (page) => {
    const since = {
      today: instant(dayOf(), "00:00"),
      week: new Date(Date.now() - 7 * 86_400_000).toISOString(),
      all: "",
    }[span];
    return get("reports", { since, urgent: onlyUrgent ? "true" : "", page });
  },
  (all) => rows.put(all),
);

const refresh = async () => {
  const list = await pager.first();
  byId("none").hidden = list.length > 0;
  return list;
};

const choices = () => {
  fill(
    byId("spans"),
    SPANS.map(([key, word]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": key === span,
          on: {
            click: () => {
              span = key;
              choices();
              void reload();
            },
          },
        },
        word,
      ),
    ),
  );
};
const reload = () => load(byId("busy"), refresh, () => fill(byId("busy")));

choices();
fill(byId("none"), empty("这段时间没有上报", "换一段时间看看。"));
byId("urgent-only").addEventListener("change", (event) => {
  onlyUrgent = /** @type {HTMLInputElement} */ (event.target).checked;
  void reload();
});
listen({
  move: rows.move,
  open: () => {
    const report = rows.chosen();
    if (report) openReport(one, report);
  },
  close: one.close,
});

await start();
await reload();
const wanted = fragment("report");
if (wanted) openReport(one, rows.rows().find((report) => String(report.id) === wanted) ?? { id: wanted });
const feed = follow(
  (frame) => {
    const latest = String(frame.reports.map((/** @type {any} */ report) => [report.id, report.photos?.length]));
    if (newest && latest !== newest) void refresh();
    newest = latest;
  },
  status(byId("live")),
);
addEventListener("pagehide", feed.stop);
