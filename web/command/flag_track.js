// @ts-check
/** The walk a question is about, drawn as it was sent; beside it, dotted and with arrows, where it likely was. */

import { causeWords } from "./audit_track.js";
import { h } from "./dom.js";
import { source } from "./map/view.js";
import { clock, lasting } from "./time.js";

const NAMES = ["under", "sent", "case", "way", "moves", "heads", "marks", "ends"].map((name) => `asked-${name}`);
const HEAD = 28;

/** @typedef {{coordinates: number[][]}} Leg */

/**
 * @param {import("./map/view.js").View} view
 * @param {any} found what the server gave for a reason
 * @returns {() => void} takes everything away again
 */
export function drawAsked(view, found) {
  const { map, token, LngLatBounds } = view;
  const isShifted = Boolean(found.mistake);
  const way = lines(isShifted ? found.guess : found.segments);
  if (!map.hasImage("arrow-head")) map.addImage("arrow-head", arrow(token("text")), { pixelRatio: 2 });
  const put = (/** @type {string} */ name, /** @type {any[]} */ features, /** @type {any} */ layer) => {
    map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features } });
    map.addLayer({ id: name, source: name, ...layer });
  };
  const round = { "line-cap": "round", "line-join": "round" };
  const dotted = { "line-color": token("text-2"), "line-width": 3, "line-dasharray": [0.1, 1.9] };
  const under = { type: "line", layout: round, paint: { "line-color": token("surface"), "line-width": 6 } };
  put("asked-under", isShifted ? lines(found.segments) : [], under);
  put("asked-sent", isShifted ? lines(found.segments) : [], { type: "line", layout: round, paint: dotted });
  put("asked-case", way, { type: "line", layout: round, paint: { "line-color": token("surface"), "line-width": 8 } });
  put("asked-way", way, { type: "line", layout: round, paint: { "line-color": token("map-track"), "line-width": 4 } });
  const moves = { "line-color": token("text"), "line-width": 1.6 };
  put("asked-moves", found.moves.map(line), { type: "line", paint: moves });
  put("asked-heads", found.moves.map((/** @type {number[][]} */ move) => head(map, move)), {
    type: "symbol",
    layout: {
      "icon-image": "arrow-head",
      "icon-rotate": ["get", "turn"],
      "icon-rotation-alignment": "map",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  });
  const hollow = { "circle-radius": 4, "circle-color": token("surface"), "circle-stroke-width": 2 };
  put("asked-marks", found.marked.map(point), {
    type: "circle",
    paint: { ...hollow, "circle-stroke-color": token("text-2") },
  });
  const ends = (isShifted ? found.guess : found.segments).flatMap((/** @type {Leg} */ leg) => [
    leg.coordinates[0],
    leg.coordinates[leg.coordinates.length - 1],
  ]);
  put("asked-ends", ends.map(point), {
    type: "circle",
    paint: { ...hollow, "circle-radius": 5, "circle-stroke-color": token("map-track"), "circle-stroke-width": 3 },
  });
  const plates = words(view, found);
  show(map, LngLatBounds, found);
  return () => {
    for (const plate of plates) plate.remove();
    for (const name of NAMES.toReversed()) {
      if (map.getLayer(name)) map.removeLayer(name);
      if (source(map, name)) map.removeSource(name);
    }
  };
}

/** Words beside the shapes: which line is which, and how long nothing was recorded. @param {import("./map/view.js").View} view @param {any} found */
function words({ map, Marker }, found) {
  /** @type {Array<[number[], string, boolean]>} */
  const said = [];
  if (found.mistake && found.segments.length) {
    said.push([middle(found.segments), "手机报的位置", true], [middle(found.guess), "挪回去（猜的）", true]);
  }
  for (const gap of found.gaps) {
    const before = found.segments
      .flatMap((/** @type {Leg} */ leg) => leg.coordinates)
      .findLast((/** @type {number[]} */ fix) => fix[2] <= gap.from + 1000);
    if (before) said.push([before, `${clock(gap.from)} 起 ${lasting((gap.to - gap.from) / 1000)}${silent(found)}`, false]);
  }
  return said.map(([at, text, isName]) =>
    new Marker({ element: h("div", { class: `asked-word ${isName ? "is-name" : ""}` }, text), anchor: "left", offset: [10, 0] })
      .setLngLat(/** @type {[number, number]} */ (at.slice(0, 2)))
      .addTo(map),
  );
}

/** Positions that do not count are shown and are no record of the way. @param {any} found */
const silent = (found) => (found.marked.length ? "没有能算的位置" : "没记到");

/** In words, what the drawing shows: for whoever does not see it. @param {any} found */
export function trackWords(found) {
  if (!found.segments.length && !found.marked.length) return "这段路线没有看得到的部分，或者已过保存期。";
  const legs = `${found.segments.length} 段路线`;
  const gaps = found.gaps.map(
    (/** @type {any} */ gap) => `${clock(gap.from)}–${clock(gap.to)} ${silent(found)}，${causeWords(gap.cause)}，不连线`,
  );
  const marks = found.marked.length ? [`空心点是问到的 ${found.marked.length} 个位置`] : [];
  const guess = found.mistake ? ["虚线是手机报的，蓝线是挪回去以后的，只是猜，没有改"] : [];
  return `${[legs, ...guess, ...marks, ...gaps].join("；")}。`;
}

/** @param {Leg[]} legs */
function middle(legs) {
  const all = legs.flatMap((leg) => leg.coordinates);
  return all[Math.floor(all.length / 2)];
}

/** @param {Leg[]} legs */
const lines = (legs) => legs.filter((leg) => leg.coordinates.length > 1).map((leg) => line(leg.coordinates));

/** @param {number[][]} fixes */
const line = (fixes) => feature({ type: "LineString", coordinates: fixes.map((fix) => fix.slice(0, 2)) });

/** @param {number[]} fix */
const point = (fix) => feature({ type: "Point", coordinates: fix.slice(0, 2) });

/** @param {any} geometry @param {Record<string, number>} [properties] */
const feature = (geometry, properties = {}) => ({ type: /** @type {const} */ ("Feature"), properties, geometry });

/** The head of an arrow, at its end and turned along it. @param {any} map @param {number[][]} move */
function head(map, [from, to]) {
  const shrink = Math.cos((to[1] * Math.PI) / 180);
  const turn = (Math.atan2((to[0] - from[0]) * shrink, to[1] - from[1]) * 180) / Math.PI;
  return feature({ type: "Point", coordinates: to }, { turn });
}

/** @param {any} map @param {any} LngLatBounds @param {any} found */
function show(map, LngLatBounds, found) {
  const all = [...found.segments, ...found.guess].flatMap((/** @type {Leg} */ leg) => leg.coordinates).concat(found.marked);
  if (!all.length) return;
  const box = all.reduce((/** @type {any} */ whole, fix) => whole.extend(fix.slice(0, 2)), new LngLatBounds());
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.fitBounds(box, { padding: 50, maxZoom: 16.5, duration: isCalm ? 0 : 300 });
}

/** @param {string} ink */
function arrow(ink) {
  const canvas = Object.assign(document.createElement("canvas"), { width: HEAD, height: HEAD });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = ink;
  pen.beginPath();
  pen.moveTo(HEAD / 2, HEAD / 2);
  pen.lineTo(HEAD * 0.78, HEAD);
  pen.lineTo(HEAD * 0.22, HEAD);
  pen.fill();
  return pen.getImageData(0, 0, HEAD, HEAD);
}
