// @ts-check
/** The card beside an edit: what to choose, what the step would do, why it was not done. */

import { button, fill, h, icon } from "./dom.js";
import { busy } from "./pane.js";
import { number } from "./plan_map.js";

/** @param {string} code */
export const gridName = (code) => `第${number({ code })}网格`;

/** @param {HTMLElement} holder of the map */
export function editCard(holder) {
  const card = h("section", { class: "card edit-card", "aria-label": "手工改草案", hidden: true });
  holder.append(card);
  const show = (/** @type {any[]} */ ...content) => {
    card.hidden = false;
    fill(card, content);
  };

  return {
    element: card,
    hide() {
      card.hidden = true;
      fill(card);
    },

    /** @param {string} title @param {string} hint @param {Array<{id: string, words: string, more?: string}>} rows @param {(id: string) => void} act */
    choose(title, hint, rows, act) {
      show(
        h("b", {}, title),
        h("p", { class: "t2 small" }, hint),
        h(
          "ul",
          { class: "edit-list" },
          rows.map((row) =>
            h(
              "li",
              {},
              h(
                "button",
                { type: "button", class: "btn quiet wide", data: { id: row.id }, on: { click: () => act(row.id) } },
                h("span", { class: "grow" }, row.words),
                h("span", { class: "t2 num" }, row.more ?? ""),
              ),
            ),
          ),
        ),
      );
    },

    /** @param {string} title @param {string} hint @param {() => void} leave */
    hint(title, hint, leave) {
      show(h("b", {}, title), h("p", { class: "t2 small" }, hint), button("不要", { class: "btn", act: leave }));
    },

    /** @param {any} step of the preview @param {{keep: () => Promise<void>, leave: () => void}} acts */
    step(step, { keep, leave }) {
      const tiled = step.gap_m2 < 1 && step.overlap_m2 < 1;
      const press = button("就这样", {
        class: "btn main grow",
        act: () => void busy(press, "正在存……", keep),
      });
      press.disabled = !tiled;
      show(
        h("b", {}, "这一步会"),
        h(
          "ul",
          { class: "edit-rows" },
          step.changes.map((/** @type {any} */ one) =>
            h(
              "li",
              { class: "row between" },
              h("span", {}, gridName(one.code)),
              h("b", { class: "num" }, `${one.households[0]} → ${one.households[1]} 户`),
            ),
          ),
        ),
        h(
          "p",
          { class: tiled ? "row ok-text" : "row danger-text", role: "status" },
          icon(tiled ? "ok" : "warn"),
          tiled
            ? "没有缝隙，没有重叠"
            : `缝隙 ${Math.round(step.gap_m2)}、重叠 ${Math.round(step.overlap_m2)} 平方米`,
        ),
        h("div", { class: "row" }, press, button("不要", { class: "btn", act: leave })),
      );
    },

    /** @param {any} problem @param {{leave: () => void, look?: () => void}} acts */
    refused(problem, { leave, look }) {
      show(
        h("p", { class: "note warn", role: "alert" }, icon("warn"), problem.message),
        h(
          "div",
          { class: "row" },
          look && button("看看改了什么", { class: "btn main grow", act: look }),
          button("不要", { class: "btn grow", act: leave }),
        ),
      );
    },
  };
}
