// @ts-check
/** Write to the people of an area: how grave, what to say, how many it reaches, then send. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";

const HEADLINE = 10;
const TEXT = 200;

/**
 * @param {HTMLElement} holder
 * @param {{codes: () => string[], sent: (alert: any) => void, picker: HTMLElement}} options
 */
export function messageForm(holder, { codes, sent, picker }) {
  let severity = "normal";
  let asked = 0;
  const grave = /** @type {const} */ ([
    ["normal", "一般", ""],
    ["urgent", "紧急", "sos"],
  ]).map(([kind, word, name]) =>
    h(
      "button",
      { type: "button", "aria-pressed": kind === severity, data: { kind }, on: { click: () => choose(kind) } },
      name && icon(name),
      word,
    ),
  );
  const title = /** @type {HTMLInputElement} */ (
    h("input", { class: "field", name: "title", required: true, maxlength: 40, autocomplete: "off" })
  );
  const titleHint = h("span", { class: "t2 plain-weight" });
  const text = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      class: "field",
      name: "text",
      required: true,
      maxlength: TEXT,
      rows: 4,
      placeholder: "第一句先说不要做什么，再说去哪里、做什么",
    })
  );
  const left = h("span", { class: "t2 plain-weight" });
  const hours = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      { class: "field", name: "expires_in_h" },
      [
        [6, "6 小时"],
        [24, "1 天"],
        [72, "3 天"],
      ].map(([n, word]) => h("option", { value: n }, word)),
    )
  );
  hours.value = "24";
  const reach = h("div", { class: "reach", role: "status" });
  const send = button("发出", { class: "btn main grow tall", icon: "tower", type: "submit" });

  /** @param {"normal"|"urgent"} kind */
  function choose(kind) {
    severity = kind;
    for (const each of grave) each.setAttribute("aria-pressed", String(each.dataset.kind === kind));
    title.maxLength = kind === "urgent" ? HEADLINE : 40;
    fill(titleHint, kind === "urgent" ? ` 不超过 ${HEADLINE} 个字` : "");
    void count();
  }

  /** How many people this would reach, asked before anything is sent. */
  async function count() {
    const areas = codes();
    const mine = (asked += 1);
    send.disabled = true;
    if (!areas.length) {
      fill(reach, h("p", { class: "t2" }, "选了地方，才知道发给几个人。"));
      return;
    }
    try {
      const answer = await post("messages/preview", { areas, severity });
      if (mine !== asked) return;
      const names = answer.names ?? [];
      fill(
        reach,
        h("p", {}, "发给 ", h("b", { class: "item" }, answer.people), " 人"),
        names.length > 0 && h("p", { class: "t2 small clip-2" }, names.join("、")),
        answer.unreached?.length > 0 &&
          h(
            "p",
            { class: "note warn small" },
            icon("cloud-off"),
            h("span", {}, `${answer.unreached.length} 人没有登记手机，要打电话：${answer.unreached.join("、")}`),
          ),
      );
      send.disabled = answer.people === 0;
    } catch (error) {
      if (mine === asked)
        fill(reach, h("p", { class: "note warn" }, icon("warn"), /** @type {Error} */ (error).message));
    }
  }

  const counted = () => fill(left, ` ${[...text.value].length} / ${TEXT} 字`);
  text.addEventListener("input", counted);
  counted();
  const form = h(
    "form",
    {
      class: "col gap grow",
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void busy(send, "正在发……", async () => {
            const alert = await post("messages", {
              areas: codes(),
              severity,
              title: title.value.trim(),
              text: text.value.trim(),
              expires_in_h: Number(hours.value),
            });
            title.value = text.value = "";
            counted();
            sent(alert);
          });
        },
      },
    },
    h(
      "div",
      {},
      h("div", { class: "b" }, "轻重"),
      h("div", { class: "choice danger-last" }, grave),
      h("p", { class: "small t2" }, "紧急的会一直响到本人点“收到”。"),
    ),
    labelled("标题", title),
    h("div", { class: "labelled grow-area" }, h("label", { class: "b", for: "message-text" }, "内容", left), text),
    h("div", { class: "labelled" }, h("div", { class: "b" }, "发给谁"), picker),
    labelled("多久后不再提醒", hours),
    h("div", { class: "send-bar col gap-s" }, reach, h("div", { class: "row wrap" }, send)),
  );
  text.id = "message-text";
  title.parentElement?.querySelector(".b")?.append(titleHint);
  fill(holder, form);
  choose("normal");
  return { count };
}
