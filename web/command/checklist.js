// @ts-check
/** A county's items by line, each with its versions and admissions; written, revised, ended, brought in and taken out. */

import { importPanel } from "./checklist_import.js";
import { itemForm } from "./checklist_form.js";
import { admissionLine, applyForm } from "./admission_parts.js";
import { button, byId, fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { fragment, start } from "./page.js";
import { busy, empty, load } from "./pane.js";
import { sheet } from "./sheet.js";
import { labelled } from "./task_form.js";
import { dayOf } from "./time.js";

const side = sheet(byId("side"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
const line = /** @type {HTMLSelectElement} */ (byId("line"));
/** @type {any} */
let county = null;
let openCode = "";

const STANDING = { coming: tag("main", "wait", "还没起用"), in_force: tag("ok", "ok", "在用"), ended: tag("", "stop", "已停用") };

/** @param {string} standing */
const standing = (standing) => /** @type {any} */ (STANDING)[standing].cloneNode(true);

/** @param {any} version */
const lasts = (version) => `${version.from ?? ""} 起${version.to ? `，到 ${version.to}` : ""}`;

/** @param {any} item */
function where(item) {
  if (item.admitted_in.length) return tag("ok", "ok", item.admitted_in.length > 2 ? `${item.admitted_in.length} 处已准入` : `${item.admitted_in.join("、")}准入`);
  return item.applied_in.length ? tag("main", "wait", "申请中") : tag("", "lock", "没有准入");
}

function table() {
  const words = search.value.trim();
  const shown = county.items.filter(
    (/** @type {any} */ item) =>
      (!line.value || item.fields.line === line.value) &&
      (!words || [item.code, item.fields.text, item.fields.office_name, item.fields.line].some((text) => text.includes(words))),
  );
  fill(byId("shown"), `${shown.length} 项`);
  if (!shown.length) return void fill(byId("list"), empty(county.items.length ? "没有找到" : "还没有事项", county.items.length ? "" : "写一项，或者导入一张表。", "list"));
  const lines = [...new Set(shown.map((/** @type {any} */ item) => item.fields.line))];
  const rows = lines.flatMap((name) => {
    const found = shown.filter((/** @type {any} */ item) => item.fields.line === name);
    return [h("tr", { class: "line-row" }, h("th", { colspan: 7, scope: "rowgroup" }, name, h("span", { class: "t2 plain-weight" }, `　${found.length} 项`))), found.map(row)];
  });
  const head = ["编码", "看什么", "对象", "多久一次", "凭据", "版", "准入"].map((word) => h("th", { scope: "col" }, word));
  fill(byId("list"), h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
}

/** @param {any} item */
function row(item) {
  const open = () => void show(item.entry, item.code);
  return h(
    "tr",
    { class: item.standing === "ended" ? "is-ended" : "", tabindex: 0, data: { key: item.code }, "aria-selected": item.code === openCode, on: { click: open, keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && open() } },
    h("td", { class: "num nowrap" }, item.code),
    h("td", {}, h("b", {}, item.fields.text), item.fields.sight === "restricted" && tag("warn", "lock", "限定"), h("div", { class: "t2 small" }, `${item.fields.office_name}，约 ${item.fields.minutes} 分钟`)),
    h("td", {}, item.said.object),
    h("td", {}, item.said.frequency || h("span", { class: "t2" }, "派单时才做")),
    h("td", {}, item.said.evidence),
    h("td", { class: "nowrap" }, `第 ${item.version} 版`, item.standing !== "in_force" && h("div", {}, standing(item.standing))),
    h("td", {}, where(item)),
  );
}

/** @param {number} entry @param {string} code */
async function show(entry, code) {
  openCode = code;
  table();
  const body = h("div", { class: "col gap" });
  side.open({ title: `事项 ${code}`, body, onClose: () => { openCode = ""; table(); } });
  await load(body, () => get(`checklist/${entry}`), (told) => fill(body, history(told)));
}

/** @param {any} told */
function history(told) {
  const newest = told.versions[0];
  const holder = h("div");
  const isOver = newest.standing === "ended" || newest.to !== null;
  const acts = [
    button("改成新的一版", { class: "btn main", icon: "type", act: () => edit(newest) }),
    button("申请准入", { icon: "ok", act: () => fill(holder, applyForm(newest.entry, county, { done: () => void refresh(newest), cancel: () => fill(holder) })) }),
    button("停用", { class: "btn quiet", act: () => fill(holder, endForm(newest, () => fill(holder))) }),
  ];
  return [
    h("div", {}, h("p", { class: "item" }, newest.fields.text), h("p", { class: "t2" }, `${newest.fields.line}，${newest.fields.office_name}`)),
    isOver ? h("p", { class: "note" }, icon("stop"), `这一项 ${newest.to} 之后停用。`) : h("div", { class: "row wrap" }, acts),
    holder,
    h("h3", {}, "准入"),
    told.admissions.length ? h("ul", { class: "lines" }, told.admissions.map((/** @type {any} */ one) => admissionLine(one, { changed: () => void refresh(newest) }))) : h("p", { class: "t2" }, "没有准入，派不到网格员手里。"),
    h("h3", {}, `各版（${told.versions.length}）`),
    h("div", {}, told.versions.map(version)),
  ];
}

/** @param {any} one */
function version(one) {
  const facts = [
    ["看什么", one.fields.text],
    ["对象", one.said.object],
    ["多久一次", one.said.frequency || "派单时才做"],
    ["凭据", one.fields.evidence_policy === "none" ? one.said.evidence : `${one.said.evidence}：${one.fields.necessity_ground}`],
    ["还要答", one.said.answer],
    ["分钟", one.fields.minutes],
    ["谁看得到", one.said.sight],
    ["依据", one.fields.legal_ground],
  ].filter(([, value]) => value !== "");
  return h(
    "section",
    { class: "version col gap-xs" },
    h("div", { class: "row" }, h("b", {}, `第 ${one.version} 版`), standing(one.standing), h("span", { class: "t2 small" }, lasts(one))),
    h("dl", { class: "kv" }, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  );
}

/** @param {any} newest @param {() => void} cancel */
function endForm(newest, cancel) {
  const from = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", value: dayOf(Date.now() + 86_400_000), min: dayOf(), required: true }));
  const ground = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "end-ground", maxlength: 200, minlength: 2, required: true, placeholder: "例如：装了监控，不用人看" }));
  const yes = button("停用这一项", { class: "btn danger", type: "submit" });
  const send = () => busy(yes, "正在停……", async () => { await post(`checklist/${newest.entry}/end`, { from: from.value, ground: ground.value.trim() }); await refresh(newest); });
  return h("form", { class: "card col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } }, labelled("从哪天起不再做", from), labelled("为什么", ground), h("p", { class: "t2 small" }, "准入一起退出，那天起还没办的收回；办过的都留着。"), h("div", { class: "row" }, yes, button("不停", { act: cancel })));
}

/** @param {any|null} before */
function edit(before) {
  const cancel = () => (before ? void show(before.entry, before.code) : void side.close());
  side.open({ title: before ? `${before.code} 的新一版` : "新事项", body: itemForm(county, before, { done: (made) => void refresh(made), cancel }) });
}

/** Read the list again and show the item. @param {any} made */
async function refresh(made) {
  await read();
  await show(made.entry, made.code);
}

async function read() {
  const [first] = await get("checklist");
  county = first;
  if (!county) return void fill(byId("list"), empty("你的岗位里没有县", "", "file"));
  const chosen = line.value;
  fill(line, h("option", { value: "" }, "全部条线"), [...new Set(county.items.map((/** @type {any} */ item) => item.fields.line))].map((name) => h("option", { value: name }, name)));
  line.value = chosen;
  fill(byId("facts"), `${county.county_name}，${county.items.filter((/** @type {any} */ item) => item.standing !== "ended").length} 项，${county.items.filter((/** @type {any} */ item) => item.admitted_in.length).length} 项已准入`);
  table();
  byId("list").dataset.ready = "true";
}

function acts() {
  const bring = () => side.open({ title: "导入一张表", body: importPanel(county, { done: () => void read() }) });
  fill(
    byId("acts"),
    h("a", { class: "btn", href: `/items/${county.county}/`, target: "_blank" }, icon("eye"), "公开的清单"),
    h("a", { class: "btn", href: `/api/command/checklist.xlsx?county=${county.county}`, download: "" }, icon("down"), "导出"),
    button("导入", { icon: "up", act: bring }),
    button("新事项", { class: "btn main", icon: "type", act: () => edit(null) }),
  );
}

listen({ close: side.close, search: () => search.focus() });
await start();
search.addEventListener("input", table);
line.addEventListener("input", table);
await load(byId("list"), read, () => county && acts());
const wanted = fragment("item") && county?.items.find((/** @type {any} */ item) => item.code === fragment("item"));
if (wanted) await show(wanted.entry, wanted.code);
