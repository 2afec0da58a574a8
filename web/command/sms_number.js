// @ts-check
/** Where urgent short messages to a person go: shown with its middle hidden, set by the county; nothing where SMS is off. */

import { button, fill, h, icon } from "./dom.js";
import { Problem, get, post } from "./http.js";
import { busy } from "./pane.js";

/** @param {any} person */
export function smsNumber(person) {
  const holder = h("div", { class: "col gap" });
  const path = `people/${person.id}/sms-number`;

  /** @param {any} told */
  const draw = (told) => {
    if (!told.is_on) return;
    const field = /** @type {HTMLInputElement} */ (h("input", { class: "field num", type: "tel", name: "sms", "aria-label": "新的短信号码", autocomplete: "off" }));
    const said = h("p", { class: "is-refused small", role: "alert" });
    const save = button("改号码", { class: "btn slim", act: () => void busy(save, "正在存……", send) });
    const send = () =>
      post(path, { number: field.value }).then(draw, (problem) => {
        if (!(problem instanceof Problem)) throw problem;
        fill(said, problem.message);
      });
    fill(
      holder,
      h("h3", { class: "item" }, "紧急短信发到"),
      h("p", { class: "t2" }, told.number || "没有号码，不发短信。"),
      told.is_dead && h("p", { class: "note warn" }, icon("warn"), "这个号码发不到，请换一个。"),
      told.may_set && h("div", { class: "row" }, field, save),
      said,
    );
  };
  void get(path).then(draw, () => undefined);
  return holder;
}
