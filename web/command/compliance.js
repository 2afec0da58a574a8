// @ts-check
/** Frequencies: what was due, what was done in time; a row opens the obligations it is made of. No row is a person. */

import { byId, fill, h, icon, tag } from "./dom.js";
import { dayPicker, lastWeek } from "./day_picker.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { pages } from "./pages.js";
import { empty, load, wrong } from "./pane.js";
import { table } from "./table.js";
import { when } from "./time.js";

const BY = /** @type {Record<string, string>} */ ({ grid: "按网格", line: "按条线", item: "按事项" });
const STATES = /** @type {Record<string, [string, string, string]>} */ ({
  done: ["ok", "ok", "按时办了"],
  late: ["warn", "wait", "晚办了"],
  missing: ["danger", "warn", "没办"],
});
const side = byId("side");
let days = lastWeek();
let by = "grid";

/** @param {any} row */
const share = (row) => (row.due ? `${Math.floor((row.done * 100) / row.due)}%` : "—");

const rows = table(byId("list"), {
  label: "频次完成",
  key: (/** @type {any} */ row) => row.key,
  choose: open,
  open,
  columns: [
    {
      name: "看什么",
      draw: (row) => [h("b", {}, row.name), by !== "line" && h("span", { class: "t2 small block" }, row.within)],
    },
    { name: "完成率", class: "nowrap", draw: (row) => h("b", {}, share(row)) },
    { name: "按时", draw: (row) => row.done },
    { name: "应办", draw: (row) => row.due },
    { name: "晚办", draw: (row) => row.late || "" },
    { name: "没办", draw: (row) => row.missing || "" },
  ],
  foot: (all) => `完成率 = 按时 ÷ 应办。共 ${all.length} 行`,
});

/** The obligations behind a row. @param {any} row @param {string} [state] */
function open(row, state = "") {
  const list = h("ul", { class: "lines" });
  const foot = h("p", { class: "t2 small" });
  const body = h("div", { class: "in col gap scroll grow" });
  const pager = pages(
    (page) => get("compliance/evidence", { by, key: row.key, page, ...days, ...(state && { state }) }),
    (all) => {
      fill(list, all.map(line));
      fill(foot, pager.foot("件"));
    },
  );
  const choices = [["", `全部 ${row.due}`], ["done", `按时 ${row.done}`], ["late", `晚办 ${row.late}`], ["missing", `没办 ${row.missing}`]];
  fill(
    side,
    h("header", {}, icon("list"), h("h2", { class: "grow clip" }, row.name), h("b", {}, `${row.done} / ${row.due}`)),
    h(
      "div",
      { class: "pad" },
      h(
        "div",
        { class: "seg", role: "group", "aria-label": "看哪些" },
        choices.map(([key, word]) =>
          h("button", { type: "button", "aria-pressed": key === state, on: { click: () => open(row, key) } }, word),
        ),
      ),
    ),
    body,
  );
  void load(body, pager.first, (all) => fill(body, all.length ? [list, foot] : empty("没有这样的事项", "", "list")));
}

/** @param {any} one */
const line = (one) =>
  h(
    "li",
    {},
    h(
      "div",
      { class: "grow" },
      h("b", {}, one.text),
      h("span", { class: "t2 small block" }, [one.grid_name, one.place, one.line, one.item].filter(Boolean).join(" · ")),
      h("span", { class: "t2 small block" }, `${when(one.from)} 到 ${when(one.to)} · ${one.settled_at ? `${when(one.settled_at)} 办的` : "没有回答"}`),
    ),
    tag(...STATES[one.state]),
  );

async function refresh() {
  const link = /** @type {HTMLAnchorElement} */ (byId("xlsx"));
  link.href = `/api/command/compliance/export.xlsx?${new URLSearchParams(days)}`;
  for (const each of byId("by").querySelectorAll("button"))
    each.setAttribute("aria-pressed", String(each.dataset.by === by));
  const answer = await get("compliance", { by, ...days });
  rows.put(answer.rows);
  byId("none").hidden = answer.rows.length > 0;
  fill(
    byId("words"),
    answer.due ? `按时 ${answer.done}，应办 ${answer.due}，完成率 ${share(answer)}；晚办 ${answer.late}，没办 ${answer.missing}` : "",
  );
  fill(side, empty("选一行看凭据", "每个数都能打开，看是哪些事项、什么时候办的。", "list"));
}

const again = () => load(byId("busy"), refresh, () => fill(byId("busy")));

async function begin() {
  await start();
  dayPicker(byId("days"), (next) => {
    days = next;
    void again();
  });
  fill(
    byId("by"),
    Object.entries(BY).map(([key, word]) =>
      h(
        "button",
        {
          type: "button",
          data: { by: key },
          on: {
            click: () => {
              by = key;
              void again();
            },
          },
        },
        word,
      ),
    ),
  );
  listen({
    move: rows.move,
    open: () => {
      const row = rows.chosen();
      if (row) open(row);
    },
  });
  await again();
}

begin().catch((error) =>
  fill(
    side,
    wrong(error, () => location.reload()),
  ),
);
