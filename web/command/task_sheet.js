// @ts-check
/** One task: for whom, until when, what to look at, and how to take it back. */

import { button, fill, h, icon, tag } from "./dom.js";
import { post } from "./http.js";
import { busy, empty } from "./pane.js";
import { labelled } from "./task_form.js";
import { photosOf } from "./photos.js";
import { date, dayOf, until, when } from "./time.js";

export const STATES = /** @type {Record<string, [string, string, string]>} */ ({
  open: ["warn", "wait", "待办"],
  done: ["ok", "ok", "已办"],
  withdrawn: ["", "undo", "已撤回"],
});
const RESULTS = /** @type {Record<string, [string, string, string]>} */ ({
  ok: ["ok", "ok", "没问题"],
  problem: ["warn", "warn", "有问题"],
  no_entry: ["", "door", "进不去"],
});

/** @param {string} instant */
const day = (instant) => (dayOf(instant) === dayOf() ? "今天" : date(instant));
/** @param {any} task */
export const personOf = (task) => task.person?.name ?? "";

/**
 * @param {HTMLElement} side @param {any} task
 * @param {{mayWithdraw: boolean, withdrawn: () => Promise<any>}} acts
 */
export function openTask(side, task, { mayWithdraw, withdrawn }) {
  fill(
    side,
    h(
      "header",
      {},
      icon("list"),
      h("h2", { class: "grow" }, task.title),
      tag(...(STATES[task.state] ?? ["", "dots", task.state])),
    ),
    h(
      "div",
      { class: "in col gap scroll grow" },
      h(
        "dl",
        { class: "kv" },
        h("dt", {}, "网格"),
        h("dd", {}, task.grid_name),
        h("dt", {}, "给了"),
        h("dd", {}, personOf(task) || tag("danger", "warn", "没有责任人")),
        task.key_place && [h("dt", {}, "地点"), h("dd", {}, task.key_place)],
        h("dt", {}, "时间"),
        h("dd", {}, `${day(task.from)}起，到 ${until(task.to)}`),
        h("dt", {}, "缘由"),
        h("dd", {}, task.ground),
      ),
      h("h3", { class: "item" }, "看什么"),
      h(
        "ul",
        { class: "lines" },
        (task.items ?? []).map((/** @type {any} */ item) =>
          h(
            "li",
            {},
            h(
              "div",
              { class: "grow" },
              item.text ?? item.item,
              h("span", { class: "t2 small block" }, [item.answered_at && when(item.answered_at), item.note].filter(Boolean).join(" · ")),
              item.photos_expected > 0 && photosOf({ ...item, person: task.person }),
            ),
            item.result
              ? tag(...(RESULTS[item.result] ?? ["", "dots", item.result]))
              : h("span", { class: "t2 small" }, "还没回"),
          ),
        ),
      ),
      task.state === "open" && mayWithdraw && withdrawal(side, task, withdrawn),
    ),
  );
}

/** @param {HTMLElement} side @param {any} task @param {() => Promise<any>} withdrawn */
function withdrawal(side, task, withdrawn) {
  const why = /** @type {HTMLInputElement} */ (
    h("input", { class: "field", name: "ground", required: true, maxlength: 200, placeholder: "告诉本人为什么撤" })
  );
  const act = button("撤回任务", { icon: "undo", type: "submit" });
  return h(
    "details",
    { class: "withdraw" },
    h("summary", { class: "link" }, "撤回这件任务"),
    h(
      "form",
      {
        class: "col gap",
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            void busy(act, "正在撤……", async () => {
              await post(`tasks/${task.id}/withdraw`, { ground: why.value.trim() });
              await withdrawn();
              fill(side, empty("已撤回", "手机连上网就会看到。写过的答复还留着。", "undo"));
            });
          },
        },
      },
      labelled("理由", why),
      h("div", { class: "row wrap" }, act),
    ),
  );
}
