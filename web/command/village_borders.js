// @ts-check
/** Draw, cut or begin village borders of a township. What comes of it is a draft and says so; the server keeps it seamless. */

import { button, byId, fill, h, tag } from "./dom.js";
import { drawSteps, stepForm } from "./border_steps.js";
import { corners } from "./border_corners.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { synthetic, zoom } from "./map/controls.js";
import { groundOf, middle, open, source } from "./map/view.js";
import { fragment, start, unitOf } from "./page.js";
import { busy, empty, wrong } from "./pane.js";
import { borders } from "./plan_borders.js";
import { bounds } from "./plan_bounds.js";
import { table } from "./table.js";

/** @typedef {"draw"|"split"|"places"|""} Mode */

/** @type {any} */
let known = null;
/** @type {any} */
let view = null;
/** @type {Mode} */
let mode = "";
/** @type {any} */
let drawn = null;
const select = /** @type {HTMLSelectElement} */ (byId("township"));

/** Every village of the township, with and without a border. */
const villages = () =>
  [
    ...known.villages.features.map((/** @type {any} */ one) => one.properties),
    ...known.missing.map((/** @type {any} */ one) => ({ ...one, source: "", missing: true })),
  ].sort((one, two) => (one.code < two.code ? -1 : 1));

const rows = table(byId("list"), {
  label: "村",
  key: (/** @type {any} */ one) => one.code,
  choose: (one) => drawn?.choose(one),
  open: () => undefined,
  columns: [
    { name: "村", draw: (one) => h("b", {}, one.name) },
    {
      name: "村界",
      draw: (one) =>
        one.missing
          ? h("span", { class: "t3" }, "没有")
          : one.unofficial
            ? tag("warn", "warn", "草案，非官方")
            : h("span", { class: "t2" }, one.source || "有"),
    },
    { name: "网格", class: "t2", draw: (one) => (one.in_force ? "正在用" : "") },
  ],
  foot: (all) => `${all.length} 个村，${all.filter((/** @type {any} */ one) => one.missing).length} 个还没有村界。`,
});

const tools = () => {
  const counted = known.edits.filter((/** @type {any} */ one) => !one.undone && one.kind !== "undo");
  const back = button("撤销", {
    icon: "undo",
    class: "",
    title: counted[0] && `撤销：${counted[0].kind_name}（${counted[0].by}）`,
    act: () => void busy(back, "正在撤……", () => send("undo", known.township, {})),
  });
  back.disabled = !counted.length;
  fill(
    byId("tools"),
    h(
      "div",
      { class: "seg", role: "group", "aria-label": "怎么画" },
      drawSteps.map(([name, sign, word]) =>
        button(word, { icon: sign, class: "", "aria-pressed": mode === name, act: () => choose(mode === name ? "" : name) }),
      ),
      back,
    ),
  );
};

/** @param {Mode} next */
function choose(next) {
  mode = next;
  drawn?.clear();
  drawn = null;
  tools();
  if (!next) {
    fill(byId("step"), h("p", { class: "t2 small" }, "没有官方村界的地方，可以先画草案。存下的都标“草案，非官方”。"));
    return;
  }
  drawn = stepForm(byId("step"), next, {
    villages: villages(),
    township: { code: known.township, name: known.name, outline: known.outline.features.length > 0 },
    shapes: known.villages.features,
    corners: corners(view, next),
    centre: () => view.map.getCenter().toArray(),
    leave: () => choose(""),
    send,
  });
}

/** Send a step and show the township as it is then. @param {string} act @param {string} unit @param {any} body */
async function send(act, unit, body) {
  known = await post(`units/${unit}/borders/${act}`, { ...body, head: known.head });
  document.documentElement.dataset.unofficial = "1";
  show();
  choose("");
  if (known.drafts.length)
    byId("step").append(
      h("p", { class: "note ok", role: "status" }, "网格草案也重划好了，", h("a", { href: `/admin/#unit=${known.changed[0]}` }, "去看")),
    );
}

function show() {
  rows.put(villages());
  source(view.map, "villages").setData(known.villages);
  source(view.map, "outline").setData(known.outline);
  const drafts = known.villages.features.filter((/** @type {any} */ one) => one.properties.unofficial);
  source(view.map, "unofficial").setData(borders(drafts));
  source(view.map, "names").setData({
    type: "FeatureCollection",
    features: known.villages.features.map((/** @type {any} */ one) => ({
      type: "Feature",
      properties: { name: one.properties.name },
      geometry: { type: "Point", coordinates: middle(one.geometry) },
    })),
  });
}

/** @param {any} me @param {string} code */
async function openTownship(me, code) {
  location.replace(`#unit=${code}`);
  view?.map.remove();
  fill(byId("map"));
  view = null;
  const [asked, ground] = await Promise.all([get(`units/${code}/borders`), groundOf(code)]);
  known = asked;
  const all = [...known.outline.features, ...known.villages.features];
  fill(byId("facts"), known.township);
  if (!all.length) {
    fill(byId("map"), empty("这个乡镇还没有边界", "先入库乡镇界，或者一个村的边界。", "map"));
    rows.put(villages());
    return;
  }
  const holder = byId("map");
  const box = bounds({ features: all });
  synthetic(holder, "边界为合成示意");
  view = await open(holder, { me, ground: async () => ground, bounds: box, label: `${known.name}的村界`, padding: 40 });
  zoom(holder, view.map, box);
  await view.ready;
  layers(view);
  view.map.on("click", (/** @type {any} */ event) => drawn?.click([event.lngLat.lng, event.lngLat.lat]));
  show();
  choose("");
}

/** @param {any} on */
function layers({ map, token }) {
  const nothing = { type: "FeatureCollection", features: [] };
  for (const id of ["outline", "unofficial", "step-line"]) map.addSource(id, { type: "geojson", data: nothing });
  map.addLayer({ id: "outline", type: "line", source: "outline", paint: { "line-color": token("text"), "line-width": 3 } });
  map.addLayer({
    id: "unofficial",
    type: "line",
    source: "unofficial",
    paint: { "line-color": token("warn"), "line-width": 3, "line-dasharray": [2, 1.5] },
  });
  map.addLayer({ id: "step-line", type: "line", source: "step-line", paint: { "line-color": token("focus"), "line-width": 4 } });
}

async function begin() {
  const me = await start();
  const [mapped, townships] = await Promise.all([
    get("units", { level: "village", mapped: "true" }),
    get("units", { level: "township", mapped: "true" }),
  ]);
  const names = new Map(townships.map((/** @type {any} */ one) => [one.code, one.short_name]));
  for (const one of mapped) names.set(`${one.code.slice(0, 9)}000`, one.parent_name);
  const wanted = `${fragment("unit").slice(0, 9)}000`;
  if (wanted.length === 12 && !names.has(wanted)) names.set(wanted, "这个乡镇");
  fill(
    select,
    [...names].map(([code, name]) => h("option", { value: code }, name)),
  );
  const go = () =>
    openTownship(me, select.value).catch((error) =>
      fill(
        byId("step"),
        wrong(error, () => void go()),
      ),
    );
  if (names.has(wanted)) select.value = wanted;
  else if (names.has(unitOf(me))) select.value = unitOf(me);
  select.addEventListener("change", () => void go());
  listen({ move: rows.move, close: () => mode !== "" && (choose(""), true) });
  if (names.size) await go();
  else fill(byId("step"), empty("还没有能画的乡镇", "先入库乡镇界。", "map"));
}

begin().catch((error) =>
  fill(
    byId("step"),
    wrong(error, () => location.reload()),
  ),
);
