// @ts-check
/** Tasks of the township: the list on the left, one grid's form or one task on the right. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { fragment, isCentre, start } from "./page.js";
import { pages } from "./pages.js";
import { busy, empty, load, wrong } from "./pane.js";
import { table } from "./table.js";
import { labelled, taskForm } from "./task_form.js";
import { date, dayOf, until } from "./time.js";

const STATES = /** @type {Record<string, [string, string, string]>} */ ({ open: ["warn", "wait", "待办"], done: ["ok", "ok", "已办"], withdrawn: ["", "undo", "已撤回"] });
const RESULTS = /** @type {Record<string, [string, string, string]>} */ ({ ok: ["ok", "ok", "没问题"], problem: ["warn", "warn", "有问题"], no_entry: ["", "door", "进不去"] });
const side = byId("side");
let state = "open";
let mayAssign = false;
/** @type {any[]} */
let grids = [];

/** @param {string} instant */
const day = (instant) => (dayOf(instant) === dayOf() ? "今天" : date(instant));
/** @param {any} task */
const personOf = (task) => task.person?.name ?? "";

const rows = table(byId("list"), {
  label: "任务",
  key: (/** @type {any} */ task) => String(task.id),
  choose: openTask,
  open: openTask,
  columns: [
    { name: "任务", draw: (task) => h("b", {}, task.title) },
    { name: "网格", draw: (task) => task.grid_name },
    { name: "给了谁", draw: personOf },
    { name: "到什么时候", class: "t2 nowrap", draw: (task) => until(task.to) },
    { name: "状态", draw: (task) => tag(...(STATES[task.state] ?? ["", "dots", task.state])) },
  ],
  foot: () => pager.foot("件"),
});

const pager = pages((page) => get("tasks", { state, page }), (all) => rows.put(all));

/** @param {string} [word] */
async function refresh(word = state) {
  state = word;
  for (const each of byId("states").querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.dataset.state === state));
  const all = await pager.first();
  byId("none").hidden = all.length > 0;
}

/** @param {any} task */
function openTask(task) {
  fill(side, h("header", {}, icon("list"), h("h2", { class: "grow" }, task.title), tag(...(STATES[task.state] ?? ["", "dots", task.state]))),
    h("div", { class: "in col gap scroll grow" },
      h("dl", { class: "kv" },
        h("dt", {}, "网格"), h("dd", {}, task.grid_name),
        h("dt", {}, "给了"), h("dd", {}, personOf(task)),
        task.key_place && [h("dt", {}, "地点"), h("dd", {}, task.key_place)],
        h("dt", {}, "时间"), h("dd", {}, `${day(task.from)}起，到 ${until(task.to)}`),
        h("dt", {}, "缘由"), h("dd", {}, task.ground)),
      h("h3", { class: "item" }, "看什么"),
      h("ul", { class: "lines" }, (task.items ?? []).map((/** @type {any} */ item) => h("li", {}, h("span", { class: "grow" }, item.text ?? item.item, item.note && h("span", { class: "t2 small block" }, item.note)), item.result ? tag(...(RESULTS[item.result] ?? ["", "dots", item.result])) : h("span", { class: "t2 small" }, "还没回")))),
      task.state === "open" && mayAssign && withdrawal(task)));
}

/** @param {any} task */
function withdrawal(task) {
  const why = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "ground", required: true, maxlength: 200, placeholder: "告诉本人为什么撤" }));
  const act = button("撤回任务", { icon: "undo", type: "submit" });
  return h("details", { class: "withdraw" }, h("summary", { class: "link" }, "撤回这件任务"), h("form", { class: "col gap", on: { submit: (/** @type {Event} */ event) => {
    event.preventDefault();
    void busy(act, "正在撤……", async () => {
      await post(`tasks/${task.id}/withdraw`, { ground: why.value.trim() });
      await refresh();
      fill(side, empty("已撤回", "手机连上网就会看到。写过的答复还留着。", "undo"));
    });
  } } }, labelled("理由", why), h("div", { class: "row wrap" }, act)));
}

/** @param {any} grid */
function give(grid) {
  const holder = h("div", { class: "in scroll grow" });
  fill(side, h("header", {}, icon("list"), h("h2", { class: "grow" }, `给任务 · ${grid.name}`)), holder);
  void taskForm(holder, grid, { cancel: pick, done: (task) => {
    fill(side, empty(`已给${personOf(task) || "责任人"}`, "手机连上网就能看到。", "ok"), h("div", { class: "panel-foot row" }, button("再给一件", { class: "btn grow", act: pick })));
    void refresh("open");
  } });
}

/** Which grid is it for? */
function pick() {
  const search = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "search", placeholder: "找网格、人、村", id: "pick-grid", "aria-label": "找网格、人、村" }));
  const list = h("ul", { class: "lines" });
  const draw = () => {
    const words = search.value.trim();
    const found = grids.filter((grid) => !words || [grid.name, grid.code, ...grid.persons.map((/** @type {any} */ one) => one.name)].some((text) => text.includes(words)));
    fill(list, found.map((grid) => h("li", {}, h("button", { type: "button", class: "plain grow", disabled: !grid.has_person, on: { click: () => give(grid) } }, h("b", {}, grid.name), h("span", { class: "t2 small block" }, grid.has_person ? grid.persons.map((/** @type {any} */ one) => one.name).join("、") : "没有责任人，先指定一位")), icon("next"))));
  };
  search.addEventListener("input", draw);
  draw();
  fill(side, h("header", {}, icon("list"), h("h2", { class: "grow" }, "给哪个网格？")), h("div", { class: "in col gap scroll grow" }, search, list));
}

async function begin() {
  const me = await start();
  mayAssign = isCentre(me);
  fill(byId("states"), ["open", "done", "withdrawn"].map((key) => h("button", { type: "button", data: { state: key }, on: { click: () => void load(byId("busy"), () => refresh(key), () => fill(byId("busy"))) } }, STATES[key][2])));
  [grids] = await Promise.all([get("grids"), refresh()]);
  if (mayAssign) {
    const wanted = grids.find((grid) => grid.code === fragment("grid"));
    if (wanted) give(wanted);
    else pick();
  } else fill(side, empty("选一件看", "", "list"));
  listen({ move: rows.move, open: () => {
    const task = rows.chosen();
    if (task) openTask(task);
  }, search: () => document.getElementById("pick-grid")?.focus(), close: () => mayAssign && pick() });
}

begin().catch((error) => fill(side, wrong(error, () => location.reload())));
