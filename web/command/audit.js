// @ts-check
/** Which grids were visited on a day: map, table, and the evidence behind each answer. By grid, never by person. */

import { byId, fill, h, icon } from "./dom.js";
import { evidence } from "./audit_evidence.js";
import { dayPicker } from "./day_picker.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { legend, swatch, synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";
import { start, unitOf } from "./page.js";
import { empty, load, wrong } from "./pane.js";
import { date, dayOf, instant, when } from "./time.js";
import { visitTable } from "./visit_table.js";

let day = dayOf();
let words = "";
let only = "";
/** @type {any} */
let answer = null;
/** @type {import("./map/view.js").View|undefined} */
let view;
/** @type {ReturnType<typeof evidence>|undefined} */
let shown;

const rows = visitTable(byId("list"), choose);

/** @param {any} grid */
function choose(grid) {
  rows.select(grid.code);
  view?.select(grid.code);
  shown?.close();
  shown = evidence(byId("evidence"), {
    grid,
    day,
    view: () => view,
    close: () => {
      rows.select("");
      view?.select("");
      drawRule();
    },
  });
}

/** What the rule is and when it was last worked out: said where nothing else is open. */
function drawRule() {
  shown = undefined;
  fill(
    byId("evidence"),
    h("header", {}, h("h2", { class: "grow" }, "怎么算走到")),
    h(
      "div",
      { class: "in col gap scroll" },
      h("p", {}, answer?.rule ?? ""),
      h(
        "p",
        { class: "t2 small" },
        answer?.computed_at ? `算到 ${when(answer.computed_at)}。手机里还没传上来的不在里面，传到后会自己变。` : "",
      ),
      h("p", { class: "note main" }, icon("shield"), h("span", {}, "没走到不等于没干活。点一个网格，看它的凭据。")),
    ),
  );
}

function draw() {
  const grids = /** @type {any[]} */ (answer.grids);
  const visited = grids.filter((grid) => grid.visited).length;
  fill(
    byId("sum"),
    h("span", { class: "t2" }, "走到的网格"),
    h("span", { class: "figure" }, `${visited} / ${grids.length}`),
    h(
      "div",
      { class: "seg" },
      [
        ["", "全部"],
        ["no", "没走到"],
        ["yes", "走到了"],
      ].map(([key, word]) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": only === key,
            on: {
              click: () => {
                only = key;
                draw();
                rows.reveal();
              },
            },
          },
          word,
        ),
      ),
    ),
  );
  rows.put(
    grids.filter(
      (grid) =>
        (!words || grid.name.includes(words) || grid.code.includes(words)) &&
        (!only || grid.visited === (only === "yes")),
    ),
  );
  byId("none").hidden = rows.rows().length > 0;
  paint();
}

function paint() {
  if (!view || !answer) return;
  const [seen, unseen] = [view.token("cov-3"), view.token("cov-2")];
  for (const grid of answer.grids) {
    view.say(grid.code, {
      colour: grid.has_person || grid.visited ? (grid.visited ? seen : unseen) : "rgba(0,0,0,0)",
      isHatched: !grid.visited && grid.has_person,
      isAlarm: !grid.has_person,
    });
  }
}

const read = () =>
  load(
    byId("busy"),
    () => get("visits", { day }),
    (next) => {
      fill(byId("busy"));
      answer = next;
      fill(
        byId("day-word"),
        day === dayOf() ? `今天，${date(instant(day, "12:00"))}` : date(instant(day, "12:00")),
      );
      draw();
      drawRule();
    },
  );

dayPicker(byId("days"), day, (next) => {
  day = next;
  void read();
});
fill(byId("none"), empty("没有这样的网格"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
search.addEventListener("input", () => {
  words = search.value.trim();
  if (answer) draw();
});

async function begin() {
  const me = await start();
  await read();
  listen({
    search: () => search.focus(),
    move: rows.move,
    open: () => {
      const grid = rows.chosen();
      if (grid) choose(grid);
    },
    close: () => shown?.shut(),
  });
  const holder = byId("map");
  synthetic(holder, "边界为合成示意");
  view = await open(holder, {
    me,
    ground: () => groundOf(unitOf(me)),
    bounds: me.bounds,
    label: "走访地图：颜色和纹理表示这一天走到没有。右边的表里有同样的内容。",
    onGrid: (code) => {
      const grid = answer?.grids.find((/** @type {any} */ one) => one.code === code);
      if (grid) choose(grid);
    },
  });
  zoom(holder, view.map, me.bounds);
  legend(holder, [
    [swatch("visited"), "走到了"],
    [swatch("unvisited"), "没走到"],
    [swatch("alarm"), "无责任人"],
  ]);
  await view.ready;
  paint();
}

begin().catch((error) =>
  fill(
    byId("evidence"),
    wrong(error, () => location.reload()),
  ),
);
