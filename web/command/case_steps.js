// @ts-check
/** What I can do to a case now: the first thing open with the one main button, the others folded below. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { officeChoice } from "./office_choice.js";
import { busy } from "./pane.js";

/** In which order steps are offered: what moves the case on comes first. */
const ORDER = ["assign", "start", "feedback", "ask_check", "verify", "close", "return", "reject"];
/** @type {Record<string, string>} */
const WAITING = {
  submitted: "还没受理。",
  registered: "等派遣员派给一个单位。",
  returned: "单位退回来了，等派遣员改派，或者不立案。",
  assigned: "等单位签收。",
  handling: "单位正在办。",
  rework: "核查没通过，等单位返工。",
  feedback: "单位办完了，等镇里送核查。",
  post_verify: "等没办过这件事的人核查。",
  closed: "结案了，没有下一步。",
  rejected: "没有立案，没有下一步。",
  merged: "合到别的案件里一起办了。",
};

/**
 * @param {HTMLElement} holder
 * @param {any} found the case
 * @param {{moved: (fresh: any) => void, conflict: () => Promise<string>}} acts what was written stays; a second press then
 *   speaks of the state that was shown after the first
 */
export function drawSteps(holder, found, { moved, conflict }) {
  const verifies = found.may.some((/** @type {string} */ name) => ["pass", "not_pass", "unable"].includes(name));
  const may = new Set(verifies ? [...found.may, "verify"] : found.may);
  let expected = found.state;
  const names = ORDER.filter((name) => may.has(name));
  /** @param {HTMLButtonElement} pressed @param {string} path @param {any} body */
  const send = (pressed, path, body) =>
    busy(pressed, "正在存……", async () => {
      try {
        moved(await post(`cases/${found.id}/${path}`, { ...body, expected_state: expected }));
      } catch (error) {
        if (/** @type {any} */ (error).type === "/problems/case_moved") expected = await conflict();
        throw error;
      }
    });
  const [first, ...others] = names.map((name) => FORMS[name](found, send));
  fill(
    holder,
    first ? h("div", { class: "step-form" }, first.body(true)) : waiting(found),
    others.map((other) => h("details", { class: "fold" }, h("summary", {}, other.word), other.body(false))),
  );
}

/** @param {any} found */
function waiting(found) {
  const mine = found.state === "post_verify" && found.handled_by_me;
  return [
    h("p", {}, WAITING[found.state] ?? ""),
    mine && h("p", { class: "note main" }, icon("shield"), "你办过这件案子，要由别人核查。"),
  ];
}

/** @typedef {(pressed: HTMLButtonElement, path: string, body: any) => Promise<void>} Send */
/** @typedef {(isFirst: boolean) => HTMLElement} Draw */

/** @param {string} label @param {string} hint @param {boolean} [required] */
function words(label, hint, required = false) {
  const area = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { class: "field", name: "note", placeholder: hint, required, maxlength: 500 })
  );
  return { area, element: h("label", { class: "labelled" }, label, area) };
}

/** @param {string} word @param {string} name @param {boolean} isFirst @param {(pressed: HTMLButtonElement) => void} act */
function go(word, name, isFirst, act) {
  return h(
    "form",
    {
      class: "row",
      on: {
        submit: (/** @type {Event} */ event) => event.preventDefault(),
      },
    },
    button(word, {
      icon: name,
      class: isFirst ? "btn main grow" : "btn grow",
      act: (event) => act(/** @type {HTMLButtonElement} */ (event.currentTarget)),
    }),
  );
}

/** @param {{reportValidity: () => boolean}[]} fields */
const complete = (...fields) => fields.every((field) => field.reportValidity());

/** @type {Record<string, (found: any, send: Send) => {word: string, body: Draw}>} */
const FORMS = {
  assign(found, send) {
    const word = found.state === "assigned" ? "改派" : "派遣";
    const choice = officeChoice(found.offices, found);
    const note = words("要交代的话", "可以不写");
    return {
      word,
      body: (isFirst) =>
        h(
          "div",
          { class: "col gap-s" },
          choice.element,
          note.element,
          go(word, "up", isFirst, (pressed) => {
            if (complete(choice.office)) void send(pressed, "assign", { ...choice.body(), note: note.area.value });
          }),
        ),
    };
  },
  start: (found, send) => ({
    word: "签收，开始处置",
    body: (isFirst) =>
      h(
        "div",
        { class: "col gap-s" },
        h("p", { class: "t2" }, found.state === "rework" ? "核查没通过，要再办一次。" : "点了就算你们单位接下了。"),
        go("签收，开始处置", "ok", isFirst, (pressed) => void send(pressed, "start", {})),
      ),
  }),
  feedback(found, send) {
    const note = words("办得怎样", "比如：清走两车垃圾，立了牌子", true);
    return {
      word: "反馈",
      body: (isFirst) =>
        h(
          "div",
          { class: "col gap-s" },
          note.element,
          h("p", { class: "t2 small" }, "办的人不能自己核查，镇里会另请人去看。"),
          go("反馈，办完了", "msg", isFirst, (pressed) => {
            if (complete(note.area)) void send(pressed, "feedback", { text: note.area.value });
          }),
        ),
    };
  },
  ask_check(found, send) {
    const person = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        { class: "field", name: "person" },
        h("option", { value: "" }, "在镇里核查"),
        found.checkers.map((/** @type {any} */ one) => h("option", { value: one.id }, `${one.name}（网格里，手机上收到任务）`)),
      )
    );
    return {
      word: "送核查",
      body: (isFirst) =>
        h(
          "div",
          { class: "col gap-s" },
          h("label", { class: "labelled" }, "请谁核查", person),
          found.checkers.length === 0 && h("p", { class: "t2 small" }, "这个网格里没有能去看的人，只能在镇里核查。"),
          go("送核查", "eye", isFirst, (pressed) => void send(pressed, "check", { person: person.value || null })),
        ),
    };
  },
  verify: (found, send) => ({ word: "核查", body: (isFirst) => verdict(found, send, isFirst) }),
  close(found, send) {
    return {
      word: "结案",
      body: (isFirst) =>
        h(
          "div",
          { class: "col gap-s" },
          h("p", { class: "t2" }, "核查通过了。"),
          go("结案", "shield", isFirst, (pressed) => void send(pressed, "close", {})),
        ),
    };
  },
  return: (found, send) => withReason("退回", "为什么退回", "return", "undo", send),
  reject: (found, send) => withReason("不立案", "为什么不立案（上报人会看到）", "reject", "x", send),
};

/** @param {string} word @param {string} label @param {string} path @param {string} name @param {Send} send */
function withReason(word, label, path, name, send) {
  const note = words(label, "写一句话", true);
  return {
    word,
    body: (/** @type {boolean} */ isFirst) =>
      h(
        "div",
        { class: "col gap-s" },
        note.element,
        go(word, name, isFirst, (pressed) => {
          if (complete(note.area)) void send(pressed, path, { reason: note.area.value });
        }),
      ),
  };
}

/** Three equal answers; the last two say why. @param {any} found @param {Send} send @param {boolean} isFirst */
function verdict(found, send, isFirst) {
  const asked = found.steps.findLast((/** @type {any} */ step) => step.operation === "ask_check");
  const note = words("看到了什么", "没通过、没法核查要写一句");
  let result = "";
  const answers = h("div", { class: "choice", role: "group", "aria-label": "核查结果" });
  const draw = () =>
    fill(
      answers,
      [
        ["pass", "通过"],
        ["not_pass", "没通过"],
        ["unable", "没法核查"],
      ].map(([key, word]) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(result === key),
            class: key === "not_pass" ? "bad" : "",
            on: {
              click: () => {
                result = key;
                note.area.required = key !== "pass";
                draw();
              },
            },
          },
          word,
        ),
      ),
    );
  draw();
  return h(
    "div",
    { class: "col gap-s" },
    asked?.assignee && h("p", { class: "t2" }, `已请 ${asked.assignee} 去看，手机上答。也可以在这里核查。`),
    answers,
    note.element,
    go("交核查结果", "eye", isFirst, (pressed) => {
      if (!result) answers.querySelector("button")?.focus();
      else if (complete(note.area)) void send(pressed, "verify", { result, note: note.area.value });
    }),
  );
}
