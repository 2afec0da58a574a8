// @ts-check
/** An admission in a line, an application as a form, a withdrawal with its reason. */

import { button, fill, h, icon, tag } from "./dom.js";
import { get, post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { dayOf, when } from "./time.js";

const STANDING = /** @type {Record<string, [string, string, string]>} */ ({
  applied: ["main", "wait", "等着定"],
  rejected: ["", "x", "没有准入"],
  in_force: ["ok", "ok", "在用"],
  coming: ["main", "wait", "还没起用"],
  ended: ["", "stop", "已经结束"],
});

/** @param {any} one */
export const standingTag = (one) => tag(...STANDING[one.standing]);

/** @param {any} one */
export const lasts = (one) => (one.from ? `${one.from} 起，${one.to ? `到 ${one.to}` : "长期"}` : "没有起用过");

/** Minutes a day of the busiest person before and after, beside the county's cap. @param {any} load */
export function loadFigures(load) {
  if (!load || load.after === undefined) return null;
  const isOver = load.after > load.cap;
  const figure = (/** @type {string} */ word, /** @type {number} */ value, kind = "") => h("div", { class: `card flat ${kind}` }, h("div", { class: "t2 small" }, word), h("div", { class: "figure num" }, Math.round(value)));
  return h(
    "div",
    { class: "col gap-s" },
    h("h3", {}, "每人每天的用时（最忙的一位，分钟）"),
    h("div", { class: "load" }, figure("准入前", load.before), figure("准入后", load.after), figure("县里的上限", load.cap)),
    isOver && h("p", { class: "note warn" }, icon("warn"), `准入后${load.over ? `有 ${load.over} 人` : "有人"}一天的用时超过上限。确实要准入，请写明理由。`),
  );
}

/** @param {any} one @param {{changed: () => void}} acts */
export function admissionLine(one, { changed }) {
  const holder = h("div");
  const isOn = one.state === "admitted" && one.standing !== "ended" && !one.withdrawn_at;
  const pull = button("退出", { class: "btn quiet slim", "aria-label": `${one.unit_name}的准入退出`, act: () => fill(holder, withdrawForm(one, { done: changed, cancel: () => fill(holder) })) });
  return h(
    "li",
    { class: "top", data: { admission: one.admission } },
    h(
      "div",
      { class: "grow col gap-xs" },
      h("div", { class: "row wrap" }, h("b", {}, `${one.unit_name} ${one.item}`), standingTag(one), one.is_temporary && tag("warn", "wait", "临时")),
      h("div", {}, lasts(one), "。", one.ground),
      h("div", { class: "t2 small" }, [one.applied_by && `${one.applied_by} ${when(one.applied_at)} 申请`, one.decided_by && `${one.decided_by} ${when(one.decided_at)} 定${one.decision_note ? `：${one.decision_note}` : ""}`].filter(Boolean).join("；")),
      one.withdrawal_ground && h("div", { class: "t2 small" }, `${one.withdrawn_by}让它退出：${one.withdrawal_ground}`),
      holder,
    ),
    isOn && pull,
  );
}

/** @param {any} one @param {{done: () => void, cancel: () => void}} acts */
export function withdrawForm(one, { done, cancel }) {
  const from = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", value: dayOf(Date.now() + 86_400_000), min: dayOf(), required: true }));
  const ground = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "withdrawal-ground", maxlength: 180, minlength: 2, required: true, placeholder: "写给网格员看" }));
  const yes = button("退出", { class: "btn danger", type: "submit" });
  const send = () => busy(yes, "正在退……", async () => { await post(`admissions/${one.admission}/withdraw`, { from: from.value, ground: ground.value.trim() }); done(); });
  return h("form", { class: "card col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } }, labelled("从哪天起退出", from), labelled("为什么", ground), h("p", { class: "t2 small" }, "那天起还没办的收回，办过的都留着。"), h("div", { class: "row" }, yes, button("不退", { act: cancel })));
}

/** @param {number} entry @param {any} county @param {{done: () => void, cancel: () => void}} acts */
export function applyForm(entry, county, { done, cancel }) {
  const unit = h("select", { class: "field", name: "unit" }, h("option", { value: county.county }, `${county.county_name}（全县）`));
  void get("units", { level: "township" }).then((rows) => unit.append(...rows.map((/** @type {any} */ one) => h("option", { value: one.code }, one.name))), () => undefined);
  const from = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", value: dayOf(), min: dayOf(), required: true }));
  const to = /** @type {HTMLInputElement} */ (h("input", { class: "field", type: "date", name: "apply-to", min: dayOf() }));
  const temporary = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", name: "temporary" }));
  const ground = /** @type {HTMLInputElement} */ (h("input", { class: "field", name: "apply-ground", maxlength: 200, minlength: 2, required: true, placeholder: "为什么要网格员来做" }));
  const yes = button("申请准入", { class: "btn main", icon: "ok", type: "submit" });
  temporary.addEventListener("change", () => (to.required = temporary.checked));
  const send = () =>
    busy(yes, "正在申请……", async () => {
      await post("admissions", { entry, unit: /** @type {any} */ (unit).value, ground: ground.value.trim(), from: from.value, to: to.value || null, is_temporary: temporary.checked });
      done();
    });
  return h(
    "form",
    { class: "card col gap", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } },
    labelled("用在哪里", unit),
    labelled("缘由", ground),
    h("div", { class: "pair" }, labelled("从哪天", from), labelled("到哪天", to, "不写就是长期")),
    h("label", { class: "check" }, temporary, "临时的事项，一定要写到哪天"),
    h("div", { class: "row" }, yes, button("不申请了", { act: cancel })),
  );
}
