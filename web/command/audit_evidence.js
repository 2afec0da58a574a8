// @ts-check
/** Why the system says a grid was, or was not, visited: visits with times, answers, reports. */

import { fill, h, icon, tag } from "./dom.js";
import { get } from "./http.js";
import { look } from "./audit_track.js";
import { load } from "./pane.js";
import { kindOf } from "./report_sheet.js";
import { clock, lasting } from "./time.js";

const RESULTS = /** @type {Record<string, [string, string, string]>} */ ({
  ok: ["ok", "ok", "没问题"],
  problem: ["warn", "warn", "有问题"],
  no_entry: ["", "door", "进不去"],
});

/**
 * @param {HTMLElement} holder
 * @param {{grid: any, day: string, view: () => import("./map/view.js").View|undefined, close: () => void}} options
 */
export function evidence(holder, { grid, day, view, close }) {
  /** @type {{clear: () => void}|undefined} */
  let track;
  const body = h("div", { class: "in col gap scroll grow" });
  const clear = () => {
    track?.clear();
    track = undefined;
  };
  const shut = () => {
    clear();
    close();
  };
  const question = grid.visited ? `${grid.name}：走到的凭据` : `${grid.name}：为什么说没走到`;
  fill(
    holder,
    h(
      "header",
      {},
      h("h2", { class: "grow" }, question),
      h("button", { type: "button", class: "btn quiet slim", on: { click: shut } }, "关上", icon("x")),
    ),
    body,
  );
  const read = () =>
    load(
      body,
      () => get(`visits/${grid.code}`, { day }),
      (found) =>
        fill(
          body,
          section(
            "走访",
            found.visits,
            visit,
            "这一天没有一段路线经过这里。手机没开巡查、没同意记路线、还没传上来，都会这样。",
          ),
          section("清单答复", found.answers, answer, "这一天没有答复。"),
          section("上报", found.reports, report, "这一天没有上报。"),
          found.note && h("p", { class: "t2 small" }, found.note),
        ),
    );

  /** @param {any} one */
  const visit = (one) =>
    h(
      "li",
      {},
      h("span", { class: "glyph ok" }, icon("walk")),
      h(
        "span",
        { class: "grow" },
        h("b", { class: "num" }, `${clock(one.from)}–${clock(one.to)}`),
        h("span", { class: "t2 small block" }, `停留 ${lasting(one.duration_s)}，${one.fixes} 个定位点`),
      ),
      one.is_late && tag("", "wait", "晚到的"),
      h(
        "button",
        { type: "button", class: "link", on: { click: () => ask(one) } },
        icon("eye"),
        "看路线（写理由）",
      ),
    );

  /** @param {any} one */
  function ask(one) {
    clear();
    void look(one, { view: view(), at: body }).then((shown) => {
      track = shown;
    });
  }

  void read();
  return { close: clear, shut };
}

/** @param {string} title @param {any[]} rows @param {(row: any) => Node} draw @param {string} none */
function section(title, rows, draw, none) {
  return h(
    "section",
    {},
    h("h3", { class: "item" }, `${title} ${rows?.length ?? 0}`),
    rows?.length ? h("ul", { class: "lines" }, rows.map(draw)) : h("p", { class: "t2" }, none),
  );
}

/** @param {any} one */
function answer(one) {
  const [kind, name, word] = RESULTS[one.result] ?? ["", "dots", one.result];
  return h(
    "li",
    {},
    h(
      "span",
      { class: "grow" },
      one.text,
      h(
        "span",
        { class: "t2 small block" },
        [clock(one.answered_at), one.task, one.note].filter(Boolean).join(" · "),
      ),
    ),
    tag(kind, name, one.result_name || word),
  );
}

/** @param {any} one */
function report(one) {
  return h(
    "li",
    {},
    h("span", { class: "glyph" }, icon("flag")),
    h("span", { class: "grow" }, h("b", {}, kindOf(one)), h("span", { class: "t2 small block" }, one.text)),
    h("span", { class: "t2 small nowrap" }, clock(one.occurred_at)),
  );
}
