// @ts-check
/** Every limit with its number, its unit, between what it may lie and for what a new number counts; saved as a version of its own. */

import { button, fill, h, icon } from "./dom.js";
import { Problem, post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { dayOf } from "./time.js";

const DAY_MS = 86_400_000;

/** @param {any} limits @param {string} path @returns {any} */
export function valueAt(limits, path) {
  return path.split(".").reduce((found, key) => found?.[key], limits);
}

/** @param {any} limits @param {string} path @param {any} value */
function put(limits, path, value) {
  const [first, second] = path.split(".");
  if (second) limits[first] = { ...limits[first], [second]: value };
  else limits[first] = value;
}

/**
 * @param {HTMLElement} holder @param {HTMLElement} foot @param {any} told @param {any} version
 * @param {{mayChange: boolean, saved: (answer: any) => void, back: () => void}} acts
 */
export function limitsForm(holder, foot, told, version, { mayChange, saved, back }) {
  /** @type {Map<string, {row: HTMLElement, inputs: HTMLInputElement[], said: HTMLElement}>} */
  const lines = new Map();
  const groups = [...new Set(told.words.map((/** @type {any} */ one) => one.group))];
  fill(holder, groups.map((group) => section(told.words.filter((/** @type {any} */ one) => one.group === group))));
  holder.scrollTop = 0;

  /** @param {any[]} words */
  function section(words) {
    const out = [];
    let counts = "";
    for (const one of words) {
      if (one.counts_for !== counts) out.push(h("p", { class: "limit-when t2 small" }, icon("wait"), ` 改了算在：${(counts = one.counts_for)}`));
      out.push(line(one));
    }
    return h("section", { class: "limit-group" }, h("h3", {}, words[0].group_name), out);
  }

  /** @param {any} one */
  function line(one) {
    const values = [valueAt(version.limits, one.path)].flat();
    const isWhole = [valueAt(told.defaults, one.path)].flat().every(Number.isInteger) && one.low >= 1;
    const inputs = values.map((value, index) =>
      /** @type {HTMLInputElement} */ (
        h("input", {
          class: "field num", type: "number", value: String(value), min: one.low, max: one.high,
          step: one.path.startsWith("retention.") || one.path.startsWith("ladder.") || one.path === "coverage.blind_days" ? 1 : "any", required: true, disabled: !mayChange, name: one.path,
          inputmode: isWhole ? "numeric" : "decimal", "aria-label": values.length > 1 ? `${one.name}，第 ${index + 1} 个` : one.name,
          on: { input: changed },
        })
      ),
    );
    const said = h("div", { class: "is-refused small", role: "status" });
    const row = h(
      "div",
      { class: values.length > 1 ? "limit many" : "limit", data: { path: one.path } },
      h("div", {}, h("b", {}, one.name), one.about && h("div", { class: "t2 small" }, one.about)),
      h("div", { class: "row" }, inputs, h("span", { class: "t2 nowrap" }, one.unit)),
      h("div", { class: "t3 small num" }, `${one.low} 到 ${one.high}，默认 ${[valueAt(told.defaults, one.path)].flat().join("、")}`),
      said,
    );
    lines.set(one.path, { row, inputs, said });
    return row;
  }

  /** What is written now, as the server takes it; numbers outside their span are said at their line. */
  function written() {
    const limits = structuredClone(version.limits);
    const changes = [];
    let isFine = true;
    for (const one of told.words) {
      const { row, inputs, said } = /** @type {any} */ (lines.get(one.path));
      const numbers = inputs.map((/** @type {HTMLInputElement} */ input) => input.valueAsNumber);
      const before = valueAt(version.limits, one.path);
      const value = Array.isArray(before) ? numbers : numbers[0];
      const fits = inputs.every((/** @type {HTMLInputElement} */ input) => input.checkValidity());
      const differs = String(value) !== String(before);
      row.classList.toggle("is-changed", differs && fits);
      row.classList.toggle("is-wrong", !fits);
      fill(said, fits ? "" : `要在 ${one.low} 到 ${one.high} 之间${inputs[0].step === "1" ? "，整数" : ""}`);
      isFine &&= fits;
      if (differs) changes.push({ ...one, before, value });
      put(limits, one.path, value);
    }
    return { limits, changes, isFine };
  }

  const today = dayOf();
  const from = /** @type {HTMLInputElement} */ (
    h("input", { class: "field", type: "date", name: "from", min: dayOf(Date.now() + DAY_MS), "aria-label": "从哪天起" })
  );
  const sure = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", name: "sure", on: { change: changed } }));
  const warning = h("label", { class: "note warn", hidden: true }, sure, h("span"));
  const count = h("span", { class: "t2", role: "status" });
  const save = button(`存成第 ${told.newest + 1} 版`, { class: "btn main", icon: "ok", act: () => void busy(save, "正在存……", send) });
  const undo = button("都不改了", { icon: "undo", act: back });
  if (mayChange) {
    const waits = told.newest > told.version && h("p", { class: "note main" }, icon("wait"), `第 ${told.newest} 版还没起效；再写的一版要在它之后起效。`);
    fill(foot, h("div", { class: "limits-save" }, waits, warning, h("div", { class: "row" }, labelled("从哪天起", from, "空着就马上起效"), h("span", { class: "grow" }), count, undo, save)));
  } else {
    const why = told.may_change ? `第 ${version.version} 版只能看。` : "只有县管理员能改。";
    fill(foot, h("div", { class: "row" }, h("span", { class: "t2 grow" }, why), version.version !== told.newest && button("回到最新的一版", { icon: "undo", act: back })));
  }
  from.addEventListener("change", changed);
  changed();

  function changed() {
    if (!mayChange) return;
    const { changes, isFine } = written();
    const shorter = changes.filter((one) => one.group === "retention" && one.value < one.before);
    const starts = from.value && from.value > today ? `${from.value} 夜里` : "今天夜里";
    fill(/** @type {Element} */ (warning.lastChild), shorter.map((one) => `${one.name}从 ${one.before} 天改成 ${one.value} 天；`), `${starts}就按新的删，删了找不回来（保全的除外）。我知道。`);
    warning.hidden = !shorter.length;
    if (!shorter.length) sure.checked = false;
    const blocked = !isFine ? "有数不在范围里" : !changes.length ? "还没有改" : shorter.length && !sure.checked ? "先确认会删什么" : "";
    fill(count, blocked || `改了 ${changes.length} 项`);
    save.disabled = Boolean(blocked);
    undo.disabled = isFine && !changes.length;
  }

  async function send() {
    const { limits } = written();
    try {
      saved(await post("rules", { county: told.county, version: told.newest, limits, from: from.value || null }));
    } catch (error) {
      const fields = error instanceof Problem ? error.fields : [];
      for (const { where, what } of fields) {
        const found = lines.get(where);
        if (!found) continue;
        found.row.classList.add("is-wrong");
        fill(found.said, what);
        found.row.scrollIntoView({ block: "center" });
      }
      throw error;
    }
  }
}
