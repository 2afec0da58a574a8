// @ts-check
/** The map of the wall: grids without a person, people on patrol, reports. Values come and go by feature-state. */

import { crowd } from "./centre_crowd.js";
import { h, icon } from "./dom.js";
import { legend, swatch, synthetic, zoom } from "./map/controls.js";
import { disc, marks, pin } from "./map/marks.js";
import { groundOf, open } from "./map/view.js";
import { kindOf } from "./report_sheet.js";
import { ago } from "./time.js";

const BUTTONS = 120; // people in view that are marks with a name; more are dots
const SIGNS = 30;
const PAN_PX = 120;
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * @param {HTMLElement} holder
 * @param {{me: any, unit: string, grids: Promise<any[]>, acts: any}} options
 */
export async function liveMap(holder, { me, unit, grids, acts }) {
  synthetic(holder);
  const view = await open(holder, {
    me,
    ground: () => groundOf(unit),
    bounds: me.bounds,
    label: "实时地图。表格里有同样的内容。",
    padding: { top: 68, bottom: 64, left: 40, right: 40 },
    onGrid: acts.openGrid,
  });
  zoom(holder, view.map, me.bounds);
  legend(
    holder,
    [
      [disc(0), "巡查中（朝向）"],
      [pin(false, "flag"), "新上报"],
      [pin(true, "sos"), "紧急上报"],
      [swatch("alarm"), "网格无责任人"],
      [swatch("been"), "回看：当天走到过"],
    ],
    "路线不在这里显示",
  );
  const [rows] = await Promise.all([grids, view.ready]);
  const byCode = new Map(rows.map((grid) => [grid.code, grid]));
  const villages = new Set(rows.map((grid) => grid.village_code)).size;
  const label = `实时地图：${villages} 个村和社区，${rows.length} 个网格。表格里有同样的内容。`;
  view.map.getCanvas().setAttribute("aria-label", label);
  const walkers = marks(view, {
    kind: "person",
    glide: true,
    most: BUTTONS,
    crowd: crowd(view, acts.openWalker),
    draw: (row) => disc(row.course),
    name: (row) => `${row.name}，${row.grid_name || "网格外"}，${ago(row.t)}的位置`,
    act: acts.openWalker,
  });
  const reports = marks(view, {
    kind: "report",
    anchor: "bottom",
    draw: (row) => pin(row.is_urgent, row.icon),
    name: (row) => `${row.is_urgent ? "紧急上报" : "上报"}：${kindOf(row)}，${row.grid_name || "网格外"}`,
    act: acts.openReport,
  });
  const calls = marks(view, {
    kind: "help",
    glide: true,
    draw: () => h("span", {}, icon("sos"), "求助"),
    name: (row) => `${row.person.name}求助，${row.grid_name || "网格外"}`,
    act: acts.openCall,
  });
  const alarms = marks(view, {
    kind: "alarm",
    most: SIGNS,
    draw: (row) => h("span", {}, "无责任人"),
    name: (row) => row.text || `${row.grid_name}没有责任人`,
    act: (row) => acts.openGrid(row.grid),
  });
  const alarmed = painted(view, (isOn) => ({ isAlarm: isOn }));
  const seen = view.token("cov-4");
  const visited = painted(view, (isOn) => ({ colour: isOn ? seen : null }));
  const showValues = (/** @type {boolean} */ isOn) =>
    view.map.setLayoutProperty("grid-value", "visibility", isOn ? "visible" : "none");
  let hasValues = false;
  showValues(false); // a county of transparent grids would be drawn all the same

  return {
    /** @param {any} frame */
    put(frame) {
      alarmed(frame.alarms.map((/** @type {any} */ alarm) => alarm.grid));
      if (Boolean(frame.visited) !== hasValues) showValues((hasValues = !hasValues));
      visited(frame.visited ?? []);
      alarms.put(
        frame.alarms
          .filter((/** @type {any} */ alarm) => byCode.has(alarm.grid))
          .map((/** @type {any} */ alarm) => {
            const [lon, lat] = byCode.get(alarm.grid).centre;
            return { ...alarm, id: alarm.grid, lon, lat };
          }),
      );
      reports.put([...frame.reports].sort((a, b) => Number(a.is_urgent) - Number(b.is_urgent)));
      walkers.put(frame.people);
    },
    /** @param {any[]} rows */
    putCalls: (rows) => calls.put(rows.filter((row) => row.lon !== null)),
    pan: (/** @type {number} */ x, /** @type {number} */ y) =>
      view.map.panBy([x * PAN_PX, y * PAN_PX], { duration: calm() ? 0 : 180 }),
    zoom: (/** @type {number} */ step) => view.map.zoomTo(view.map.getZoom() + step, { duration: calm() ? 0 : 180 }),
    select: view.select,
    selectMark: reports.select,
    /** @param {any} grid */
    show: (grid) => view.show(grid.bbox),
    /** @param {{lon: number, lat: number}} place */
    goTo(place) {
      view.map.easeTo({
        center: [place.lon, place.lat],
        zoom: Math.max(view.map.getZoom(), 14),
        duration: calm() ? 0 : 300,
      });
    },
  };
}

/**
 * Says something of a set of grids, and takes it back from those that have left the set.
 * @param {import("./map/view.js").View} view
 * @param {(isOn: boolean) => Record<string, any>} state
 */
function painted(view, state) {
  /** @type {Set<string>} */
  let before = new Set();
  return (/** @type {string[]} */ codes) => {
    const now = new Set(codes);
    for (const code of before) if (!now.has(code)) view.say(code, state(false));
    for (const code of now) if (!before.has(code)) view.say(code, state(true));
    before = now;
  };
}
