// @ts-check
/** Bringing a layer in: choose a file, look at its health, say which column is which, take it in. */

import { button, byId, fill, h, icon } from "./dom.js";
import { get, post } from "./http.js";
import { importMap } from "./import_map.js";
import { datumPanel, fieldsPanel, findingsTable, proposals } from "./import_report.js";
import { startPanel } from "./import_start.js";
import { fragment, start, unitOf } from "./page.js";
import { busy, wrong } from "./pane.js";
import { lamp } from "./plan_metrics.js";
import { when } from "./time.js";

const STEPS = ["选文件", "体检", "对字段", "入库"];
const AGAIN_MS = 1500;
const body = byId("body");
/** @type {any} */
let me = null;
/** @type {any} */
let row = null;
/** @type {import("./import_map.js").ImportMap|null} */
let map = null;
let tab = 1;

/** @param {number} now */
function steps(now) {
  const isOver = row?.state === "taken_in";
  fill(
    byId("steps"),
    STEPS.map((word, i) => {
      const isDone = isOver || (row && i < 1);
      const dot = h("span", { class: "dot" }, isDone ? icon("ok") : i + 1);
      const canGo = row && !["waiting", "refused"].includes(row.state) && (i === 1 || i === 2);
      const inside = canGo ? h("button", { type: "button", class: "row", on: { click: () => { tab = i; draw(); } } }, dot, word) : [dot, word];
      return h("li", { class: isDone ? "is-done" : i === now ? "is-now" : "", "aria-current": i === now ? "step" : undefined }, inside);
    }),
  );
}

function facts() {
  const read = row.read_at ? `，${when(row.read_at)} 读完` : "";
  fill(byId("title"), row.state === "taken_in" ? `已入库：${row.file_name}` : `体检报告：${row.file_name}`);
  const layers = row.layers.length > 1 ? `，${row.layers.length} 个图层` : "";
  fill(byId("facts"), `${row.unit_name} ${row.kind_name}，${row.rows} 行${layers}${read}`);
  fill(byId("back-word"), "导入记录");
  /** @type {HTMLAnchorElement} */ (byId("back")).href = "/admin/imports/";
  byId("print").hidden = false;
}

/** @param {any} choices */
async function put(choices) {
  body.setAttribute("aria-busy", "true");
  body.inert = true; // one choice after the other: each is answered with a new report
  try {
    row = await post(`imports/${row.id}/choose`, choices);
    await show();
  } catch (error) {
    byId("bar").append(h("p", { class: "said note warn", role: "alert" }, icon("warn"), error instanceof Error ? error.message : String(error)));
  } finally {
    body.removeAttribute("aria-busy");
    body.inert = false;
  }
}

const isClosed = () => row.state === "taken_in" || row.state === "refused";

/** The report beside the map; the map is made anew when the layer moved. */
async function show() {
  map?.remove();
  map = null;
  facts();
  if (row.state === "waiting") return waiting();
  if (row.state === "refused") {
    steps(0);
    fill(body, h("section", { class: "panel" }, h("div", { class: "empty", role: "alert" }, icon("warn"), h("b", {}, "这个文件没收下"), h("p", {}, row.result.detail ?? row.step), h("a", { class: "btn main", href: "/admin/imports/" }, "换一个文件"))));
    return;
  }
  const holder = h("section", { class: "panel map", "aria-label": "问题在地图上的位置" });
  const acts = { answer: (/** @type {any} */ answers) => void put({ answers }), isClosed: isClosed() };
  const side = h("div", { class: "import-side" }, holder, isClosed() ? null : datumPanel(row, acts));
  fill(body, h("div", { class: "import-one" }, side, h("section", { class: "panel import-report", id: "report" })));
  draw();
  void drawMap(holder);
}

/** The map comes after the words; one that is late for its page is thrown away. @param {HTMLElement} holder */
async function drawMap(holder) {
  const asked = row;
  const shapes = await get(`imports/${asked.id}/shapes`);
  if (!holder.isConnected) return;
  const made = await importMap(holder, { me, row: asked, shapes, choose: point });
  if (holder.isConnected) map = made;
  else made.remove();
}

/** @param {number} mark */
function point(mark) {
  map?.select(mark);
  for (const line of document.querySelectorAll("#report tr[data-mark]")) {
    const isIt = /** @type {HTMLElement} */ (line).dataset.mark === String(mark);
    line.setAttribute("aria-selected", String(isIt));
    if (isIt) line.scrollIntoView({ block: "nearest" });
  }
}

function draw() {
  steps(row.state === "taken_in" ? 3 : tab === 1 && !row.unsolved ? 3 : tab);
  const { warning = 0, note = 0, ok = 0 } = row.counts;
  const error = row.unsolved;
  const solved = (row.counts.error ?? 0) - error;
  const head = h(
    "header",
    {},
    h("h2", { class: "grow" }, tab === 2 ? "哪一列是什么" : `查了 ${row.findings.length} 项`),
    error ? lamp("r", `${error} 项不能用`) : null,
    warning ? lamp("y", `${warning} 项要看看`) : null,
    solved ? lamp("g", `${solved} 项选好了`) : null,
    lamp("g", `${ok + note} 项没问题`),
  );
  const acts = { answer: (/** @type {any} */ answers) => void put({ answers }), put: (/** @type {any} */ choices) => void put(choices), point, isClosed: isClosed() };
  fill(byId("report"), head, tab === 2 ? fieldsPanel(row, acts) : findingsTable(row, acts), bar());
}

function bar() {
  const list = h("a", { class: "btn", href: `/api/command/imports/${row.id}/problems.xlsx` }, icon("file"), "下载问题清单");
  const original = h("a", { class: "btn", href: `/api/command/imports/${row.id}/original` }, icon("down"), "原文件");
  if (row.state === "taken_in") {
    const next = row.kind === "village" || row.kind === "building" ? h("a", { class: "btn main", href: "/admin/" }, "去划分网格") : row.kind === "department" ? h("a", { class: "btn main", href: `/admin/departments/#department=${row.result.layer}` }, "看对照") : null;
    const converted = h("a", { class: "btn", href: `/api/command/imports/${row.id}/converted.geojson` }, icon("down"), "入库的版本");
    return h("div", { class: "import-bar", id: "bar" }, h("span", {}, icon("ok"), ` ${what(row.result)}`), h("div", { class: "row wrap" }, list, original, converted, next));
  }
  const all = proposals(row);
  const many = Object.keys(all).length > 1 ? button("全部照建议", { act: () => void put({ answers: all }) }) : null;
  const take = button("入库", { class: "btn main", disabled: row.unsolved > 0 });
  take.addEventListener("click", () => void busy(take, "正在入库……", async () => { row = await post(`imports/${row.id}/take-in`); tab = 1; await show(); }));
  const said = row.unsolved ? ["还有 ", h("b", {}, `${row.unsolved} 项`), " 要先解决。系统不会悄悄改你的数据。"] : ["没有要解决的了。入库会换掉这些村原来的", row.kind_name, "。"];
  return h("div", { class: "import-bar noprint", id: "bar" }, h("span", {}, said), h("div", { class: "row wrap" }, list, original, many, take));
}

/** What taking in did. @param {any} result */
function what(result) {
  const parts = [
    result.villages && `${result.villages} 个村的边界已换`,
    result.again?.length > 0 && `${result.again.length} 个村正在重划，草案算好等您发布`,
    result.aligned && `${result.aligned} 个村和邻村对齐`,
    result.houses !== undefined && `${result.houses} 栋房屋，${result.households} 户`,
    result.lines !== undefined && `${result.lines} 条线`,
    result.places !== undefined && `${result.places} 个自然村`,
    result.key_places !== undefined && `${result.key_places} 个重点部位，新的 ${result.fresh} 个`,
    result.cells !== undefined && `${result.department}的 ${result.cells} 个网格`,
    result.left_out && `${result.left_out} 个没收`,
  ];
  return parts.filter(Boolean).join("，");
}

/** A large file is read by a worker; ask until it is done. */
function waiting() {
  steps(0);
  fill(body, h("section", { class: "panel" }, h("p", { class: "progress-line", role: "status" }, icon("wait"), ` ${row.step || "正在读"}……可以先离开，回来接着看。`)));
  setTimeout(() => void reopen(row.id), AGAIN_MS);
}

/** @param {string} id */
async function reopen(id) {
  if (fragment("import") !== id) return;
  row = await get(`imports/${id}`);
  await show();
}

async function route() {
  const id = fragment("import");
  tab = 1;
  try {
    if (id) return await reopen(id);
    const county = `${unitOf(me).slice(0, 6)}000000`;
    const [own, townships] = await Promise.all([get("units", { q: county, level: "county" }), get("units", { q: county.slice(0, 6), level: "township" })]);
    row = null;
    steps(0);
    const units = [...townships, ...own].filter((one) => one.code.startsWith(county.slice(0, 6)));
    await startPanel(body, { units, open: (made) => { row = made; location.hash = `import=${made.id}`; } });
  } catch (error) {
    fill(body, wrong(error, () => void route()));
  }
}

byId("print").addEventListener("click", () => print());
addEventListener("hashchange", () => void route());
me = await start();
await route();
