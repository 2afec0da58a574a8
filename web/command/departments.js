// @ts-check
/** 多网合一: which cell of a department belongs to which grid, on the map and as rows. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { departmentMap } from "./departments_map.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { fragment, start } from "./page.js";
import { busy, empty, wrong } from "./pane.js";
import { table } from "./table.js";
import { when } from "./time.js";

const AGAIN_MS = 2000;
const ROLES = /** @type {Record<string, [string, string]>} */ ({ within: ["ok", "ok"], main: ["main", "map"], part: ["", "split"], rest: ["danger", "warn"] });
const choice = /** @type {HTMLSelectElement} */ (byId("department"));
const role = /** @type {HTMLSelectElement} */ (byId("role"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
/** @type {any[]} */
let layers = [];
/** @type {any} */
let layer = null;
/** @type {import("./departments_map.js").DepartmentMap|null} */
let map = null;

const share = (/** @type {number} */ part) => (part && part < 0.01 ? "<1%" : part > 0.99 && part < 1 ? ">99%" : `${Math.round(part * 100)}%`);
const ground = (/** @type {number} */ m2) => (m2 >= 10_000 ? `${(m2 / 10_000).toFixed(1)} 公顷` : `${Math.round(m2)} 平方米`);
/** Where two drawings of one border differ by less than a step. @param {any} row */
const isThin = (row) => row.role === "rest" && !row.households && row.area_m2 < 1;
const key = (/** @type {any} */ row) => `${row.cell} ${row.grid}`;

const lines = table(byId("list"), {
  label: "对照表",
  key,
  choose: (/** @type {any} */ row) => map?.select(row.cell, row.grid),
  open: (row) => map?.select(row.cell, row.grid),
  columns: [
    { name: "部门网格", draw: (row) => (row.cell ? [h("b", {}, row.cell_name || row.cell), row.cell_name && row.cell_name !== row.cell ? h("div", { class: "t2 small num" }, row.cell) : null] : h("span", { class: "t2" }, "没有部门网格")) },
    { name: "综合网格", draw: (row) => (row.grid ? [h("b", {}, row.grid_name || row.grid), h("div", { class: "t2 small" }, row.village_name)] : h("span", { class: "t2" }, "在综合网格外")) },
    { name: "怎么对上", draw: (row) => tag(ROLES[row.role][0], ROLES[row.role][1], row.role_name) },
    { name: "户数", class: "n", draw: (row) => [row.households, row.cell ? h("div", { class: "t2 small" }, share(row.household_share)) : null] },
    { name: "面积", class: "n", draw: (row) => [ground(row.area_m2), row.cell ? h("div", { class: "t2 small" }, share(row.area_share)) : null] },
  ],
  foot: (rows) => `${rows.length} 行。百分数是占这个部门网格的多少。${layer?.rows.some(isThin) ? "不到 1 平方米又没有住户的出入不列，导出的表里有。" : ""}`,
});

/** Rows by the filter and what is searched for. */
function filter() {
  const wanted = search.value.trim();
  const hit = (/** @type {any} */ row) => [row.cell, row.cell_name, row.grid, row.grid_name, row.village_name].some((text) => text.includes(wanted));
  lines.put(layer.rows.filter((/** @type {any} */ row) => !isThin(row) && (!role.value || row.role === role.value) && (!wanted || hit(row))));
}

/** What the health report found, as sentences with a shape each. */
function fit() {
  if (!layer.computed_at) return fill(byId("fit"), tag("main", "wait", "正在算对照，算完自己显示"));
  const { overlap_m2: overlap, uncovered_m2: uncovered, outside_m2: outside, uncovered_households: households } = layer.report;
  const said = (/** @type {boolean} */ isFine, /** @type {string} */ good, /** @type {string} */ bad) => tag(isFine ? "ok" : "warn", isFine ? "ok" : "warn", isFine ? good : bad);
  return fill(
    byId("fit"),
    tag("", "layers", `${layer.cells} 个部门网格：${layer.roles.within} 个全在，${layer.roles.main} 个主要在`),
    said(!households, "每一户都在部门网格里", `${households} 户不在任何部门网格里`),
    said(uncovered < 1, "没有空地", `${ground(uncovered)} 没有部门网格`),
    said(outside < 1, "没有伸到外面的", `${ground(outside)} 在综合网格外`),
    said(overlap <= 1, "没有重叠", `${ground(overlap)} 互相重叠，已从中间分开`),
    layer.synthetic ? tag("", "eye", "合成示意") : null,
  );
}

function tools() {
  const file = (/** @type {string} */ name, /** @type {string} */ word) => h("a", { class: "btn", href: `/api/command/departments/${layer.id}/${name}` }, icon("down"), word);
  const again = button("重新对照", { icon: "undo", class: "btn quiet", disabled: !layer.computed_at });
  again.addEventListener("click", () => void busy(again, "正在交代……", async () => { await post(`departments/${layer.id}/recompute`); await show(layer.id); }));
  const remove = button("删掉", { icon: "trash", class: "btn quiet" });
  remove.addEventListener("click", () => sure(remove));
  fill(byId("tools"), layer.computed_at && [file("crosswalk.xlsx", "导出表格"), file("crosswalk.gpkg", "导出地图")], layer.may_change && [again, remove]);
}

/** Asked once more in the same place. @param {HTMLButtonElement} remove */
function sure(remove) {
  const yes = button(`确定删掉${layer.department}的网格`, { class: "btn danger" });
  const no = button("留着", { act: () => tools() });
  yes.addEventListener("click", () => void busy(yes, "正在删……", async () => { await post(`departments/${layer.id}/remove`); location.hash = ""; await route(); }));
  remove.replaceWith(yes, no);
  no.focus();
}

/** @param {string} cell */
function choose(cell) {
  role.value = search.value = "";
  filter();
  const own = lines.rows().filter((row) => row.cell === cell);
  const row = own.find((one) => one.role === "within" || one.role === "main") ?? own[0];
  if (row) lines.select(key(row));
  map?.select(cell, row?.grid ?? "");
}

/** @param {number} id */
async function show(id) {
  const [found, shapes] = await Promise.all([get(`departments/${id}`), get(`departments/${id}/shapes`)]);
  layer = found;
  choice.value = String(id);
  fill(byId("facts"), `${layer.unit_name}，${layer.source || "来源没写"}，${when(layer.made_at)} 导入`);
  fit();
  tools();
  filter();
  map?.remove();
  map = null;
  const holder = byId("map");
  fill(holder);
  delete holder.dataset.ready;
  if (!layer.computed_at) setTimeout(() => void waitFor(id), AGAIN_MS);
  map = await departmentMap(holder, { me, layer, shapes, choose });
}

/** The worker computes; ask until it is done. @param {number} id */
async function waitFor(id) {
  if (layer?.id !== id) return;
  const found = await get(`departments/${id}`).catch(() => null);
  if (layer?.id !== id) return;
  if (found?.computed_at) await show(id);
  else setTimeout(() => void waitFor(id), AGAIN_MS);
}

function nothing() {
  layer = null;
  byId("which").hidden = true;
  for (const id of ["facts", "tools", "fit"]) fill(byId(id));
  const panel = h("section", { class: "panel whole" }, empty("还没有部门网格", "消防、林业、水利等部门自己的网格，导入后会逐个对到综合网格上：哪个在哪格、占多少户、哪里没人管。点右上角“导入部门网格”，选一个文件就行。", "layers"));
  fill(byId("body"), panel);
}

async function route() {
  try {
    layers = await get("departments");
    if (!layers.length) return nothing();
    byId("which").hidden = false;
    fill(choice, layers.map((one) => h("option", { value: one.id }, `${one.department}（${one.unit_name}）${one.synthetic ? " 合成示意" : ""}`)));
    const wanted = Number(fragment("department"));
    await show((layers.find((one) => one.id === wanted) ?? layers[0]).id);
  } catch (error) {
    fill(byId("fit"), wrong(error, () => void route()));
  }
}

choice.addEventListener("change", () => (location.hash = `department=${choice.value}`));
role.addEventListener("change", filter);
search.addEventListener("input", filter);
addEventListener("hashchange", () => void route());
listen({
  search: () => search.focus(),
  move: lines.move,
  open: () => { const row = lines.chosen(); if (row) map?.select(row.cell, row.grid); },
  close: () => { lines.select(""); map?.select("", ""); },
  pan: (x, y) => map?.pan(x, y),
  zoom: (step) => map?.zoom(step),
});
const me = await start();
await route();
