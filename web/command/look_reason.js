// @ts-check
/** Before a person's way is shown: the reason, asked for once, with what happens to it said first. */

import { button, fill, h, icon } from "./dom.js";
import { busy } from "./pane.js";
import { labelled } from "./task_form.js";

const LEAST = 4;

/**
 * Ask for a reason and fetch with it. Nothing comes back if the person thought better of it.
 * @template T
 * @param {{fetch: (reason: string) => Promise<T>, reason?: string, example?: string}} options
 * @returns {Promise<{found: T, reason: string}|undefined>}
 */
export function withReason({ fetch, reason: before = "", example = "核对 9:20 到 9:40 的走访" }) {
  return new Promise((settle) => {
    /** @type {{found: T, reason: string}|undefined} */
    let answer;
    const reason = /** @type {HTMLTextAreaElement} */ (
      h("textarea", {
        class: "field",
        name: "reason",
        required: true,
        minlength: LEAST,
        maxlength: 200,
        rows: 2,
        value: before,
        placeholder: `例如：${example}`,
      })
    );
    const act = button("写好了，看路线", { class: "btn main", icon: "eye", type: "submit" });
    const dialog = /** @type {HTMLDialogElement} */ (
      h("dialog", { class: "card look", "aria-label": "看一个人的路线" })
    );
    const send = () =>
      busy(act, "正在取……", async () => {
        const said = reason.value.trim();
        answer = { found: await fetch(said), reason: said };
        dialog.close();
      });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void send();
    };
    fill(
      dialog,
      h(
        "form",
        { class: "col gap", on: { submit } },
        h("h2", { class: "title" }, "看一个人的路线"),
        h("p", { class: "note main" }, icon("eye"), h("span", {}, "会记录并告诉本人：谁看的、什么时候、什么理由。")),
        labelled("理由", reason, `至少 ${LEAST} 个字`),
        h("div", { class: "row wrap" }, act, button("不看了", { act: () => dialog.close() })),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      settle(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    reason.focus();
  });
}
