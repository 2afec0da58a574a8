// @ts-check
/** Looking at one person's way: asks for a reason, says it is being recorded, draws what was recorded and nothing between. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { clock, lasting } from "./time.js";

const CAUSES = /** @type {Record<string, string>} */ ({
  app_hidden: "手机切到了别的应用",
  no_signal: "没有定位信号",
  permission: "定位被关掉",
  battery: "手机省电",
  paused: "本人暂停",
});
const LEAST = 4;

/**
 * @param {any} visit
 * @param {{view: import("./map/view.js").View|undefined, at: HTMLElement}} options
 * @returns {Promise<{clear: () => void}|undefined>}
 */
export function look(visit, { view, at }) {
  return new Promise((settle) => {
    const reason = /** @type {HTMLTextAreaElement} */ (
      h("textarea", {
        class: "field",
        name: "reason",
        required: true,
        minlength: LEAST,
        maxlength: 200,
        rows: 2,
        placeholder: "例如：核对 9:20 到 9:40 的走访",
      })
    );
    const act = button("写好了，看路线", { class: "btn main", icon: "eye", type: "submit" });
    const dialog = /** @type {HTMLDialogElement} */ (
      h("dialog", { class: "card look", "aria-label": "看一个人的路线" })
    );
    const form = h(
      "form",
      {
        class: "col gap",
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            void busy(act, "正在取……", async () => {
              const found = await post("tracks/look", { visit: visit.item, reason: reason.value.trim() });
              dialog.close("seen");
              settle(show(found, reason.value.trim(), { view, at }));
            });
          },
        },
      },
      h("h2", { class: "title" }, "看一个人的路线"),
      h("p", { class: "note main" }, icon("eye"), h("span", {}, "会记录并告诉本人：谁看的、什么时候、什么理由。")),
      labelled("理由", reason, `至少 ${LEAST} 个字`),
      h("div", { class: "row wrap" }, act, button("不看了", { act: () => dialog.close() })),
    );
    fill(dialog, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "seen") settle(undefined);
    });
    document.body.append(dialog);
    dialog.showModal();
    reason.focus();
  });
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
  const why = cause ? `：${CAUSES[cause] ?? cause}` : "";
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
