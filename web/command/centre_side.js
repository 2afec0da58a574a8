// @ts-check
/** The right column of the wall: what is urgent, what needs a person, who is out walking. */

import { button, fill, h, icon } from "./dom.js";
import { figures, reachWords, share } from "./alert_sheet.js";
import { empty } from "./pane.js";
import { ago, clock } from "./time.js";

const URGENT_FOR_MS = 6 * 3_600_000;
const ALSO = 2; // further urgent ones; the rest stand in the list of messages
const LISTED = 40; // people in the column; beyond that the table has them by grid
const NEEDED = 3;

/**
 * Urgent alerts of the last hours that somebody has not yet seen, or that are fresh.
 * @param {any[]} alerts
 * @param {number} now
 */
export function urgentOf(alerts, now = Date.now()) {
  return alerts.filter((alert) => alert.severity === "urgent" && now - Date.parse(alert.made_at) < URGENT_FOR_MS);
}

/** @param {any} alert @param {(alert: any, state?: string) => void} open */
function alsoUrgent(alert, open) {
  return h(
    "li",
    {},
    h("button", { type: "button", class: "plain b grow clip", on: { click: () => open(alert) } }, alert.title),
    h("span", { class: "t2 small num" }, clock(alert.made_at)),
  );
}

/**
 * @param {HTMLElement} holder
 * @param {{openAlert: (alert: any, state?: string) => void, openGrid: (code: string) => void,
 *   openWalker: (walker: any) => void}} acts
 */
export function side(holder, { openAlert, openGrid, openWalker }) {
  const urgent = h("div", { id: "urgent", role: "alert" });
  const needs = h("section", { class: "panel", "aria-labelledby": "needs-title" });
  const walking = h("section", { class: "panel grow", "aria-labelledby": "walking-title" });
  fill(holder, urgent, needs, walking);
  let said = "";
  let needed = "";
  let walked = "";

  /** @param {any[]} alerts @param {number} at */
  const putUrgent = (alerts, at) => {
    const now = urgentOf(alerts, at);
    const state = JSON.stringify(now);
    if (state === said) return; // an alert is read aloud when it changes, not each second
    said = state;
    const [first, ...rest] = now;
    urgent.hidden = !first;
    if (!first) return;
    fill(
      urgent,
      h(
        "section",
        { class: "panel is-urgent" },
        h(
          "header",
          {},
          icon("sos"),
          h("h2", { class: "grow" }, `紧急 ${now.length}`),
          h("span", { class: "num" }, clock(first.made_at)),
        ),
        h(
          "div",
          { class: "in col gap-s" },
          h("div", { class: "title" }, first.title),
          first.text && h("p", { class: "t2" }, first.text),
          h(
            "div",
            { class: "row between wrap" },
            h("span", {}, reachWords(first)),
            figures(first, (state) => openAlert(first, state)),
          ),
          share(first),
          h(
            "div",
            { class: "row" },
            button("看谁没看到", { class: "btn main grow", icon: "eye", act: () => openAlert(first) }),
            h("a", { class: "btn", href: "/centre/messages/" }, icon("tower"), "再通知"),
          ),
          rest.length > 0 &&
            h(
              "ul",
              { class: "lines" },
              rest.slice(0, ALSO).map((alert) => alsoUrgent(alert, openAlert)),
            ),
        ),
      ),
    );
  };

  /** @param {any[]} alarms */
  const putNeeds = (alarms) => {
    const state = JSON.stringify(alarms);
    if (state === needed) return;
    needed = state;
    fill(
      needs,
      h(
        "header",
        {},
        icon("warn"),
        h("h2", { class: "grow", id: "needs-title" }, "要人处理"),
        alarms.length > 0 && h("span", { class: "t2 plain-weight" }, alarms.length),
      ),
      h(
        "div",
        { class: "in tight" },
        alarms.length
          ? h(
              "ul",
              { class: "lines" },
              alarms.slice(0, NEEDED).map((alarm) =>
                h(
                  "li",
                  {},
                  h("span", { class: "glyph danger" }, icon("people")),
                  h(
                    "span",
                    { class: "grow" },
                    h("b", {}, alarm.text || `${alarm.grid_name}没有责任人`),
                    h("span", { class: "t2 small block" }, "任务派不出去，通知到不了"),
                  ),
                  h(
                    "button",
                    { type: "button", class: "link", on: { click: () => openGrid(alarm.grid) } },
                    "看网格",
                  ),
                ),
              ),
            )
          : h("p", { class: "t2 calm" }, "没有要处理的。"),
        alarms.length > NEEDED && h("p", { class: "t2 calm" }, `还有 ${alarms.length - NEEDED} 个网格，在表格里。`),
      ),
    );
  };

  /** @param {any} walker */
  const line = (walker) =>
    h(
      "li",
      {},
      h("span", { class: "glyph" }, icon("walk")),
      h(
        "button",
        { type: "button", class: "plain grow", data: { person: walker.id }, on: { click: () => openWalker(walker) } },
        h("b", {}, `${walker.name} · ${walker.grid_name || "网格外"}`),
        h("span", { class: "t2 small block" }, `${clock(walker.patrol_started_at)} 开始`),
      ),
      h("span", { class: "t2 small nowrap" }, ago(walker.t)),
    );

  /** @param {any[]} people */
  const putWalking = (people) => {
    const shown = people.slice(0, LISTED);
    const state = JSON.stringify([people.length, shown.map((one) => [one.id, one.grid_name, ago(one.t)])]);
    if (state === walked) return;
    walked = state;
    const held = walking.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.person
      : "";
    const scrolled = walking.querySelector(".scroll")?.scrollTop ?? 0;
    fill(
      walking,
      h(
        "header",
        {},
        icon("walk"),
        h("h2", { class: "grow", id: "walking-title" }, "正在巡查 ", h("b", {}, people.length), " 人"),
      ),
      h(
        "div",
        { class: "in tight scroll" },
        people.length
          ? h("ul", { class: "lines" }, shown.map(line))
          : empty("现在没有人在巡查", "有人点了“开始巡查”就会出现。", "walk"),
        people.length > LISTED &&
          h("p", { class: "t2 calm" }, `还有 ${people.length - LISTED} 人。放大地图或用表格按网格看。`),
      ),
    );
    const list = walking.querySelector(".scroll");
    if (list) list.scrollTop = scrolled;
    if (held) /** @type {HTMLElement|null} */ (walking.querySelector(`[data-person="${held}"]`))?.focus();
  };

  /** What one looks back at: counts and grids, nobody's place. @param {any} past */
  const putPast = (past) => {
    walked = "";
    fill(
      walking,
      h("header", {}, icon("wait"), h("h2", { class: "grow", id: "walking-title" }, `今天 ${clock(past.at)} 的情况`)),
      h(
        "div",
        { class: "in col gap-s" },
        h(
          "dl",
          { class: "kv" },
          h("dt", {}, "在巡查"),
          h("dd", { class: "b" }, `${past.walking} 人`),
          h("dt", {}, "走到过"),
          h("dd", { class: "b" }, `${past.visited.length} 个网格`),
          h("dt", {}, "上报"),
          h("dd", { class: "b" }, `${past.reports.length} 条`),
          h("dt", {}, "通知"),
          h("dd", { class: "b" }, `${past.alerts.length} 条`),
        ),
        h("p", { class: "t2" }, "回看时不显示人的位置。谁走过哪里，要说明理由才能看。"),
      ),
    );
  };

  return {
    /** @param {any} frame */
    put(frame) {
      putUrgent(frame.alerts, frame.isPast ? Date.parse(frame.at) : Date.now());
      needs.hidden = Boolean(frame.isPast);
      if (frame.isPast) putPast(frame);
      else {
        putNeeds(frame.alarms);
        putWalking(frame.people);
      }
    },
  };
}
