// @ts-check
/** The queue of applications: each with what it asks and the minutes before and after; decided with a note. */

import { admissionLine, lasts, loadFigures, standingTag } from "./admission_parts.js";
import { button, byId, fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { pages } from "./pages.js";
import { busy, empty, load } from "./pane.js";
import { sheet } from "./sheet.js";
import { labelled } from "./task_form.js";
import { when } from "./time.js";

const side = sheet(byId("side"));
const STATES = { "": "全部", applied: "等着定", admitted: "准入的", rejected: "没有准入的" };
let state = "";
let openOne = 0;
/** @type {any[]} */
let rows = [];
const book = pages((page) => get("admissions", { state, page }), (found) => { rows = found; table(); });

function filter() {
  fill(byId("filter"), h("span", { class: "seg", role: "group", "aria-label": "哪些" }, Object.entries(STATES).map(([code, word]) => h("button", { type: "button", "aria-pressed": code === state, on: { click: () => { state = code; filter(); void refresh(); } } }, word))));
}

function table() {
  const waiting = rows.filter((row) => row.state === "applied").length;
  fill(byId("facts"), waiting ? `${waiting} 份等着定` : "没有等着定的");
  fill(byId("foot"), rows.length ? book.foot("份") : "");
  if (!rows.length) return void fill(byId("list"), empty("没有", "在“事项”里申请准入。", "list"));
  const head = ["事项", "用在哪里", "哪些天", "缘由", "谁申请", "怎么样"].map((word) => h("th", { scope: "col" }, word));
  fill(byId("list"), h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows.map(line))));
  byId("list").dataset.ready = "true";
}

/** @param {any} one */
function line(one) {
  const open = () => show(one);
  return h(
    "tr",
    { tabindex: 0, data: { key: one.admission }, "aria-selected": one.admission === openOne, on: { click: open, keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && open() } },
    h("td", {}, h("b", {}, one.text), h("div", { class: "t2 small" }, `${one.item}，${one.line}，${one.office}`)),
    h("td", { class: "nowrap" }, one.unit_name),
    h("td", {}, lasts(one), " ", one.is_temporary && tag("warn", "wait", "临时")),
    h("td", {}, one.ground),
    h("td", { class: "nowrap" }, one.applied_by, h("div", { class: "t2 small" }, one.applied_at ? when(one.applied_at) : "")),
    h("td", {}, standingTag(one)),
  );
}

/** @param {any} one */
function show(one) {
  openOne = one.admission;
  table();
  side.open({
    title: one.state === "applied" ? "定这份申请" : "准入",
    onClose: () => { openOne = 0; table(); },
    body: h(
      "div",
      { class: "col gap" },
      h("div", {}, h("p", { class: "item" }, one.text), h("p", { class: "t2" }, `${one.line}，${one.office}；${one.frequency || "派单时才做"}；一次约 ${one.minutes} 分钟`)),
      h("dl", { class: "kv" }, [["用在哪里", one.unit_name], ["哪些天", lasts(one)], ["缘由", one.ground]].flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      loadFigures(one.load),
      one.state === "applied" ? decision(one) : h("ul", { class: "lines" }, admissionLine(one, { changed: () => void again(one.admission) })),
      h("p", {}, h("a", { href: `/admin/items/#item=${one.item.split("@")[0]}` }, "看这一项的各版")),
    ),
  });
}

/** @param {any} one */
function decision(one) {
  const isOver = one.load?.after > one.load?.cap && one.load?.after > one.load?.before;
  const note = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "note", maxlength: 100, placeholder: "写给申请的单位看" }));
  const reason = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "reason", maxlength: 98, required: isOver, placeholder: "为什么超过上限也要准入" }));
  const yes = button("准入", { class: "btn main", icon: "ok", type: "submit" });
  const no = button("不准入", { icon: "x", act: () => void send(no, false) });
  /** @param {HTMLButtonElement} pressed @param {boolean} isAdmitted */
  const send = (pressed, isAdmitted) =>
    busy(pressed, "正在定……", async () => {
      await post(`admissions/${one.admission}/decide`, { is_admitted: isAdmitted, note: note.value.trim(), reason: isAdmitted ? reason.value.trim() : "" });
      side.close();
      await refresh();
    });
  return h(
    "form",
    { class: "col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(yes, true); } } },
    labelled("怎么说", note, "不准入的一定要写"),
    isOver && labelled("超过上限的理由", reason, "一定要写"),
    h("p", { class: "note" }, icon("eye"), "准入后进公开的清单，人人看得到。"),
    h("div", { class: "row wrap" }, yes, no),
  );
}

/** Read anew and show the same one as it is now. @param {number} admission */
async function again(admission) {
  await refresh();
  const now = rows.find((row) => row.admission === admission);
  if (now) show(now);
}

const refresh = () => load(byId("list"), book.first, () => undefined);

listen({ close: side.close });
await start();
filter();
const [first] = await get("checklist");
if (first) fill(byId("acts"), h("a", { class: "btn", href: `/items/${first.county}/`, target: "_blank" }, icon("eye"), "公开的清单"));
await refresh();
