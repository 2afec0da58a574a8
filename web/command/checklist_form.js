// @ts-check
/** Write an item or its next version: every field with what it is if nobody says otherwise, every fault at its field. */

import { button, fill, h, icon } from "./dom.js";
import { answerForm, choice, frequencyForm } from "./frequency_form.js";
import { Problem, post } from "./http.js";
import { busy } from "./pane.js";
import { dayOf } from "./time.js";

const DAY_MS = 86_400_000;

/** @param {Record<string, any>} props */
const input = (props) => /** @type {HTMLInputElement} */ (h("input", { class: "field", ...props }));

/**
 * @param {any} county the list with words, lines, offices and defaults
 * @param {any|null} before the version to revise, or null for a new item
 * @param {{done: (made: any) => void, cancel: () => void}} acts
 */
export function itemForm(county, before, { done, cancel }) {
  const words = county.words;
  const now = before?.fields ?? county.defaults;
  /** @type {Map<string, HTMLElement>} */
  const faults = new Map();

  /** @param {string} name @param {string} word @param {HTMLElement} field @param {string} [hint] */
  function one(name, word, field, hint = "") {
    const fault = h("span", { class: "is-wrong small", role: "alert" });
    faults.set(name, fault);
    const isGroup = field.tagName === "DIV";
    return h(isGroup ? "div" : "label", { class: "labelled", data: { field: name } }, h("span", { class: "b" }, word, hint && h("span", { class: "t2 plain-weight" }, ` ${hint}`)), field, fault);
  }

  const code = input({ name: "code", value: before?.code ?? "", maxlength: 20, pattern: "[A-Z0-9][A-Z0-9\\-]{1,19}", placeholder: "FN-01", required: true, disabled: Boolean(before) });
  const from = input({ type: "date", name: "from", value: dayOf(Date.now() + (before ? DAY_MS : 0)), min: dayOf(), required: true });
  const line = input({ name: "line", value: now.line, maxlength: 40, list: "known-lines", required: true, autocomplete: "off" });
  const office = input({ name: "office_name", value: now.office_name, maxlength: 40, list: "known-offices", autocomplete: "off" });
  const text = input({ name: "text", value: now.text, maxlength: 120, required: true, placeholder: "问一件事，一眼能答" });
  const kind = choice(words.object_kind, now.object_kind, { name: "object_kind" });
  const kinds = h("div", { class: "kinds" });
  const risks = h("div", { class: "kinds" }, boxes("risks", words.risks, now.risks));
  const kindsField = one("place_kinds", "哪几类", kinds, "默认：全部");
  const risksField = one("risks", "哪级风险", risks, "默认：全部");
  const often = frequencyForm(now.frequency, words);
  const evidence = choice(words.evidence_policy, now.evidence_policy, { name: "evidence_policy" });
  const why = input({ name: "necessity_ground", value: now.necessity_ground, maxlength: 200, placeholder: "写给网格员看，也公布" });
  const whyField = one("necessity_ground", "为什么非要凭据不可", why);
  const answer = answerForm(now.answer_type);
  const minutes = input({ type: "number", name: "minutes", min: 1, max: 480, value: now.minutes, required: true });
  const legal = input({ name: "legal_ground", value: now.legal_ground, maxlength: 200 });
  const sight = choice(words.sight, now.sight, { name: "sight" });

  const showKinds = (/** @type {string[]} */ chosen) => {
    const known = words.place_kinds[kind.value] ?? {};
    kindsField.hidden = !Object.keys(known).length;
    risksField.hidden = kind.value !== "key_place";
    fill(kinds, boxes("place_kinds", known, chosen));
  };
  kind.addEventListener("input", () => showKinds([]));
  showKinds(now.place_kinds);
  const showWhy = () => void (whyField.hidden = evidence.value === "none");
  evidence.addEventListener("input", showWhy);
  showWhy();

  const read = () => ({
    line: line.value.trim(),
    office_name: office.value.trim(),
    text: text.value.trim(),
    object_kind: kind.value,
    place_kinds: chosenIn(kinds),
    risks: kind.value === "key_place" ? chosenIn(risks) : [],
    frequency: often.read(),
    sight: sight.value,
    evidence_policy: evidence.value,
    necessity_ground: evidence.value === "none" ? "" : why.value.trim(),
    answer_type: answer.read(),
    minutes: Number(minutes.value),
    legal_ground: legal.value.trim(),
  });

  const save = button(before ? `存成第 ${before.version + 1} 版` : "存下", { class: "btn main", icon: "ok", type: "submit" });
  const send = () =>
    busy(save, "正在存……", async () => {
      for (const fault of faults.values()) fill(fault);
      try {
        const body = { from: from.value, fields: read() };
        done(before ? await post(`checklist/${before.entry}/revise`, body) : await post("checklist", { ...body, county: county.county, code: code.value.trim() }));
      } catch (error) {
        if (error instanceof Problem) for (const { where, what } of error.fields) fill(faults.get(where.split(".").at(-1) ?? "") ?? h("i"), what);
        throw error;
      }
    });

  return h(
    "form",
    { class: "col gap item-form", on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); void send(); } } },
    h("datalist", { id: "known-lines" }, county.lines.map((/** @type {string} */ name) => h("option", { value: name }))),
    h("datalist", { id: "known-offices" }, county.offices.map((/** @type {string} */ name) => h("option", { value: name }))),
    one("text", "看什么", text),
    h("div", { class: "pair" }, one("code", "编码", code, before ? "不能改" : "大写字母、数字、短横"), one("from", before ? "新的一版从哪天起" : "从哪天起", from, before ? "默认：明天" : "默认：今天")),
    h("div", { class: "pair" }, one("line", "条线", line), one("office_name", "牵头单位", office)),
    one("object_kind", "对象", kind, "默认：网格"),
    kindsField,
    risksField,
    one("frequency", "多久一次", often.node, "默认：派单时才做"),
    one("evidence_policy", "凭据", evidence, "默认：不要凭据"),
    whyField,
    one("answer_type", "除了“没问题、有问题”，还要答什么", answer.node, "默认：不用再答"),
    h("div", { class: "pair" }, one("minutes", "大约几分钟", minutes, `默认：${county.defaults.minutes}`), one("sight", "谁看得到", sight, "默认：一般")),
    h("p", { class: "t2 small" }, "“限定”的只给被派到的人和牵头单位看，不上地图、不进导出、不公布内容。"),
    one("legal_ground", "依据", legal, "哪份文件，哪一条"),
    before && h("p", { class: "note main" }, icon("file"), "准入跟着走。那天起还没办的，收回来按新的一版再派；办过的留在旧版上。"),
    h("div", { class: "row wrap" }, save, button("不改了", { act: cancel })),
  );
}

/** @param {string} name @param {Record<string, string>} words @param {string[]} chosen */
const boxes = (name, words, chosen) =>
  Object.entries(words).map(([value, word]) => h("label", {}, h("input", { type: "checkbox", name, value, checked: chosen.includes(value) }), word));

/** @param {HTMLElement} holder */
const chosenIn = (holder) => [...holder.querySelectorAll("input:checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
