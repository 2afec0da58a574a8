// @ts-check
/** Why a grid's figure is what it is: the parts of its ground, and everything that made them. */

import { fill, h, icon } from "./dom.js";
import { look } from "./audit_track.js";
import { answers, days, legs, questions, reports, uncounted, visits } from "./audit_lists.js";
import { GRADES, length, percent, squares } from "./coverage_words.js";
import { get } from "./http.js";
import { load } from "./pane.js";
import { dayOf, instant, when } from "./time.js";
import { whyMap } from "./why_map.js";

const DAY_MS = 86_400_000;
const PARTS = /** @type {Record<string, [string, string]>} */ ({
  seen: ["走到", "legs"],
  no_entry: ["进不去", "answers"],
  not_recorded: ["手机没记到", "questions"],
  none: ["没有任何记录", "days"],
});

/**
 * @param {HTMLElement} holder
 * @param {{grid: any, days: {from: string, to: string}, view: () => import("./map/view.js").View|undefined,
 *   layers: () => Promise<any>, close: () => void}} options
 */
export function evidence(holder, { grid, days: asked, view, layers, close }) {
  /** @type {{clear: () => void}|undefined} */
  let track;
  let asOf = "";
  let isOver = false;
  const body = h("div", { class: "in col gap scroll grow" });
  const clear = () => {
    isOver = true;
    track?.clear();
    track = undefined;
  };
  const shut = () => {
    clear();
    close();
  };
  fill(
    holder,
    h(
      "header",
      {},
      h("h2", { class: "grow clip" }, question(grid)),
      h("button", { type: "button", class: "btn quiet slim noprint", on: { click: shut } }, "关上", icon("x")),
    ),
    body,
  );

  /** @param {any} visit */
  const ask = (visit) => {
    track?.clear();
    void look(visit, { view: view(), at: body }).then((shown) => {
      track = shown;
      if (isOver) clear();
    });
  };

  const read = () =>
    load(
      body,
      () => Promise.all([get(`coverage/${grid.code}`, { ...asked, as_of: asOf }), layers()]),
      ([found, ground]) => {
        if (isOver) return;
        fill(body, then(found), facts(found, ground), visits(found, ask), legs(found), questions(found), uncounted(found));
        body.append(days(found), answers(found), reports(found), h("p", { class: "t2 small" }, found.note));
      },
    );

  /** A figure of days that are over can also be read as it stood when they ended. @param {any} found */
  const then = (found) => {
    const end = instant(asked.to, "00:00");
    const over = new Date(Date.parse(end) + DAY_MS).toISOString();
    const isLate = found.days.some((/** @type {any} */ day) => day.computed_at && day.computed_at > over);
    if (asked.to >= dayOf() || !(isLate || asOf)) return null;
    const words = asOf
      ? "这是那天结束时知道的数。后来补传的不在里面。"
      : "有些东西是后来才传到的，数是补传后算的。";
    return h(
      "p",
      { class: "note" },
      icon("wait"),
      h("span", { class: "grow" }, words),
      h(
        "button",
        {
          type: "button",
          class: "link",
          on: {
            click: () => {
              asOf = asOf ? "" : over;
              void read();
            },
          },
        },
        asOf ? "看现在的数" : "看那天结束时的数",
      ),
    );
  };

  void read();
  return { close: clear, shut };
}

/** @param {any} grid */
function question(grid) {
  if (grid.share === null) return `${grid.name}：还没算`;
  const said = percent(grid.share);
  return `${grid.name}为什么${said.startsWith("不") ? "" : "是 "}${said}？`;
}

/** @param {any} found @param {any} ground */
function facts(found, ground) {
  return h(
    "div",
    { class: "why" },
    h(
      "div",
      { class: "col gap-s" },
      whyMap(found, ground),
      h("p", { class: "t2 small" }, `规则：${found.rule.text}`),
      h("p", { class: "t2 small" }, `规则第 ${found.rule.version} 版 · ${found.plan.label}`),
    ),
    h(
      "div",
      { class: "col gap-s" },
      h("ul", { class: "parts" }, found.parts.map(part)),
      h(
        "p",
        { class: "t2 small" },
        `合计 ${squares(found.ground_m2)} 平方米，${found.is_whole_area ? "没有路、水边、房屋的图层，整格都算" : "是这一格里要走的地"}。`,
      ),
      h("p", { class: "small", id: "why-lengths" }, lengths(found)),
      places(found.places),
    ),
  );
}

/** @param {any} one */
function part(one) {
  const [word, at] = PARTS[one.kind];
  const go = () => document.getElementById(`why-${at}`)?.scrollIntoView({ block: "start" });
  return h(
    "li",
    {},
    h("i", { class: `sw part-${one.kind}` }),
    h("b", { class: "right num" }, squares(one.m2)),
    h("span", {}, h("b", {}, word), h("span", { class: "t2 small block" }, (one.m2 || one.kind === "seen") && one.note !== word ? one.note : "")),
    one.m2 ? h("button", { type: "button", class: "link small noprint", on: { click: go } }, "看证据") : h("span"),
  );
}

/** Metres of roads and banks that were seen, of those there are. @param {any} found */
function lengths(found) {
  const said = [
    ["路", found.roads_seen_m, found.roads_m],
    ["水边", found.banks_seen_m, found.banks_m],
  ].filter(([, , all]) => all);
  if (!said.length) return "图层里这一格没有路，也没有水边。";
  return `${said.map(([word, seen, all]) => `${word}走到 ${length(seen)}，共 ${length(all)}`).join("；")}。`;
}

/** @param {any[]} all */
function places(all) {
  const due = all.filter((place) => place.due);
  const more = all.filter((place) => !place.due);
  /** @param {any} place */
  const said = (place) =>
    h(
      "li",
      {},
      place.name,
      " ",
      h("b", {}, place.grade ? `${place.grade} ${GRADES[place.grade]}` : "未到"),
      place.at && h("span", { class: "t2 small" }, ` ${when(place.at)}`),
    );
  return h(
    "section",
    { class: "reached" },
    h("h3", {}, due.length ? "必到点" : "这几天没有必到点"),
    h("ul", {}, due.map(said)),
    more.length ? [h("h3", {}, "顺路到的"), h("ul", {}, more.map(said))] : null,
  );
}

