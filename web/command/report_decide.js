// @ts-check
/** What becomes of a report: register and assign, not register, join a case that says the same; or what became of it. */

import { button, fill, h, icon } from "./dom.js";
import { pageOf, stateTag } from "./case_words.js";
import { get, post } from "./http.js";
import { officeChoice } from "./office_choice.js";
import { busy } from "./pane.js";
import { ago } from "./time.js";

/**
 * @param {HTMLElement} holder
 * @param {{id: string}} report
 * @param {() => void} [decided]
 */
export async function drawDecision(holder, report, decided) {
  const read = async () => {
    try {
      draw(await get(`reports/${report.id}/decision`));
    } catch {
      fill(holder); // the report itself says what is wrong; what can be decided is asked again when it is opened anew
    }
  };
  /** @param {HTMLButtonElement} pressed @param {string} path @param {any} body */
  const send = (pressed, path, body) =>
    busy(pressed, "正在存……", async () => {
      await post(`reports/${report.id}/${path}`, body);
      await read();
      decided?.();
    });
  /** @param {any} found */
  const draw = (found) =>
    fill(holder, found.case ? became(found) : found.may.length ? choices(found, send) : h("p", { class: "t2" }, "还没受理。"));
  await read();
}

/** @param {any} found */
function became(found) {
  const { case: row, kept, reason } = found;
  return h(
    "div",
    { class: "note col" },
    h(
      "div",
      { class: "row" },
      stateTag(row),
      kept && ["合到 ", h("a", { href: pageOf(kept) }, kept.number)],
      row.number && h("a", { href: pageOf(row) }, `案件 ${row.number}`),
    ),
    reason && h("p", {}, `理由：${reason}`),
  );
}

/** @typedef {(pressed: HTMLButtonElement, path: string, body: any) => Promise<void>} Send */

/** @param {any} found @param {Send} send */
function choices(found, send) {
  const may = new Set(found.may);
  return [
    h("h3", { class: "item" }, "怎么处理"),
    near(found, send, may.has("merge")),
    may.has("register") && register(found, send, may.has("assign")),
    may.has("reject") && reject(send),
  ];
}

/** @param {Event} event */
const pressedOf = (event) => /** @type {HTMLButtonElement} */ (event.currentTarget);

/** @param {any} found @param {Send} send @param {boolean} mayAssign */
function register(found, send, mayAssign) {
  if (!mayAssign || !found.offices.some((/** @type {any} */ one) => one.people.length))
    return h(
      "div",
      { class: "row" },
      button("立案", { icon: "file", class: "btn main grow", act: (event) => void send(pressedOf(event), "register", {}) }),
    );
  const choice = officeChoice(found.offices);
  return h(
    "div",
    { class: "col gap-s" },
    choice.element,
    h(
      "div",
      { class: "row" },
      button("立案并派遣", {
        icon: "up",
        class: "btn main grow",
        act: (event) => {
          if (choice.office.reportValidity()) void send(pressedOf(event), "register", choice.body());
        },
      }),
    ),
  );
}

/** @param {Send} send */
function reject(send) {
  const reason = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { class: "field", name: "reason", required: true, minlength: 2, maxlength: 500, placeholder: "上报人会看到这句话" })
  );
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, "不立案"),
    h(
      "div",
      { class: "col gap-s" },
      h("label", { class: "labelled" }, "为什么不立案", reason),
      h(
        "div",
        { class: "row" },
        button("不立案", {
          icon: "x",
          class: "btn grow",
          act: (event) => {
            if (reason.reportValidity()) void send(pressedOf(event), "reject", { reason: reason.value });
          },
        }),
      ),
    ),
  );
}

/** @param {any} found @param {Send} send @param {boolean} mayMerge */
function near({ near: { metres, hours, has_place: hasPlace, cases, reports } }, send, mayMerge) {
  const limits = `${metres} 米内、${Math.round(hours / 24)} 天里`;
  if (!hasPlace) return h("p", { class: "t2 small" }, "没有位置，找不出附近同类的事。");
  if (!cases.length && !reports.length) return h("p", { class: "t2 small" }, `${limits}没有同类的事。`);
  return h(
    "section",
    {},
    h("p", {}, `${limits}有同类的事，可能是同一件：`),
    h(
      "ul",
      { class: "lines" },
      cases.map((/** @type {any} */ one) =>
        h(
          "li",
          {},
          h(
            "span",
            { class: "grow" },
            h("a", { href: pageOf(one) }, one.number),
            ` · ${one.state_name}`,
            h("span", { class: "t2 small block" }, `离这里 ${one.metres} 米，${ago(one.occurred_at)}。${one.text}`),
          ),
          mayMerge &&
            button("合并", {
              icon: "link",
              class: "btn",
              act: (event) => void send(pressedOf(event), "merge", { case: one.id }),
            }),
        ),
      ),
      reports.map((/** @type {any} */ one) =>
        h(
          "li",
          {},
          icon("flag"),
          h(
            "span",
            { class: "grow" },
            `${one.person}的上报，还没受理`,
            h("span", { class: "t2 small block" }, `离这里 ${one.metres} 米，${ago(one.occurred_at)}。${one.text}`),
          ),
        ),
      ),
    ),
  );
}
