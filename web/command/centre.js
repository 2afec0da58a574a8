// @ts-check
/** The live map of a township: puts the parts together and lets them hear of changes. */

import { byId, h } from "./dom.js";
import { lanes } from "./centre_lanes.js";
import { side } from "./centre_side.js";
import { gridTable } from "./grid_table.js";
import { openAlert } from "./alert_sheet.js";
import { openGrid } from "./grid_sheet.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { liveMap } from "./centre_map.js";
import { isCentre, start, unitOf } from "./page.js";
import { wrong } from "./pane.js";
import { openReport } from "./report_sheet.js";
import { sheet } from "./sheet.js";
import { status } from "./status.js";
import { views } from "./map/controls.js";

/** @type {any} */
let frame = { at: "", people: [], reports: [], alerts: [], alarms: [] };
/** @type {any[]} */
let grids = [];
/** @type {Awaited<ReturnType<typeof liveMap>>|undefined} */
let map;
/** @type {((fresh: any) => void)|undefined} */
let refreshAlert;
let shownAlert = "";

const side_sheet = sheet(byId("sheet"));
const gridOf = (/** @type {string} */ code) => grids.find((grid) => grid.code === code);
const me = start();

const acts = {
  /** @param {any} report */
  openReport(report) {
    map?.selectMark(report.id);
    openReport(side_sheet, report, {
      showOnMap: (one) => {
        both.choose("map");
        map?.goTo(one);
      },
    });
  },
  /** @param {any} alert @param {string} [state] */
  openAlert(alert, state) {
    shownAlert = alert.id;
    refreshAlert = openAlert(side_sheet, alert, state);
  },
  /** @param {string} code */
  choose(code) {
    rows.select(code);
    map?.select(code);
  },
  /** @param {string} code */
  async openGrid(code) {
    const grid = gridOf(code);
    if (!grid) return;
    acts.choose(code);
    openGrid(side_sheet, grid, {
      reports: frame.reports,
      people: frame.people,
      openReport: acts.openReport,
      mayAssign: isCentre(await me),
    });
  },
  /** @param {any} walker */
  openWalker(walker) {
    both.choose("map");
    map?.goTo(walker);
    if (walker.grid) acts.choose(walker.grid);
  },
};

const column = side(byId("side"), acts);
const below = lanes(byId("lanes"), acts);
const rows = gridTable(byId("table"), {
  choose: (grid) => acts.choose(grid.code),
  open: (grid) => void acts.openGrid(grid.code),
  openReports: (grid) => void acts.openGrid(grid.code),
});
const say = status(byId("live"));
const both = views(byId("views"), (view) => {
  byId("table").hidden = view !== "table";
  byId("map-panel").classList.toggle("shows-table", view === "table");
});

const feed = follow((next) => {
  frame = next;
  column.put(frame);
  below.put(frame);
  rows.put(grids, frame);
  map?.put(frame);
  const alert = frame.alerts.find((/** @type {any} */ one) => one.id === shownAlert);
  if (alert) refreshAlert?.(alert);
}, say);
addEventListener("pagehide", feed.stop);

const search = /** @type {HTMLInputElement} */ (byId("search"));
search.addEventListener("input", () => rows.filter(search.value.trim()));
search.addEventListener("keydown", (event) => {
  const first = rows.rows()[0];
  if (event.key === "Enter" && search.value.trim() && first) {
    map?.show(first);
    void acts.openGrid(first.code);
  }
  if (event.key === "Escape") {
    search.value = "";
    rows.filter("");
    search.blur();
  }
});

listen({
  search: () => search.focus(),
  toggle: both.toggle,
  move: rows.move,
  open: () => {
    const grid = rows.chosen();
    if (grid) void acts.openGrid(grid.code);
  },
  close: side_sheet.close,
});

async function begin() {
  const person = await me;
  grids = await get("grids");
  rows.put(grids, frame);
  map = await liveMap(byId("map"), { me: person, unit: unitOf(person), grids, acts });
  map.put(frame);
}

begin().catch((error) =>
  byId("map").append(
    h(
      "div",
      { class: "map-wrong" },
      wrong(error, () => location.reload()),
    ),
  ),
);
