// @ts-check
/** Before publishing: what would move. Publishing. Afterwards: what did. */

import { button, fill, h, icon } from "./dom.js";
import { post } from "./http.js";
import { busy, empty, wrong } from "./pane.js";
import { changes } from "./plan_changes.js";
import { number } from "./plan_map.js";
import { remarks } from "./plan_metrics.js";

/** @param {any[]} grids */
const names = (grids) => grids.map((grid) => `第${number(grid.properties)}网格`).join("、");
/** @param {string} code */
const name = (code) => `第${number({ code })}网格`;

/**
 * @param {HTMLElement} holder
 * @param {{draft: any, inForce: any, buildings: any, village: any, published: (answer: any) => Promise<void>}} plan
 */
export async function showChanges(holder, plan) {
  const { draft, inForce, buildings } = plan;
  holder.dataset.plan = draft?.id ?? "";
  if (!draft) {
    fill(holder, empty("还没有草案", "写好目标户数或网格数，点“算一份草案”。几秒就好，不会动现行方案。", "split"));
    return;
  }
  try {
    const found = await changes(draft.grids, inForce?.grids, buildings);
    if (holder.dataset.plan !== String(draft.id)) return;
    fill(
      holder,
      h(
        "div",
        { class: "col gap-s grow scroll" },
        figures(found),
        remarks(draft.metrics).map((/** @type {string} */ text) =>
          h("p", { class: "note warn small" }, icon("warn"), text),
        ),
        h("p", { class: "small t2" }, "旧方案留着。过去的记录仍算当天的网格。"),
      ),
      h("div", { class: "row wrap" }, publisher(plan)),
    );
  } catch (error) {
    fill(
      holder,
      wrong(error, () => void showChanges(holder, plan)),
    );
  }
}

/** Each figure opens what it counts. @param {any} found */
function figures(found) {
  const opened = (/** @type {string} */ words, /** @type {any} */ inner, /** @type {string} */ figure) =>
    h(
      "details",
      { class: "figure-line" },
      h("summary", { class: "row between" }, h("span", {}, words), h("b", { class: "fig-link" }, figure)),
      inner,
    );
  const list = (/** @type {any[]} */ grids) => h("p", { class: "t2 small" }, names(grids) || "没有");
  const tasks = found.tasks.map((/** @type {any} */ task) => h("li", {}, `${task.title}（${task.grid_name}）`));
  return [
    found.before.length > 0 &&
      h("div", { class: "row between" }, h("span", {}, "换网格的户"), h("b", {}, `${found.households} 户`)),
    found.before.length > 0 &&
      opened("保留的网格编码", list(found.kept), `${found.kept.length} / ${found.before.length}`),
    opened("新网格，要指定责任人", list(found.fresh), `${found.fresh.length} 个`),
    opened(
      "跟着地走的任务",
      h("ul", { class: "t2 small" }, tasks.length ? tasks : h("li", {}, "没有")),
      `${tasks.length} 件`,
    ),
  ];
}

/** @param {{draft: any, published: (answer: any) => Promise<void>}} plan */
function publisher({ draft, published }) {
  const act = () => busy(press, "正在发布……", async () => published(await post(`plans/${draft.id}/publish`)));
  const press = button("看清楚了，发布", { class: "btn main grow", icon: "ok", act: () => void act() });
  return press;
}

/** @param {HTMLElement} holder @param {any} village @param {any} answer */
export function sayPublished(holder, village, answer) {
  const open = answer.open_grids;
  fill(
    holder,
    h(
      "div",
      { class: "col gap-s grow scroll", role: "status" },
      h("p", { class: "note ok" }, icon("ok"), `已发布。${village.short_name}用新方案了。`),
      h("p", {}, `责任人接着管的 ${answer.carried_duties} 项，跟着地走的任务 ${answer.moved_tasks} 件。`),
      open.length > 0 &&
        h(
          "div",
          { class: "note danger" },
          icon("people"),
          h("span", {}, `${open.length} 个网格还没有责任人：${open.map(name).join("、")}`),
        ),
    ),
    open.length > 0 &&
      h("div", { class: "row" }, h("a", { class: "btn grow", href: "/admin/people/" }, icon("people"), "去指定")),
  );
}
