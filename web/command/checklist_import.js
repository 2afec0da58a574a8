// @ts-check
/** Bring a workbook of items in: looked over first, faults by line, written only when nothing is wrong. */

import { button, fill, h, icon, tag } from "./dom.js";
import { send } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { dayOf } from "./time.js";

const KINDS = /** @type {Record<string, [string, string, string]>} */ ({ new: ["ok", "ok", "新的"], revised: ["main", "type", "改成新的一版"], same: ["", "file", "没有变"] });
const DAY_MS = 86_400_000;

/** @param {any} county @param {{done: () => void}} acts */
export function importPanel(county, { done }) {
  const file = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "file", name: "file", accept: ".xlsx", required: true }));
  const from = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", name: "import-from", value: dayOf(Date.now() + DAY_MS), min: dayOf(), required: true }));
  const said = h("div", { class: "col gap" });
  const look = button("先看一遍", { class: "btn main", icon: "eye", type: "submit" });

  /** @param {boolean} isTrial */
  function ask(isTrial) {
    const form = new FormData();
    form.set("county", county.county);
    form.set("from_", from.value);
    form.set("is_trial", String(isTrial));
    form.set("file", /** @type {File} */ (file.files?.[0]));
    return send("checklist/import", form);
  }
  const write = button("写进去", { class: "btn main", icon: "ok", act: () => void busy(write, "正在写……", async () => { show(await ask(false)); done(); }) });

  /** @param {any} taken */
  function show(taken) {
    const changed = taken.lines.filter((/** @type {any} */ one) => one.kind !== "same");
    const count = (/** @type {string} */ kind) => taken.lines.filter((/** @type {any} */ one) => one.kind === kind).length;
    const sum = `新的 ${count("new")} 项，改的 ${count("revised")} 项，没有变的 ${count("same")} 项。表里没有的事项不动。`;
    if (taken.faults.length)
      return void fill(
        said,
        h("p", { class: "note warn", role: "alert" }, icon("warn"), `有 ${taken.faults.length} 处要改，一行也没有写。改好再选一次文件。`),
        h("table", {}, h("thead", {}, h("tr", {}, ["行", "列", "哪里不对"].map((word) => h("th", {}, word)))), h("tbody", {}, taken.faults.map((/** @type {any} */ one) => h("tr", {}, h("td", { class: "num" }, one.line), h("td", { class: "nowrap" }, one.column), h("td", {}, one.what))))),
      );
    return void fill(
      said,
      taken.is_written ? h("p", { class: "note ok", role: "status" }, icon("ok"), `写好了。${sum}`) : h("p", { class: "note main" }, icon("file"), `看过了，没有错。${sum}`),
      h("ul", { class: "lines" }, changed.map((/** @type {any} */ one) => h("li", {}, h("span", { class: "num t2" }, `第 ${one.line} 行`), h("span", { class: "grow" }, h("b", {}, one.code), ` ${one.text}`, one.changed.length > 0 && h("span", { class: "t2 small block" }, `改了${one.changed.join("、")}`)), tag(...KINDS[one.kind])))),
      !taken.is_written && changed.length > 0 && h("div", { class: "row" }, write),
    );
  }
  const forget = () => fill(said);
  file.addEventListener("change", forget);
  from.addEventListener("change", forget);
  return h(
    "form",
    { class: "col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(look, "正在看……", async () => show(await ask(true))); } } },
    h("p", { class: "t2" }, "先导出一份，在上面改。一行一项；频次写成“每周1次；07-01至08-31 每天2次”。公式不算数，只收写好的字。"),
    labelled("表格", file, ".xlsx"),
    labelled("从哪天起用", from, "默认：明天"),
    h("div", { class: "row" }, look),
    said,
  );
}
