// @ts-check
/** One question: the evidence below the map; on the right the person's own words and what somebody decides. */

import { button, fill, h, icon, tag } from "./dom.js";
import { percent } from "./coverage_words.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";
import { date, when } from "./time.js";

const OPTIONS = /** @type {Array<[string, string, string]>} */ ([
  ["counts", "说得通，照算", "按手机报的位置算，原始记录不动"],
  ["does_not_count", "说得通，但位置不算", "路线不算走到，扫码和清单结果还算"],
  ["ask_more", "还想再了解", "当面聊或打电话，不用系统催"],
]);

/** @param {any} flag */
export function evidence(flag) {
  const happened = flag.happened_at ? `${flag.about}，${when(flag.happened_at)}` : flag.about;
  const rows = [["问的是", happened], ...flag.facts.map((/** @type {any} */ fact) => [fact.label, fact.text])];
  return [
    h("h3", { class: "item" }, "证据"),
    h(
      "table",
      { class: "facts" },
      h("tbody", {}, rows.map(([label, text]) => fact(label, text)), flag.effect && effect(flag)),
    ),
  ];
}

/** @param {string} label @param {...any} said */
const fact = (label, ...said) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, said));

/** What the figures would be: the share if the walk counts, and if it does not. @param {any} flag */
function effect({ effect: { days, note }, decision }) {
  const isOut = decision === "does_not_count";
  const lines = days.map((/** @type {any} */ row) => {
    const [now, then] = isOut ? [row.not_counted, row.counted] : [row.counted, row.not_counted];
    const grid = h("a", { href: `/audit/#grid=${row.grid}` }, row.grid_name);
    const day = date(`${row.day}T12:00:00+08:00`).split(" ")[0];
    return h("div", {}, grid, ` ${day}：走到 ${percent(now)}，${isOut ? "算的话" : "不算的话"} ${percent(then)}`);
  });
  return fact("影响", lines, h("div", { class: "t2 small" }, note, note && "。", "原始记录怎样都留着。"));
}

/** The person's own words first, and in their own words. @param {any} flag */
export function answerPanel(flag) {
  const newest = flag.answers.at(-1);
  const waits = flag.is_asked
    ? [h("b", {}, "还没有回答"), h("p", { class: "t2" }, "可以答，也可以不答。不答不算错。")]
    : [h("b", {}, "这一条不问本人"), h("p", { class: "t2" }, "是内容或网络的事，由这里看一眼。")];
  return h(
    "section",
    { class: "panel", "aria-labelledby": "answer-title" },
    h(
      "header",
      {},
      icon("msg"),
      h("h2", { class: "grow clip", id: "answer-title" }, `${flag.person.name}的回答`),
      newest && h("span", { class: "t2 small plain-weight nowrap" }, when(newest.at)),
    ),
    h(
      "div",
      { class: "in col gap-s scroll answer" },
      flag.question && h("p", { class: "t2 small" }, `问的是：${flag.question}${flag.shown_at ? `。${when(flag.shown_at)} 到了手机上` : ""}`),
      newest ? h("blockquote", { class: "said-text item plain-weight" }, `“${newest.text}”`) : waits,
      flag.answers
        .slice(0, -1)
        .reverse()
        .map((/** @type {any} */ one) => h("p", { class: "t2 small" }, `${when(one.at)} 说过：“${one.text}”`)),
    ),
  );
}

/**
 * @param {any} flag
 * @param {{decide: (decision: string, note: string) => Promise<void>}} acts
 */
export function decisionPanel(flag, { decide }) {
  const body = h("form", { class: "in col gap scroll", on: { submit: (/** @type {Event} */ event) => event.preventDefault() } });
  const past = flag.decisions.toReversed().map((/** @type {any} */ one) =>
    h(
      "li",
      {},
      h("div", { class: "row between" }, h("b", {}, one.word), h("span", { class: "t2 small nowrap" }, when(one.at))),
      h("p", { class: "said-text" }, one.note),
      h("p", { class: "t2 small" }, one.by),
    ),
  );
  fill(
    body,
    past.length ? h("ol", { class: "decided", "aria-label": "已有的判断" }, past) : null,
    flag.can_decide ? choices(flag, decide) : h("p", { class: "t2" }, "要由管这里的督查来判断。"),
  );
  return h(
    "section",
    { class: "panel", "aria-labelledby": "decision-title" },
    h("header", {}, h("h2", { class: "grow", id: "decision-title" }, "你的判断"), past.length ? tag("ok", "ok", `判断过 ${past.length} 次`) : null),
    body,
  );
}

/** @param {any} flag @param {(decision: string, note: string) => Promise<void>} decide */
function choices(flag, decide) {
  const offered = OPTIONS.filter(([key]) => key !== "does_not_count" || flag.effect);
  const radios = offered.map(([key, word, more]) =>
    h(
      "label",
      { class: "decision" },
      h("input", { type: "radio", name: "decision", value: key, required: true }),
      h("span", {}, h("b", { class: "block" }, word), h("span", { class: "t2 small" }, more)),
    ),
  );
  const note = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { class: "field", name: "note", rows: 2, minlength: 2, maxlength: 300, required: true })
  );
  const act = button("存下判断", { class: "btn main wide", icon: "ok", type: "submit" });
  act.addEventListener("click", () => {
    const form = /** @type {HTMLFormElement} */ (act.form);
    if (!form.reportValidity()) return;
    const decision = String(new FormData(form).get("decision"));
    void busy(act, "正在存……", () => decide(decision, note.value.trim()));
  });
  return [
    h("fieldset", { class: "col gap-s" }, h("legend", { class: "vh" }, "说得通吗"), radios),
    labelled("写一句为什么", note, "（本人看得到）"),
    h("div", {}, act),
    h("p", { class: "t2 small" }, "判断写进只增不改的记录。以后可以再判断，不能抹掉。"),
  ];
}
