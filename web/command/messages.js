// @ts-check
/** Messages: write to an area on the left, see it on the map, and on the right who has seen it, live. */

import { figures, reachWords, recipients, share } from "./alert_sheet.js";
import { areaPicker } from "./area_picker.js";
import { button, byId, fill, h, icon, tag } from "./dom.js";
import { get } from "./http.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { synthetic, zoom } from "./map/controls.js";
import { groundOf, open } from "./map/view.js";
import { messageForm } from "./message_form.js";
import { isCentre, start, unitOf } from "./page.js";
import { empty, load, wrong } from "./pane.js";
import { status } from "./status.js";
import { ago, clock, when } from "./time.js";

const right = byId("right");
/** @type {any[]} */
let alerts = [];
/** @type {any} */
let shown = null;
let filter = "";

/** All messages, newest first. */
function drawList() {
  fill(
    right,
    h("header", {}, icon("msg"), h("h2", { class: "grow" }, "发出的通知")),
    h(
      "div",
      { class: "in scroll grow" },
      alerts.length
        ? h(
            "ul",
            { class: "lines" },
            alerts.map((alert) =>
              h(
                "li",
                { class: "alert-line" },
                h(
                  "span",
                  { class: `glyph ${alert.severity === "urgent" ? "danger" : ""}` },
                  icon(alert.severity === "urgent" ? "sos" : "msg"),
                ),
                h(
                  "div",
                  { class: "grow col gap-xs" },
                  h(
                    "div",
                    { class: "row between" },
                    h(
                      "button",
                      { type: "button", class: "plain b", on: { click: () => openOne(alert) } },
                      alert.title,
                    ),
                    h("span", { class: "t2 small nowrap" }, when(alert.made_at)),
                  ),
                  h("p", { class: "t2 small clip-2" }, alert.text),
                  share(alert),
                  h(
                    "div",
                    { class: "row between small" },
                    h("span", { class: "t2" }, reachWords(alert)),
                    figures(alert, (state) => openOne(alert, state)),
                  ),
                ),
              ),
            ),
          )
        : empty("还没有发过通知", "选一个村或网格，写一条。", "msg"),
    ),
  );
}

/** @param {any} alert @param {string} [state] */
function openOne(alert, state = "") {
  shown = alert;
  filter = state;
  drawOne();
  void read();
}

async function read() {
  const wanted = shown;
  if (!wanted) return;
  const body = byId("one");
  await load(
    body,
    () => get(`alerts/${wanted.id}`),
    (answer) => {
      if (shown?.id !== wanted.id) return;
      shown = answer;
      drawOne();
    },
  );
}

function drawOne() {
  if (!shown) return;
  const alert = shown;
  const body = h("div", { class: "in col gap scroll grow", id: "one" });
  fill(
    right,
    h(
      "header",
      {},
      button("全部", {
        class: "btn quiet slim",
        icon: "back",
        act: () => {
          shown = null;
          drawList();
        },
      }),
      h("h2", { class: "grow clip" }, alert.title),
      alert.severity === "urgent" ? tag("danger", "sos", "紧急") : tag("ok", "ok", `${clock(alert.made_at)} 发出`),
    ),
    body,
  );
  fill(
    body,
    h("p", { class: "said-text" }, alert.text),
    h("p", { class: "t2 small" }, `${reachWords(alert)}，${ago(alert.made_at)}发出。`),
    alert.recipients
      ? recipients(alert, filter, (next) => {
          filter = next;
          drawOne();
        })
      : null,
  );
}

/** @param {any} frame */
function take(frame) {
  alerts = frame.alerts;
  if (!shown) {
    drawList();
    return;
  }
  const fresh = alerts.find((alert) => alert.id === shown.id);
  if (fresh && ["people", "seen", "unseen", "unreachable"].some((key) => fresh[key] !== shown[key])) {
    void get(`alerts/${fresh.id}`).then(
      (answer) => {
        if (shown?.id !== answer.id) return;
        shown = answer;
        drawOne();
      },
      () => undefined,
    );
  }
}

async function begin() {
  const me = await start();
  const grids = await get("grids");
  const picker = h("div", { class: "col gap-s" });
  /** @type {ReturnType<typeof messageForm>|undefined} */
  let form;
  const areas = areaPicker(picker, grids, { changed: () => void form?.count() });
  if (isCentre(me))
    form = messageForm(byId("form"), {
      codes: areas.codes,
      picker,
      sent: (alert) => {
        areas.clear();
        openOne(alert);
      },
    });
  else fill(byId("form"), empty("只能看", "发通知由综治中心的岗位来办。", "lock"));
  const feed = follow(take, status(byId("live")));
  addEventListener("pagehide", feed.stop);
  listen({
    close: () => {
      shown = null;
      drawList();
    },
    search: () => /** @type {HTMLElement|null} */ (picker.querySelector("input[type=search]"))?.focus(),
  });
  const holder = byId("map");
  synthetic(holder);
  const view = await open(holder, {
    me,
    ground: () => groundOf(unitOf(me)),
    bounds: me.bounds,
    label: "选地方的地图。左边的表里可以选同样的地方。",
    onGrid: areas.touch,
  });
  zoom(holder, view.map, me.bounds);
  await view.ready;
  areas.onMap(view);
}

begin().catch((error) =>
  fill(
    right,
    wrong(error, () => location.reload()),
  ),
);
