// @ts-check
/** How often an item is asked: rules that add up, each with times, season and alert level; and what is asked besides the result. */

import { button, fill, h } from "./dom.js";
import { labelled } from "./task_form.js";

const OVER = "alert_over";
const SEASON = { pattern: "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", placeholder: "月-日", class: "field md", maxlength: 5 };

/** @param {Record<string, any>} props */
const input = (props) => /** @type {HTMLInputElement} */ (h("input", { class: "field", ...props }));

/** @param {Record<string, string>} words @param {string} value @param {Record<string, any>} [props] @param {string} [none] */
export function choice(words, value, props = {}, none = "") {
  const options = Object.entries(words).map(([code, word]) => h("option", { value: code }, word));
  const field = /** @type {HTMLSelectElement} */ (h("select", { class: "field", ...props }, none && h("option", { value: "" }, none), options));
  field.value = value;
  return field;
}

/** One rule in words, as the server says it. @param {any} rule @param {any} words */
export function sayRule(rule, words) {
  const season = rule.season ? `${rule.season[0]}至${rule.season[1]} ` : "";
  const alert = rule.alert ? `${words.hazard[rule.alert.hazard]}${words.level[rule.alert.from]}起 ` : "";
  const per = rule.per === OVER ? `解除后${rule.hours}小时` : words.per[rule.per];
  return `${season}${alert}${per}${rule.times ?? 1}次`;
}

/** @param {any[]} rules @param {any} words */
export function frequencyForm(rules, words) {
  const list = h("div", { class: "col gap-s" });
  /** @type {{node: HTMLElement, read: () => any}[]} */
  let rows = [];

  /** @param {any} rule */
  function add(rule) {
    const row = ruleRow(rule, words, () => {
      rows = rows.filter((one) => one !== row);
      row.node.remove();
    });
    rows.push(row);
    list.append(row.node);
  }
  rules.forEach(add);
  const more = button("加一条", { class: "btn slim", act: () => add({ per: "month", times: 1 }) });
  return { node: h("div", { class: "col gap-s" }, list, h("div", { class: "row" }, more, h("span", { class: "t2 small" }, "几条加在一起算；一条没有，就只在派单时做"))), read: () => rows.map((row) => row.read()) };
}

/** @param {any} rule @param {any} words @param {() => void} gone */
function ruleRow(rule, words, gone) {
  const per = choice(words.per, rule.per, { "aria-label": "每多久" });
  const times = input({ type: "number", min: 1, max: 24, value: rule.times ?? 1, required: true, "aria-label": "几次" });
  const hours = input({ type: "number", min: 1, max: 240, value: rule.hours ?? 24, "aria-label": "解除后几小时" });
  const from = input({ ...SEASON, value: rule.season?.[0] ?? "", "aria-label": "季节从" });
  const to = input({ ...SEASON, value: rule.season?.[1] ?? "", "aria-label": "季节到" });
  const hazard = choice(words.hazard, rule.alert?.hazard ?? "", { "aria-label": "哪种预警" }, "平时也做");
  const level = choice(words.level, rule.alert?.from ?? "yellow", { "aria-label": "从哪一级起" });
  const said = h("b", { class: "grow" });
  const after = h("span", { class: "row" }, hours, "小时内");

  function read() {
    /** @type {any} */
    const now = { per: per.value, times: Number(times.value) };
    if (per.value === OVER) now.hours = Number(hours.value);
    if (from.value || to.value) now.season = [from.value, to.value];
    if (hazard.value) now.alert = { hazard: hazard.value, from: level.value };
    return now;
  }
  function show() {
    after.hidden = per.value !== OVER;
    level.hidden = !hazard.value;
    fill(said, sayRule(read(), words));
  }
  for (const field of [per, times, hours, from, to, hazard, level]) field.addEventListener("input", show);
  show();
  const node = h(
    "div",
    { class: "rule" },
    h("div", { class: "row" }, said, button("去掉", { class: "btn quiet slim", act: gone })),
    h("div", { class: "row" }, per, after, times, "次"),
    h("div", { class: "row" }, h("span", { class: "t2" }, "只在"), from, "至", to, h("span", { class: "t2" }, "不写就是全年")),
    h("div", { class: "row" }, h("span", { class: "t2" }, "预警"), hazard, level),
  );
  return { node, read };
}

const ANSWERS = { "": "不用再答", number: "一个数字", choice: "选一个", text: "一句话" };

/** @param {any} asked */
export function answerForm(asked) {
  const kind = choice(ANSWERS, asked.type ?? "", { name: "answer" });
  const label = input({ value: asked.label ?? "", maxlength: 20, placeholder: "例如：水位" });
  const unit = input({ value: asked.unit ?? "", maxlength: 10, placeholder: "米" });
  const low = input({ type: "number", step: "any", value: asked.min ?? "" });
  const high = input({ type: "number", step: "any", value: asked.max ?? "" });
  const options = input({ value: (asked.options ?? []).join("、"), placeholder: "好、坏、没有" });
  const more = h("div", { class: "col gap-s" });

  function show() {
    fill(
      more,
      kind.value && labelled("名称", label),
      kind.value === "number" && h("div", { class: "pair" }, labelled("最小", low, "可以不写"), labelled("最大", high, "可以不写")),
      kind.value === "number" && labelled("单位", unit, "可以不写"),
      kind.value === "choice" && labelled("选项", options, "用顿号隔开"),
    );
  }
  kind.addEventListener("input", show);
  show();

  function read() {
    if (!kind.value) return {};
    /** @type {any} */
    const now = { type: kind.value, label: label.value.trim() };
    if (kind.value === "choice") now.options = options.value.split("、").map((one) => one.trim()).filter(Boolean);
    if (kind.value === "number") {
      if (unit.value.trim()) now.unit = unit.value.trim();
      if (low.value !== "") now.min = Number(low.value);
      if (high.value !== "") now.max = Number(high.value);
    }
    return now;
  }
  return { node: h("div", { class: "col gap-s" }, kind, more), read };
}
