// @ts-check
/** What stands behind the figure of a grid, as lists: visits, pieces of track, questions, days, answers, reports. */

import { h, icon, tag } from "./dom.js";
import { dayWords, length, percent, squares } from "./coverage_words.js";
import { photosOf } from "./photos.js";
import { kindOf } from "./report_sheet.js";
import { clock, dayOf, lasting, when } from "./time.js";

const RESULTS = /** @type {Record<string, [string, string, string]>} */ ({
  ok: ["ok", "ok", "没问题"],
  problem: ["warn", "warn", "有问题"],
  no_entry: ["", "door", "进不去"],
});
const STATES = /** @type {Record<string, string>} */ ({
  open: "等本人回答或镇里看",
  answered: "本人已回答",
  counts: "说得通，照算",
  does_not_count: "说得通，但位置不算",
  ask_more: "还想再了解",
});
const LEFT_OUT = /** @type {Record<string, string>} */ ({
  low_accuracy: "误差太大",
  unusable: "读不出来",
  mock: "手机说是模拟位置",
  jump: "跳得太远",
  clock: "时间不对",
});

/** @param {string} id @param {string} title @param {any[]} rows @param {(row: any) => Node} draw @param {string} none */
function section(id, title, rows, draw, none) {
  return h(
    "section",
    { id: `why-${id}` },
    h("h3", { class: "item" }, `${title} ${rows.length}`),
    rows.length ? h("ul", { class: "lines" }, rows.map(draw)) : h("p", { class: "t2" }, none),
  );
}

/** @param {string} from @param {string} to */
const span = (from, to) => `${dayWords(dayOf(from))} ${clock(from)}–${clock(to)}`;

/** @param {any} found @param {(visit: any) => void} ask */
export const visits = (found, ask) =>
  section(
    "visits",
    "到访",
    found.visits,
    (one) =>
      h(
        "li",
        {},
        h("span", { class: "glyph ok" }, icon("walk")),
        h(
          "span",
          { class: "grow" },
          h("b", { class: "num" }, span(one.from, one.to)),
          h("span", { class: "t2 small block" }, `停留 ${lasting(one.duration_s)}，${one.fixes} 个定位点`),
        ),
        one.is_late && tag("", "wait", "晚到的"),
        h(
          "button",
          { type: "button", class: "link noprint", on: { click: () => ask(one) } },
          icon("eye"),
          "看路线（写理由）",
        ),
      ),
    "没有一段路线经过这里。手机没开巡查、没同意记路线、还没传上来，都会这样。",
  );

/** @param {any} found */
export const legs = (found) =>
  section(
    "legs",
    "路段",
    found.legs,
    (one) =>
      h(
        "li",
        {},
        h(
          "span",
          { class: "grow" },
          h("b", { class: "num" }, span(one.from, one.to)),
          h("span", { class: "t2 small block" }, one.counted ? length(one.length_m) : `${length(one.length_m)}，没算：${one.why}`),
        ),
        one.is_late && tag("", "wait", "晚到的"),
        one.counted ? tag("ok", "ok", "算了") : tag("", "gap", "没算"),
      ),
    "这几天没有路段。",
  );

/** @param {any} found */
export const questions = (found) =>
  section(
    "questions",
    "标记",
    found.flags,
    (one) =>
      h(
        "li",
        {},
        h("span", { class: "glyph" }, icon("hand")),
        h("span", { class: "grow" }, one.text),
        h("span", { class: "t2 small" }, STATES[one.state] ?? one.state),
      ),
    "没有要问的。",
  );

/** Fixes that are kept and are no evidence. @param {any} found */
export function uncounted(found) {
  const rows = Object.entries(found.uncounted).filter(([, count]) => count);
  if (!rows.length) return null;
  return h(
    "p",
    { class: "t2 small" },
    "没算进去的定位点：",
    rows.map(([name, count]) => `${LEFT_OUT[name] ?? name} ${count} 个`).join("，"),
    "。本人在手机上也看得到。",
  );
}

/** @param {any} found */
export function days(found) {
  const rows = found.days.toReversed();
  return h(
    "section",
    { id: "why-days" },
    h("h3", { class: "item" }, "每天"),
    h(
      "table",
      { class: "slim-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["哪天", "走到", "平方米", "什么时候算的"].map((word, i) => h("th", { scope: "col", class: i % 3 ? "n" : "" }, word)),
        ),
      ),
      h("tbody", {}, rows.map(day)),
    ),
  );
}

/** @param {any} one */
const day = (one) =>
  h(
    "tr",
    {},
    h("td", {}, dayWords(one.day)),
    h("td", { class: "n" }, one.computed_at ? percent(one.share) : "没人到"),
    h("td", { class: "n t2" }, squares(one.seen_m2)),
    h("td", { class: "t2 small" }, [
      one.computed_at ? `${when(one.computed_at)}，规则第 ${one.rule_version} 版` : "—",
      one.stale ? "，有新到的，正在算" : "",
      one.sealed ? "，已封存：路线删了，数留着" : "",
    ]),
  );

/** @param {any} found */
export const answers = (found) =>
  section(
    "answers",
    "清单答复",
    found.answers,
    (one) => {
      const [kind, name, word] = RESULTS[one.result] ?? ["", "dots", one.result];
      const more = [when(one.answered_at), one.task, one.note].filter(Boolean).join(" · ");
      return h(
        "li",
        {},
        h("div", { class: "grow" }, one.text, h("span", { class: "t2 small block" }, more), one.photos_expected > 0 && photosOf(one)),
        tag(kind, name, one.result_name || word),
      );
    },
    "没有答复。",
  );

/** @param {any} found */
export const reports = (found) =>
  section(
    "reports",
    "上报",
    found.reports,
    (one) =>
      h(
        "li",
        {},
        h("span", { class: "glyph" }, icon("flag")),
        h(
          "div",
          { class: "grow" },
          h("b", {}, kindOf(one)),
          h("span", { class: "t2 small block" }, one.text),
          one.photos_expected > 0 && photosOf(one),
        ),
        h("span", { class: "t2 small nowrap" }, when(one.occurred_at)),
      ),
    "没有上报。",
  );
