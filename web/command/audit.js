// @ts-check
/** Where somebody went and where not: map, table, and what stands behind every figure. By grid, never by person. */

import { blindList } from "./audit_blind.js";
import { evidence } from "./audit_evidence.js";
import { printable } from "./audit_print.js";
import { coverageMap, readShares } from "./coverage_map.js";
import { coverageTable } from "./coverage_table.js";
import { daysWords, hectares, percent } from "./coverage_words.js";
import { dayPicker, lastWeek } from "./day_picker.js";
import { byId, fill, h, icon } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { views } from "./map/controls.js";
import { fragment, start } from "./page.js";
import { empty, load, wrong } from "./pane.js";
import { dayOf, when } from "./time.js";

let days = lastWeek();
let words = "";
/** @type {any} */
let answer = null;
/** @type {Map<string, number>|null} */
let shares = null;
/** @type {Set<string>|null} */
let marked = null;
/** @type {Awaited<ReturnType<typeof coverageMap>>|undefined} */
let map;
/** @type {ReturnType<typeof evidence>|undefined} */
let shown;
let asking = 0;

const rows = coverageTable(byId("list"), { choose: mark, open: choose });
const blind = blindList(byId("blind"), {
  choose: chooseCode,
  mark: (codes) => {
    marked = codes;
    paint();
  },
});

/** Selected in both, and nothing opened yet. @param {any} grid */
function mark(grid) {
  if (shown) return choose(grid);
  rows.select(grid.code);
  map?.view.select(grid.code);
}

/** @param {any} grid */
function choose(grid) {
  rows.select(grid.code);
  map?.view.select(grid.code);
  shown?.close();
  history.replaceState(null, "", `#grid=${grid.code}`);
  shown = evidence(byId("evidence"), {
    grid,
    days,
    view: () => map?.view,
    layers: async () => (map ? map.view.ready : null),
    close: () => {
      rows.select("");
      map?.view.select("");
      history.replaceState(null, "", location.pathname);
      drawRule();
    },
  });
}

/** @param {string} code */
function chooseCode(code) {
  const grid = answer?.grids.find((/** @type {any} */ one) => one.code === code);
  if (grid) choose(grid);
}

/** What the rule is and when it was last worked out: said where nothing else is open. */
function drawRule() {
  shown = undefined;
  const { seen_m2, ground_m2, share } = answer.summary;
  fill(
    byId("evidence"),
    h("header", {}, h("h2", { class: "grow" }, "怎么算走到")),
    h(
      "div",
      { class: "in col gap scroll" },
      h("p", {}, answer.rule.text),
      h(
        "p",
        {},
        `${percent(share)} 是 ${hectares(seen_m2)} 公顷除以 ${hectares(ground_m2)} 公顷：这几天所有人走到的地合起来，走两遍也只算一遍。`,
      ),
      h(
        "p",
        { class: "t2 small" },
        `规则第 ${answer.rule.version} 版。${answer.computed_at ? `算到 ${when(answer.computed_at)}。` : ""}手机里还没传上来的不在里面，传到后会自己变。`,
      ),
      h("p", { class: "note main" }, icon("shield"), h("span", {}, "没走到不等于没干活。点一个网格，看它的凭据。")),
    ),
  );
}

function drawSummary() {
  const { share, seen_m2, ground_m2 } = answer.summary;
  const open = () => {
    shown?.shut();
    drawRule();
    byId("evidence").scrollIntoView({ block: "nearest" });
  };
  fill(
    byId("sum"),
    h("span", { class: "t2" }, "全部网格要走的地"),
    h("button", { type: "button", class: "plain fig-link figure", on: { click: open } }, percent(share)),
    h("span", { class: "t2 small" }, `${hectares(seen_m2)} / ${hectares(ground_m2)} 公顷`),
  );
  byId("sum").hidden = false;
  const isOpen = days.from === dayOf() ? "，还会变" : "";
  const again = h("button", { type: "button", class: "link", on: { click: () => void read() } }, "再读一次");
  fill(
    byId("words"),
    answer.pending ? [h("b", {}, `有 ${answer.pending} 处还在算 `), again, " "] : null,
    `${daysWords(days.from, days.to)}，只看要走的路、房屋、河岸${isOpen}`,
  );
}

function drawRows() {
  const isShown = (/** @type {any} */ grid) => !words || grid.name.includes(words) || grid.code.includes(words);
  rows.put(answer.grids.filter(isShown));
  byId("none").hidden = rows.rows().length > 0;
}

function paint() {
  if (map && shares && answer) map.paint(shares, answer.classes, marked);
}

function read() {
  const turn = ++asking;
  for (const [id, kind] of [["xlsx", "xlsx"], ["gpkg", "gpkg"]])
    byId(id).setAttribute("href", `/api/command/coverage/export.${kind}?${new URLSearchParams(days)}`);
  return load(
    byId("busy"),
    () => Promise.all([get("coverage", days), readShares(days)]),
    ([next, bytes]) => {
      fill(byId("busy"));
      if (turn !== asking) return;
      const open = rows.chosen()?.code ?? fragment("grid");
      [answer, shares, marked] = [next, bytes, null];
      drawSummary();
      drawRows();
      blind.put(answer);
      paint();
      shown?.close();
      drawRule();
      if (open) chooseCode(open);
    },
  );
}

dayPicker(byId("days"), (next) => {
  days = next;
  void read();
});
fill(byId("none"), empty("没有这样的网格"));
const search = /** @type {HTMLInputElement} */ (byId("search"));
search.addEventListener("input", () => {
  words = search.value.trim();
  if (answer) drawRows();
});
byId("print").addEventListener("click", () => print());
const both = views(byId("views"), (view) => byId("columns").classList.toggle("only-table", view === "table"));
printable({ picture: byId("picture"), rows: byId("print-rows"), view: () => map?.view, grids: () => answer?.grids ?? [] });

async function begin() {
  listen({
    search: () => search.focus(),
    toggle: both.toggle,
    move: rows.move,
    open: () => {
      const grid = rows.chosen();
      if (grid) choose(grid);
    },
    close: () => shown?.shut(),
  });
  const reading = read();
  const me = await start();
  map = await coverageMap(byId("map"), me, { onGrid: chooseCode });
  await Promise.all([reading, map.view.ready]);
  paint();
  const chosen = rows.chosen()?.code;
  if (chosen) map.view.select(chosen);
}

begin().catch((error) =>
  fill(
    byId("evidence"),
    wrong(error, () => location.reload()),
  ),
);
