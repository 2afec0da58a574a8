// @ts-check
/** Looking at one person's way: asks for a reason, says it is being recorded, draws what was recorded and nothing between. */

import { h, icon } from "./dom.js";
import { post } from "./http.js";
import { withReason } from "./look_reason.js";
import { clock, lasting } from "./time.js";

const CAUSES = /** @type {Record<string, string>} */ ({
  killed: "手机把巡格关掉了",
  throttled: "手机省电，暂停了记录",
  no_permission: "手机没给定位权限",
  off: "定位开关是关着的",
  no_fix: "没有搜到准的位置",
  paused: "本人暂停",
});

/** Why a phone recorded nothing. @param {string} cause */
export function causeWords(cause) {
  return CAUSES[cause] ?? "原因手机没说";
}

/**
 * @param {any} visit
 * @param {{view: import("./map/view.js").View|undefined, at: HTMLElement}} options
 * @returns {Promise<{clear: () => void}|undefined>}
 */
export async function look(visit, { view, at }) {
  const seen = await withReason({ fetch: (reason) => post("tracks/look", { visit: visit.item, reason }) });
  return seen && show(seen.found, seen.reason, { view, at });
}

/**
 * @param {any} found
 * @param {string} reason
 * @param {{view: import("./map/view.js").View|undefined, at: HTMLElement}} options
 */
function show(found, reason, { view, at }) {
  const legs = (found.segments ?? []).filter((/** @type {any} */ segment) => segment.coordinates?.length);
  const gaps = found.gaps ?? [];
  const banner = h(
    "div",
    { class: "watching", role: "status" },
    icon("eye"),
    h(
      "div",
      { class: "grow" },
      h("b", {}, `正在看 ${found.person.name} 的路线`),
      h("div", {}, `理由：${reason}。已记录，本人会看到。`),
    ),
  );
  const words = h(
    "div",
    { class: "col gap-xs" },
    legs.length ? null : h("p", { class: "t2" }, "这一段没有路线，或者已过保存期。"),
    gaps.map((/** @type {any} */ gap) => h("p", { class: "t2 small" }, icon("gap"), gapWords(gap))),
  );
  at.prepend(banner, words);
  at.scrollTop = 0;
  const erase = view && legs.length ? drawTrack(view, legs) : () => undefined;
  return {
    clear() {
      banner.remove();
      words.remove();
      erase();
    },
  };
}

/** @param {{from: number, to: number, cause: string}} gap */
function gapWords({ from, to, cause }) {
  const why = cause ? `：${causeWords(cause)}` : "";
  return ` ${clock(from)}–${clock(to)} 没记到，${lasting((to - from) / 1000)}${why}。不连线。`;
}

/**
 * Each recorded leg is its own line with open ends; nothing joins two.
 * @param {import("./map/view.js").View} view
 * @param {any[]} legs
 */
function drawTrack({ map, token, LngLatBounds }, legs) {
  const lines = legs.map((leg) => leg.coordinates.map((/** @type {number[]} */ fix) => [fix[0], fix[1]]));
  const ends = lines.flatMap((line) => [line[0], line[line.length - 1]]);
  const feature = (/** @type {any} */ geometry) => ({
    type: /** @type {const} */ ("Feature"),
    properties: {},
    geometry,
  });
  map.addSource("track", {
    type: "geojson",
    data: {
      type: "FeatureCollection",
      features: [
        ...lines.map((coordinates) =>
          feature(
            coordinates.length > 1
              ? { type: "LineString", coordinates }
              : { type: "Point", coordinates: coordinates[0] },
          ),
        ),
        ...ends.map((coordinates) => feature({ type: "Point", coordinates })),
      ],
    },
  });
  const layout = /** @type {any} */ ({ "line-cap": "round", "line-join": "round" });
  const isLine = /** @type {any} */ (["==", ["geometry-type"], "LineString"]);
  map.addLayer({
    id: "track-case",
    type: "line",
    source: "track",
    filter: isLine,
    layout,
    paint: { "line-color": token("surface"), "line-width": 8 },
  });
  map.addLayer({
    id: "track",
    type: "line",
    source: "track",
    filter: isLine,
    layout,
    paint: { "line-color": token("map-track"), "line-width": 4 },
  });
  map.addLayer({
    id: "track-ends",
    type: "circle",
    source: "track",
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 5,
      "circle-color": token("surface"),
      "circle-stroke-color": token("map-track"),
      "circle-stroke-width": 3,
    },
  });
  const box = lines
    .flat()
    .reduce((all, fix) => all.extend(/** @type {[number, number]} */ (fix)), new LngLatBounds());
  map.fitBounds(box, {
    padding: 90,
    maxZoom: 16,
    duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
  });
  return () => {
    for (const id of ["track-ends", "track", "track-case"]) if (map.getLayer(id)) map.removeLayer(id);
    if (map.getSource("track")) map.removeSource("track");
  };
}
