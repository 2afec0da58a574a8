// @ts-check
/** Make a person accountable for a grid, from a day on. */

import { button, h } from "./dom.js";
import { get, post } from "./http.js";
import { busy } from "./pane.js";
import { labelled, roleWord } from "./task_form.js";
import { dayOf, instant } from "./time.js";

/** @param {any} full @param {() => void} again */
export function dutyForm(full, again) {
  const holder = h("details", {}, h("summary", { class: "link" }, "指定网格"));
  holder.addEventListener("toggle", async () => {
    if (holder.childElementCount > 1) return;
    const grids = await get("grids");
    const grid = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        { class: "field", name: "grid", required: true },
        [...grids]
          .sort((a, b) => Number(a.has_person) - Number(b.has_person))
          .map((one) => h("option", { value: one.code }, one.has_person ? one.name : `${one.name}（没有责任人）`)),
      )
    );
    const role = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        { class: "field", name: "role" },
        ["worker", "chief", "stand_in"].map((key) => h("option", { value: key }, roleWord(key))),
      )
    );
    const from = /** @type {HTMLInputElement} */ (
      h("input", { class: "field", type: "date", name: "from", value: dayOf(), min: dayOf(), required: true })
    );
    const press = button("指定", { class: "btn main", icon: "ok", type: "submit" });
    holder.append(
      h(
        "form",
        {
          class: "col gap pad-top",
          on: {
            submit: (/** @type {Event} */ event) => {
              event.preventDefault();
              void busy(press, "正在办……", async () => {
                const today = from.value === dayOf();
                await post("duties", {
                  grid: grid.value,
                  user: full.id,
                  role: role.value,
                  ...(today ? {} : { from: instant(from.value, "00:00") }),
                });
                again();
              });
            },
          },
        },
        labelled("网格", grid),
        h("div", { class: "pair" }, labelled("做什么", role), labelled("从哪天起", from)),
        h("p", { class: "small t2" }, "网格员只有一位。指定了新的，原来那位到此为止。"),
        h("div", { class: "row wrap" }, press),
      ),
    );
  });
  return holder;
}
