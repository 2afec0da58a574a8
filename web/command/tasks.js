// @ts-check
/** Tasks of the township: by grid or as a list on the left; one task, a form for a grid or a hand-over on the right. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { handOverForm } from "./hand_over.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { fragment, isCentre, start } from "./page.js";
import { pages } from "./pages.js";
import { empty, load, wrong } from "./pane.js";
import { table } from "./table.js";
import { boardTable, narrowBar } from "./task_board.js";
import { taskForm } from "./task_form.js";
import { STATES, openTask, personOf } from "./task_sheet.js";
import { until } from "./time.js";

const side = byId("side");
let state = "board";
/** @type {import("./task_board.js").Narrow} */
let narrow = { grid: "", gridName: "", line: "", only: "" };
/** @type {Set<string>} */
const ticked = new Set();
let mayAssign = false;
/** @type {any[]} */
let grids = [];

const rows = table(byId("list"), {
  label: "任务",
  key: (/** @type {any} */ task) => String(task.id),
  choose: show,
  open: show,
  columns: [
    { name: "", class: "narrow-cell", draw: (task) => mayAssign && task.state === "open" && tick(task) },
    { name: "任务", draw: (task) => h("b", {}, task.title) },
    { name: "网格", draw: (task) => task.grid_name },
    { name: "给了谁", draw: (task) => personOf(task) || tag("danger", "warn", "没有责任人") },
    { name: "到什么时候", class: "t2 nowrap", draw: (task) => (isLate(task) ? tag("warn", "wait", `${until(task.to)} 过了`) : until(task.to)) },
    { name: "状态", draw: (task) => tag(...(STATES[task.state] ?? ["", "dots", task.state])) },
  ],
  foot: () => pager.foot("件"),
});

const grouped = boardTable(byId("board"), (row) => {
  narrow = { ...narrow, grid: row.grid, gridName: row.grid_name };
  void reading(() => refresh("open"));
});

/** @param {any} task */
const isLate = (task) => task.state === "open" && new Date(task.to) <= new Date();

/** @param {any} task */
function tick(task) {
  const id = String(task.id);
  const box = /** @type {HTMLInputElement} */ (
    h("input", {
      type: "checkbox",
      checked: ticked.has(id),
      "aria-label": `勾上${task.title}`,
      on: {
        change: () => {
          if (box.checked) ticked.add(id);
          else ticked.delete(id);
        },
      },
    })
  );
  return box;
}

/** @param {() => Promise<any>} act */
const reading = (act) => load(byId("busy"), act, () => fill(byId("busy")));

/** @param {any} task */
function show(task) {
  openTask(side, task, { mayWithdraw: mayAssign, withdrawn: () => refresh() });
}

const pager = pages(
  (page) =>
    get("tasks", {
      state,
      page,
      ...(narrow.grid && { grid: narrow.grid }),
      ...(state === "open" && narrow.line && { line: narrow.line }),
      ...(state === "open" && narrow.only && { only: narrow.only }),
    }),
  (all) => rows.put(all),
);

/** @param {string} [word] */
async function refresh(word = state) {
  state = word;
  ticked.clear();
  for (const each of byId("states").querySelectorAll("button"))
    each.setAttribute("aria-pressed", String(each.dataset.state === state));
  const board = await get("task-board");
  byId("board").hidden = state !== "board";
  byId("list").hidden = state === "board";
  drawTools(board);
  if (state === "board") grouped.put(board.grids);
  const count = state === "board" ? board.grids.length : (await pager.first()).length;
  byId("none").hidden = count > 0;
}

/** @param {any} board */
function drawTools(board) {
  const bar = h("div", { class: "row wrap grow" });
  if (state === "open")
    narrowBar(bar, narrow, board, (next) => {
      narrow = next;
      void reading(() => refresh());
    });
  else
    fill(
      bar,
      state === "board" && h("span", { class: "t2" }, `没办的 ${board.open} 件，没有责任人 ${board.without_person} 件，过了时间 ${board.overdue} 件`),
    );
  fill(byId("tools"), bar, mayAssign && button("转交", { class: "btn", icon: "people", act: handOver }));
}

function handOver() {
  handOverForm(side, grids, [...ticked], { cancel: pick, done: () => void reading(() => refresh()) });
}

/** @param {any} grid */
function give(grid) {
  const holder = h("div", { class: "in scroll grow" });
  fill(side, h("header", {}, icon("list"), h("h2", { class: "grow" }, `给任务 · ${grid.name}`)), holder);
  void taskForm(holder, grid, {
    cancel: pick,
    done: (task) => {
      fill(
        side,
        empty(`已给${personOf(task) || "责任人"}`, "手机连上网就能看到。", "ok"),
        h("div", { class: "panel-foot row" }, button("再给一件", { class: "btn grow", act: pick })),
      );
      void refresh("open");
    },
  });
}

/** Which grid is it for? */
function pick() {
  const search = /** @type {HTMLInputElement} */ (
    h("input", {
      class: "field",
      type: "search",
      placeholder: "找网格、人、村",
      id: "pick-grid",
      "aria-label": "找网格、人、村",
    })
  );
  const list = h("ul", { class: "lines" });
  const draw = () => {
    const words = search.value.trim();
    const found = grids.filter(
      (grid) =>
        !words ||
        [grid.name, grid.code, ...grid.persons.map((/** @type {any} */ one) => one.name)].some((text) =>
          text.includes(words),
        ),
    );
    fill(
      list,
      found.map((grid) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "plain grow", disabled: !grid.has_person, on: { click: () => give(grid) } },
            h("b", {}, grid.name),
            h(
              "span",
              { class: "t2 small block" },
              grid.has_person
                ? grid.persons.map((/** @type {any} */ one) => one.name).join("、")
                : "没有责任人，先指定一位",
            ),
          ),
          icon("next"),
        ),
      ),
    );
  };
  search.addEventListener("input", draw);
  draw();
  fill(
    side,
    h("header", {}, icon("list"), h("h2", { class: "grow" }, "给哪个网格？")),
    h("div", { class: "in col gap scroll grow" }, search, list),
  );
}

async function begin() {
  const me = await start();
  mayAssign = isCentre(me);
  fill(
    byId("states"),
    ["board", "open", "done", "withdrawn"].map((key) =>
      h(
        "button",
        {
          type: "button",
          data: { state: key },
          on: { click: () => void reading(() => refresh(key)) },
        },
        STATES[key]?.[2] ?? "按网格",
      ),
    ),
  );
  [grids] = await Promise.all([get("grids"), refresh()]);
  if (mayAssign) {
    const wanted = grids.find((grid) => grid.code === fragment("grid"));
    if (wanted) give(wanted);
    else pick();
  } else fill(side, empty("选一件看", "", "list"));
  listen({
    move: rows.move,
    open: () => {
      const task = rows.chosen();
      if (task) show(task);
    },
    search: () => document.getElementById("pick-grid")?.focus(),
    close: () => mayAssign && pick(),
  });
}

begin().catch((error) =>
  fill(
    side,
    wrong(error, () => location.reload()),
  ),
);
