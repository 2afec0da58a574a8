// @ts-check
/** The live map of a township: puts the parts together and lets them hear of changes. */

import { byId, h } from "./dom.js";
import { dayBar } from "./centre_day.js";
import { callsOf, helpStrip } from "./centre_help.js";
import { filters } from "./centre_filters.js";
import { lanes } from "./centre_lanes.js";
import { liveMap } from "./centre_map.js";
import { side } from "./centre_side.js";
import { gridTable } from "./grid_table.js";
import { openAlert } from "./alert_sheet.js";
import { openGrid } from "./grid_sheet.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { nothing } from "./live_frame.js";
import { isCentre, start, unitOf } from "./page.js";
import { wrong } from "./pane.js";
import { openReport } from "./report_sheet.js";
import { sheet } from "./sheet.js";
import { status } from "./status.js";
import { views } from "./map/controls.js";

/** What is so now. @type {any} */
let frame = nothing();
/** What one looks back at, if one does. @type {any} */
let past = null;
/** What is left of either after the filters. @type {any} */
let shown = { ...frame, grids: [] };
/** @type {any[]} */
let grids = [];
/** @type {Awaited<ReturnType<typeof liveMap>>|undefined} */
let map;
/** @type {((fresh: any) => void)|undefined} */
let refreshAlert;
let shownAlert = "";
let chosen = "";

const side_sheet = sheet(byId("sheet"));
const gridOf = (/** @type {string} */ code) => grids.find((grid) => grid.code === code);
const me = start();
const isMap = () => byId("table").hidden;

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
    chosen = code;
    rows.select(code);
    if (isMap()) map?.select(code);
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
  /** @param {any} call */
  openCall: (call) => map?.goTo(call),
  /** @param {any} walker */
  openWalker(walker) {
    if (!walker) return;
    both.choose("map");
    map?.goTo(walker);
    if (walker.grid) acts.choose(walker.grid);
  },
};

const help = helpStrip(byId("help"), {
  goTo(call) {
    if (!isMap()) both.choose("map");
    map?.goTo(call);
  },
  mayAnswer: async () => isCentre(await me),
  refresh: () => feed.refresh(),
});
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
  draw();
  if (isMap()) map?.select(chosen);
});
const only = filters(byId("filters"), () => draw());
const day = dayBar(byId("day"), (moment) => {
  past = moment;
  draw();
});

/** Everything above the lanes shows the same rows: now or then, after the filters. */
function draw() {
  shown = only.apply(past ?? frame);
  column.put(shown);
  if (!isMap()) rows.put(shown.grids, shown);
  // What nobody sees is not drawn: a map behind the table would cost as much as one before it.
  if (isMap()) map?.put(shown);
}

const feed = follow((next) => {
  frame = next;
  const calls = callsOf(frame);
  help.put(calls);
  map?.putCalls(calls);
  below.put(frame);
  if (!past) draw();
  const alert = frame.alerts.find((/** @type {any} */ one) => one.id === shownAlert);
  if (alert) refreshAlert?.(alert);
}, (state) => {
  say(state);
  day.tick();
});
addEventListener("pagehide", feed.stop);

const search = /** @type {HTMLInputElement} */ (byId("search"));
search.addEventListener("input", () => only.search(search.value.trim()));
search.addEventListener("keydown", (event) => {
  const first = shown.grids[0];
  if (event.key === "Enter" && search.value.trim() && first) {
    map?.show(first);
    void acts.openGrid(first.code);
  }
  if (event.key === "Escape") {
    search.value = "";
    only.search("");
    search.blur();
  }
});

/** The nearest thing that is open: a sheet, a look back, the filters. */
function close() {
  if (side_sheet.close()) return;
  if (day.isPast()) day.now();
  else if (only.isOn()) only.reset();
}

listen({
  search: () => search.focus(),
  toggle: both.toggle,
  move: (step) => {
    if (isMap()) rows.put(shown.grids, shown);
    rows.move(step);
  },
  open: () => {
    const grid = rows.chosen();
    if (grid) void acts.openGrid(grid.code);
  },
  close,
  pan: (x, y) => map?.pan(x, y),
  zoom: (step) => map?.zoom(step),
});

async function begin() {
  const asked = get("grids").then((all) => {
    grids = all;
    only.ground(all);
    draw();
    return all;
  });
  const person = await me;
  const [opened] = await Promise.all([
    liveMap(byId("map"), { me: person, unit: unitOf(person), grids: asked, acts }),
    asked,
  ]);
  map = opened;
  map.putCalls(callsOf(frame));
  draw();
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
