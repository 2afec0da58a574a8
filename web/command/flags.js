// @ts-check
/** Questions: what the phone and the ground say, what the person says, what a person decides. A flag is never a verdict. */

import { button, byId, fill, h, icon, tag } from "./dom.js";
import { flagList, stateTag } from "./flag_list.js";
import { answerPanel, decisionPanel, evidence } from "./flag_sides.js";
import { drawAsked, trackWords } from "./flag_track.js";
import { get, post } from "./http.js";
import { listen } from "./keys.js";
import { withReason } from "./look_reason.js";
import { synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";
import { fragment, start, unitOf } from "./page.js";
import { empty, load, wrong } from "./pane.js";
import { when } from "./time.js";

/** @type {import("./map/view.js").View|undefined} */
let view;
/** @type {any} */
let shown = null;
/** @type {(() => void)|undefined} */
let erase;
/** What was fetched for a reason and is looked at. @type {any} */
let looked = null;
let isReady = false;
let asking = 0;

const bar = byId("watching");
const ask = h("div", { class: "panel ask-look", hidden: true });
const list = flagList(
  { list: byId("list"), states: byId("states"), title: byId("list-title") },
  { read: (state, page) => get("flags", { state, page, grid: fragment("grid") }), choose: (row) => void choose(row.id) },
);

/** @param {string} id */
async function choose(id) {
  const turn = ++asking;
  stopLooking();
  list.select(id);
  const hash = new URLSearchParams(location.hash.slice(1));
  hash.set("flag", id);
  history.replaceState(null, "", `#${hash}`);
  await load(
    byId("facts"),
    () => get(`flags/${id}`),
    (flag) => {
      if (turn === asking) draw(flag);
    },
  );
}

/** @param {any} flag */
function draw(flag) {
  drawWords(flag);
  fill(byId("facts"), evidence(flag));
  byId("facts").scrollTop = 0;
  drawAsk();
  aim();
}

/** @param {any} flag */
function drawWords(flag) {
  shown = flag;
  const waits = flag.state === "answered" && flag.can_decide;
  fill(
    byId("flag-head"),
    h("h2", { class: "grow clip", id: "flag-title" }, h("span", { class: "num" }, flag.number), "　", flag.title),
    waits ? tag("main", "hand", "等你判断") : stateTag(flag),
  );
  fill(byId("side"), answerPanel(flag), decisionPanel(flag, { decide }));
}

/** The map on the grid it is about. */
function aim() {
  if (!view || !shown) return;
  view.select(shown.grid);
  if (shown.bbox) view.show(shown.bbox, 15);
}

/** Before a reason is given the map shows the ground and nobody's way. */
function drawAsk() {
  if (!shown) return;
  const note = shown.can_look ? "看路线要写理由，会记下，本人看得到。" : shown.look_note || "只有管这里的督查能看路线。";
  fill(
    ask,
    h("span", { class: "t2" }, note),
    shown.can_look ? button("看路线（写理由）", { icon: "eye", act: () => void look() }) : null,
  );
  ask.hidden = Boolean(looked);
}

async function look() {
  const flag = shown;
  const seen = await withReason({
    fetch: (reason) => post(`flags/${flag.id}/look`, { reason }),
    reason: `核对标记 ${flag.number}`,
  });
  if (!seen || flag !== shown) return;
  const { found, reason } = seen;
  looked = found;
  drawWay();
  ask.hidden = true;
  const day = flag.happened_at ? `，${when(flag.happened_at)}` : "";
  fill(
    bar,
    icon("eye"),
    h(
      "span",
      { class: "grow" },
      `你正在看一个人的路线（${found.person.name}${day}，${found.segments.length} 段）。理由：${reason}。`,
      h("b", {}, "这次查看已记下，本人看得到。"),
    ),
    button("不看了", { act: stopLooking }),
  );
  bar.hidden = false;
  byId("facts").prepend(h("p", { class: "note track-words" }, icon("road"), h("span", {}, trackWords(found))));
}

/** The way, as soon as the map can take it. */
function drawWay() {
  if (looked && isReady && view && !erase) erase = drawAsked(view, looked);
}

function stopLooking() {
  erase?.();
  erase = undefined;
  looked = null;
  bar.hidden = true;
  fill(bar);
  document.querySelector(".track-words")?.remove();
  drawAsk();
}

/** @param {string} decision @param {string} note */
async function decide(decision, note) {
  const flag = await post(`flags/${shown.id}/decide`, { decision, note });
  list.put(flag);
  if (flag.id !== shown.id) return;
  const words = document.querySelector(".track-words");
  drawWords(flag);
  fill(byId("facts"), words, evidence(flag));
}

function nothing() {
  byId("columns").classList.add("is-empty");
  fill(byId("side"));
  fill(byId("facts"), empty("没有要判断的", "有了会在左边列出来。", "ok"));
}

async function begin() {
  listen({
    move: list.move,
    open: () => {
      const row = list.chosen();
      if (row && shown?.can_look && !looked) void look();
    },
    close: stopLooking,
  });
  let isRead = false;
  const reading = load(byId("list"), list.first, () => {
    isRead = true;
  });
  const me = await start();
  await reading;
  const wanted = fragment("flag") || list.rows()[0]?.id;
  if (!wanted) {
    if (isRead) nothing();
    return;
  }
  const holder = byId("map");
  synthetic(holder, "边界为合成示意");
  holder.append(ask);
  const chosen = choose(wanted);
  view = await open(holder, {
    me,
    ground: () => groundOf(unitOf(me)),
    bounds: shown?.bbox ?? me.bounds,
    label: "标记所在的网格。写了理由以后，这里有问到的路线；证据表里有同样的内容。",
  });
  zoom(holder, view.map, me.bounds);
  await Promise.all([chosen, view.ready]);
  isReady = true;
  if (looked) drawWay();
  else aim();
}

begin().catch((error) =>
  fill(
    byId("facts"),
    wrong(error, () => location.reload()),
  ),
);
