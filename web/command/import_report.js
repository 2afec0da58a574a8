// @ts-check
/** The health report as a table, the question of the datum beside it, and which column is which. */

import { button, h, icon } from "./dom.js";
import { lamp } from "./plan_metrics.js";

const LEVELS = /** @type {Record<string, ["g"|"y"|"r", string]>} */ ({
  error: ["r", "不能用"],
  warning: ["y", "要看看"],
  note: ["g", "说明"],
  ok: ["g", "没问题"],
});
const SHOWN_GOOD = 4;
const ASKED_APART = ["DatumShiftSuspected"];

/** @param {any} finding */
const isOpen = (finding) => finding.level === "error" && !finding.answer;

/** What the button 全部照建议 would answer: the first choice of everything open but the datum. @param {any} row */
export function proposals(row) {
  const open = row.findings.filter(
    (/** @type {any} */ one) => isOpen(one) && one.choices.length && !["DatumShiftSuspected", "MissingCRS", "CRSMismatch"].includes(one.code),
  );
  return Object.fromEntries(open.map((/** @type {any} */ one) => [one.key, one.choices[0].value]));
}

/**
 * @param {any} row
 * @param {{answer: (answers: Record<string, string>) => void, point: (mark: number) => void, isClosed: boolean}} acts
 */
export function findingsTable(row, acts) {
  const bad = row.findings.filter((/** @type {any} */ one) => one.level !== "ok");
  const good = row.findings.filter((/** @type {any} */ one) => one.level === "ok");
  const body = h("tbody", {}, [...bad, ...good.slice(0, SHOWN_GOOD)].map((one) => line(one, acts)));
  const rest = good.slice(SHOWN_GOOD);
  const foot = h("div", { class: "table-foot t2 small" });
  if (rest.length) {
    const more = h("button", { type: "button", class: "link", on: { click: () => { body.append(...rest.map((/** @type {any} */ one) => line(one, acts))); foot.remove(); } } }, "展开");
    foot.append(`还有 ${rest.length} 项没问题 `, more);
  }
  const head = ["结果", "图上", "问题和位置", "建议", ""].map((word) => h("th", {}, word || h("span", { class: "vh" }, "怎么办")));
  return h("div", { class: "table-scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head)), body), rest.length ? foot : null);
}

/** @param {any} one @param {any} acts */
function line(one, acts) {
  const [kind, word] = LEVELS[one.level];
  const chosen = one.choices.find((/** @type {any} */ choice) => choice.value === one.answer);
  const press = one.mark ? () => acts.point(one.mark) : undefined;
  return h(
    "tr",
    { data: { key: one.key, mark: one.mark ?? "" }, on: press ? { click: press } : {} },
    h("td", {}, lamp(chosen && kind === "r" ? "g" : kind, chosen && kind === "r" ? "选好了" : word)),
    h("td", { class: "n b" }, one.mark ?? ""),
    h("td", { class: "what" }, h("b", {}, one.title), one.where && h("div", { class: "t2 small" }, one.where)),
    h("td", { class: "advice" }, chosen ? [icon("ok"), ` ${chosen.label}`] : one.advice),
    h("td", { class: "acts" }, acts.isClosed ? null : actions(one, acts)),
  );
}

/** @param {any} one @param {any} acts */
function actions(one, acts) {
  if (ASKED_APART.includes(one.code)) return h("div", { class: "act" }, h("a", { href: "#datum", on: { click: toDatum } }, one.answer ? "改选" : "去选"));
  if (!one.choices.length) return null;
  const send = (/** @type {string} */ value) => acts.answer({ [one.key]: value });
  if (one.answer) return h("div", { class: "act" }, button("改选", { class: "btn quiet", act: stop(() => send("")) }));
  const [first, ...others] = one.choices;
  const word = one.choices.length > 1 ? `照建议` : first.label;
  const main = button(word, { title: first.label, act: stop(() => send(first.value)) });
  if (!others.length) return h("div", { class: "act" }, main);
  const pick = h(
    "select",
    { class: "field", "aria-label": `${one.title}：选哪一个`, on: { click: (/** @type {Event} */ event) => event.stopPropagation(), change: (/** @type {any} */ event) => send(event.target.value) } },
    h("option", { value: "" }, "另选……"),
    one.choices.map((/** @type {any} */ choice) => h("option", { value: choice.value }, choice.label)),
  );
  return h("div", { class: "act" }, main, pick);
}

/** @param {() => void} act */
const stop = (act) => (/** @type {Event} */ event) => {
  event.stopPropagation();
  act();
};

/** @param {Event} event */
function toDatum(event) {
  event.preventDefault();
  event.stopPropagation();
  const first = document.querySelector("#datum button");
  if (first instanceof HTMLElement) first.focus();
  document.getElementById("datum")?.scrollIntoView({ block: "center" });
}

/** The question nobody may answer but a person. @param {any} row @param {any} acts */
export function datumPanel(row, acts) {
  const one = row.findings.find((/** @type {any} */ finding) => finding.code === "DatumShiftSuspected");
  if (!one) return null;
  const { distance_m: distance, mistake } = one.figures;
  const datum = mistake === "bd09_as_wgs84" ? "BD-09" : "GCJ-02";
  const against = /** @type {Record<string, string>} */ ({ county: "县界", township: "镇界", villages: "村界", houses: "房屋" })[one.figures.against] ?? "别的图层";
  const said = h("span", {}, "文件写的是 ", h("b", {}, "WGS-84"), "，但看起来是 ", h("b", {}, datum), `：和${against}差 `, h("b", {}, `${distance} 米`), "，方向一致。");
  const buttons = one.choices.map((/** @type {any} */ choice, /** @type {number} */ i) =>
    button(choice.label, {
      class: one.answer ? (one.answer === choice.value ? "btn main" : "btn") : i ? "btn" : "btn main",
      "aria-pressed": one.answer === choice.value,
      disabled: acts.isClosed,
      act: () => acts.answer({ [one.key]: choice.value }),
    }),
  );
  return h(
    "section",
    { class: "panel import-datum", id: "datum" },
    h("header", {}, h("h2", {}, "坐标是哪一种？")),
    h("div", { class: "in" }, h("div", { class: "note warn" }, icon("warn"), said), h("div", { class: "row" }, buttons), h("p", { class: "small t2" }, one.answer ? "选好了，还可以改。换算来回误差不到 1 毫米。" : "不选就不能入库。换算来回误差不到 1 毫米。")),
  );
}

/** Which column is which, with the first rows. @param {any} row @param {{put: (choices: any) => void, isClosed: boolean}} acts */
export function fieldsPanel(row, acts) {
  const layer = row.layers.find((/** @type {any} */ one) => one.name === row.layer) ?? row.layers[0];
  const option = (/** @type {string} */ value, /** @type {string} */ word, /** @type {boolean} */ selected) => h("option", { value, selected }, word);
  const pick = (/** @type {any} */ wanted) =>
    h(
      "label",
      { class: "map-field" },
      h("b", {}, wanted.label),
      h(
        "select",
        { class: "field", name: wanted.name, disabled: acts.isClosed, on: { change: (/** @type {any} */ event) => acts.put({ fields: { [wanted.name]: event.target.value } }) } },
        option("", `没有（${wanted.otherwise}）`, !wanted.chosen),
        layer.fields.map((/** @type {any} */ field) => option(field.name, field.name, field.name === wanted.chosen)),
      ),
      h("span", { class: "t2 small" }, wanted.chosen ? layer.fields.find((/** @type {any} */ field) => field.name === wanted.chosen)?.samples.slice(0, 3).join("、") : wanted.otherwise),
    );
  const made = h("label", { class: "check" }, h("input", { type: "checkbox", checked: row.synthetic, disabled: acts.isClosed, on: { change: (/** @type {any} */ event) => acts.put({ synthetic: event.target.checked }) } }), "边界是演示用的，地图上写明“合成示意”");
  const layers = row.layers.length > 1 && h("label", { class: "map-field" }, h("b", {}, "图层"), h("select", { class: "field", disabled: acts.isClosed, on: { change: (/** @type {any} */ event) => acts.put({ layer: event.target.value }) } }, row.layers.map((/** @type {any} */ one) => option(one.name, `${one.name}（${one.count} 行）`, one.name === row.layer))));
  const names = layer.fields.map((/** @type {any} */ field) => field.name);
  const table = h("table", {}, h("thead", {}, h("tr", {}, names.map((/** @type {string} */ name) => h("th", {}, name)))), h("tbody", {}, row.preview.map((/** @type {any} */ values) => h("tr", {}, names.map((/** @type {string} */ name) => h("td", {}, values[name] ?? ""))))));
  return h("div", { class: "import-fields grow" }, layers, row.fields.map(pick), ["village", "department"].includes(row.kind) && made, names.length ? [h("h3", {}, "前几行"), h("div", { class: "preview" }, table)] : null);
}
