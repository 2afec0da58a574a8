// @ts-check
/** One case: its way, its place, what happened, and what is next. */

import { drawNodes, drawRecord } from "./case_record.js";
import { drawSteps } from "./case_steps.js";
import { photoLinks } from "./case_photos.js";
import { pageOf, placeOf, stateTag } from "./case_words.js";
import { byId, fill, h, tag } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { synthetic } from "./map/controls.js";
import { pin } from "./map/marks.js";
import { groundOf, open } from "./map/view.js";
import { start, unitOf } from "./page.js";
import { wrong } from "./pane.js";
import { accuracy } from "./report_sheet.js";
import { ago, when } from "./time.js";

const LOOK_AGAIN_MS = 20_000;
const AROUND = 0.0035; // degrees to each side of the place
const id = location.pathname.split("/").filter(Boolean).pop() ?? "";
/** @type {any} */
let found;
/** @type {"line"|"table"} */
let view = "line";

/** Everything but the form, which may hold words being written. */
function drawFacts() {
  document.title = `${found.number || found.title} · 巡格`;
  fill(
    byId("name"),
    h("h1", { class: "title" }, `${found.title}：${placeOf(found)}`),
    stateTag(found),
    found.is_urgent && tag("danger", "sos", "紧急"),
    found.is_restricted && tag("", "lock", "限看"),
  );
  const grid = found.grid ? `${found.grid_name}（${found.grid}）` : "网格外";
  fill(byId("what"), [found.number && `案件 ${found.number}`, found.line, grid].filter(Boolean).join(" · "));
  drawNodes(byId("nodes"), found.nodes);
  drawRecord(byId("record"), found, view);
  drawSituation();
  drawRelated();
}

function drawSituation() {
  const office = found.office ? `${found.office}${found.handler ? ` ${found.handler}` : ""}（唯一主办）` : "还没派";
  const here = found.photos.length;
  const missing = found.photos_expected - here;
  const facts = [
    ["上报人", found.reporter.name],
    ["发现时间", `${when(found.occurred_at)} 手机时间；${when(found.reported_at)} 镇里收到`],
    ["位置", typeof found.lon === "number" ? [accuracy(found.accuracy_m), coordinates()] : "没有位置"],
    ["主办", office],
    ["证据", missing > 0 ? `照片 ${here} 张，${missing} 张还没到` : `照片 ${here} 张`],
  ];
  fill(
    byId("situation"),
    h("p", { class: "said-text" }, found.text || "没有写文字"),
    h(
      "dl",
      { class: "kv" },
      facts.map(([word, value]) => [h("dt", {}, word), h("dd", {}, value)]),
    ),
  );
}

/** Coordinates only for who asks, with their datum. */
function coordinates() {
  const words = `${found.lon.toFixed(6)}, ${found.lat.toFixed(6)}（WGS-84）`;
  return h("details", { class: "inline" }, h("summary", {}, "看坐标"), h("span", { class: "num" }, words));
}

function drawRelated() {
  const rows = [
    found.kept && h("li", {}, "合到了 ", h("a", { href: pageOf(found.kept) }, found.kept.number)),
    found.merged_reports.map((/** @type {any} */ one) =>
      h(
        "li",
        { class: "col" },
        h("span", {}, `并入：${one.reporter} ${when(one.occurred_at)} 上报`),
        h("span", { class: "t2 small" }, one.text || "没有写文字"),
        photoLinks(one.photos, "并入的上报"),
      ),
    ),
    found.related.map((/** @type {any} */ one) =>
      h(
        "li",
        {},
        h("a", { href: pageOf(one) }, one.number),
        h("span", { class: "grow" }, `${one.metres} 米外，${ago(one.occurred_at)}`),
        h("span", { class: "t2 small" }, one.state_name),
      ),
    ),
  ].flat(Infinity);
  const shown = rows.filter(Boolean);
  fill(
    byId("related"),
    shown.length
      ? h("ul", { class: "lines" }, shown)
      : h("p", { class: "t2" }, "同一类事，200 米内、30 天里没有别的案件。"),
  );
}

function drawForm() {
  drawSteps(byId("steps"), found, {
    moved: (fresh) => {
      found = fresh;
      drawFacts();
      drawForm();
    },
    conflict: async () => {
      await again({ keepForm: true });
      return found.state;
    },
  });
}

/** @param {{keepForm: boolean}} options */
async function again({ keepForm }) {
  const fresh = await get(`cases/${id}`);
  const isNews = fresh.steps.length !== found.steps.length || fresh.photos.length !== found.photos.length;
  found = fresh;
  if (!isNews) return;
  drawFacts();
  if (!keepForm) drawForm();
}

function isWriting() {
  const fields = /** @type {NodeListOf<HTMLTextAreaElement>} */ (byId("steps").querySelectorAll("textarea"));
  return byId("steps").contains(document.activeElement) || [...fields].some((field) => field.value.trim());
}

/** @param {any} me */
async function drawMap(me) {
  const holder = byId("map");
  if (typeof found.lon !== "number") {
    fill(holder, h("p", { class: "empty" }, "上报时没有位置，图上标不出来。"));
    return;
  }
  if (me.synthetic) synthetic(holder, "合成示意");
  const shown = await open(holder, {
    me,
    ground: () => groundOf(unitOf(me)),
    bounds: [found.lon - AROUND, found.lat - AROUND, found.lon + AROUND, found.lat + AROUND],
    label: `案件的位置：${placeOf(found)}`,
  });
  const element = h("span", { class: "mark" }, pin(found.is_urgent, found.icon));
  const marker = new shown.Marker({ element, anchor: found.is_urgent ? "center" : "bottom" });
  marker.setLngLat([found.lon, found.lat]).addTo(shown.map);
  await shown.ready;
  if (found.grid) shown.select(found.grid);
}

function drawViews() {
  /** @type {["line"|"table", string][]} */
  const both = [
    ["line", "时间线"],
    ["table", "表格"],
  ];
  fill(
    byId("views"),
    both.map(([key, word]) =>
      h("button", { type: "button", "aria-pressed": String(view === key), on: { click: () => choose(key) } }, word),
    ),
  );
}

/** @param {"line"|"table"} next */
function choose(next) {
  view = next;
  drawViews();
  drawRecord(byId("record"), found, view);
}

async function begin() {
  const [me, first] = await Promise.all([start(), get(`cases/${id}`)]);
  found = first;
  drawViews();
  drawFacts();
  drawForm();
  listen({ toggle: () => choose(view === "line" ? "table" : "line"), close: () => location.assign("/cases/") });
  const timer = setInterval(() => void again({ keepForm: isWriting() }).catch(() => undefined), LOOK_AGAIN_MS);
  addEventListener("pagehide", () => clearInterval(timer));
  await drawMap(me);
}

begin().catch((error) =>
  fill(
    byId("steps"),
    wrong(error, () => location.reload()),
  ),
);
