// @ts-check
/** An office's own line: its items with what was due and done, and what was found wrong. No row is a person. */

import { byId, fill, h, icon, tag } from "./dom.js";
import { dayPicker, lastWeek } from "./day_picker.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { start } from "./page.js";
import { empty, load, wrong } from "./pane.js";
import { table } from "./table.js";
import { when } from "./time.js";

const side = byId("side");
let days = lastWeek();
/** @type {any[]} */
let problems = [];

const rows = table(byId("list"), {
  label: "本条线的事项",
  key: (/** @type {any} */ item) => item.code,
  choose: open,
  open,
  columns: [
    {
      name: "事项",
      draw: (item) => [h("b", {}, item.text), h("span", { class: "t2 small block" }, `${item.code} · ${item.line}`)],
    },
    { name: "频次", class: "t2", draw: (item) => item.frequency || "不定期" },
    {
      name: "准入",
      draw: (item) => (item.is_admitted ? tag("ok", "ok", "在册") : tag("", "dots", "没有准入")),
    },
    { name: "按时 / 应办", class: "nowrap", draw: (item) => (item.due ? `${item.done} / ${item.due}` : "—") },
    { name: "晚办", draw: (item) => item.late || "" },
  ],
});

/** @param {any} item */
function open(item) {
  fill(
    side,
    h(
      "header",
      {},
      icon("list"),
      h("h2", { class: "grow clip" }, item.text),
      item.is_restricted && tag("", "lock", "限定"),
    ),
    h(
      "div",
      { class: "in col gap scroll grow" },
      h("h3", { class: "item" }, "各村"),
      item.villages.length
        ? h(
            "ul",
            { class: "lines" },
            item.villages.map((/** @type {any} */ row) =>
              h("li", {}, h("b", { class: "grow" }, row.village), `${row.done} / ${row.due}`, row.late > 0 && h("span", { class: "t2 small" }, ` 晚办 ${row.late}`)),
            ),
          )
        : h("p", { class: "t2" }, "这几天没有到期的。"),
      found(problems.filter((one) => one.item.startsWith(`${item.code}@`)), "发现的问题"),
    ),
  );
}

/** @param {any[]} some @param {string} title */
const found = (some, title) => [
  h("h3", { class: "item" }, title),
  some.length
    ? h(
        "ul",
        { class: "lines" },
        some.map((one) =>
          h(
            "li",
            {},
            h(
              "div",
              { class: "grow" },
              h("b", {}, one.note || one.text),
              h("span", { class: "t2 small block" }, `${one.grid_name} · ${one.item} · ${when(one.answered_at)}`),
            ),
            tag("warn", "warn", "有问题"),
          ),
        ),
      )
    : h("p", { class: "t2" }, "这几天没有报问题。"),
];

async function refresh() {
  const answer = await get("line", days);
  problems = answer.problems;
  rows.put(answer.items);
  byId("none").hidden = answer.items.length > 0;
  fill(byId("words"), `${answer.offices.join("、")} · ${answer.items.length} 个事项，报了问题 ${problems.length} 件`);
  fill(
    side,
    h("header", {}, icon("warn"), h("h2", { class: "grow" }, "这几天报上来的问题")),
    problems.length
      ? h("div", { class: "in col gap scroll grow" }, found(problems, "最新的在上面"))
      : empty("没有报问题", "选一个事项，看各村做了多少。", "list"),
  );
}

const again = () => load(byId("busy"), refresh, () => fill(byId("busy")));

async function begin() {
  await start();
  dayPicker(byId("days"), (next) => {
    days = next;
    void again();
  });
  listen({
    move: rows.move,
    open: () => {
      const item = rows.chosen();
      if (item) open(item);
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
