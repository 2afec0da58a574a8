// @ts-check
/** Before publishing: what would change, as the server works it out. Publishing, or putting an older plan in force again. */

import { button, fill, h, icon } from "./dom.js";
import { get, post } from "./http.js";
import { busy, empty, load } from "./pane.js";
import { number } from "./plan_map.js";
import { remarks } from "./plan_metrics.js";

/** @param {string} code */
const name = (code) => `第${number({ code })}网格`;
/** @param {string[]} codes */
const names = (codes) => h("p", { class: "t2 small" }, codes.map(name).join("、") || "没有");

/**
 * @param {HTMLElement} holder
 * @param {{plan: any, village: any, published: (answer: any) => Promise<void>}} shown
 */
export async function showChanges(holder, { plan, village, published }) {
  holder.dataset.plan = plan?.id ?? "";
  if (!plan) {
    fill(holder, empty("还没有草案", "写好目标户数或网格数，点“算一份草案”。几秒就好，不会动现行方案。", "split"));
    return;
  }
  if (plan.state === "published") {
    fill(holder, empty("这就是现行方案", "右边选一份草案或旧方案，再看会变什么。", "split"));
    return;
  }
  await load(
    holder,
    () => get(`plans/${plan.id}/preview`),
    (found) => {
      if (holder.dataset.plan !== String(plan.id)) return;
      fill(
        holder,
        h(
          "div",
          { class: "col gap-s grow scroll" },
          plan.parameters.method === "scratch" &&
            found.moved_households > 0 &&
            h("p", { class: "note warn small" }, icon("warn"), `从头重新划，有 ${found.moved_households} 户要换网格。`),
          figures(found),
          codes(plan.metrics.changes),
          remarks(plan.metrics).map((/** @type {string} */ text) =>
            h("p", { class: "note warn small" }, icon("warn"), text),
          ),
          h("p", { class: "small t2" }, "旧方案留着。过去的记录仍算当天的网格。"),
        ),
        h("div", { class: "row wrap" }, publisher(plan, village, published)),
      );
    },
  );
}

/** A line whose figure opens what it counts. @param {string} words @param {any} inner @param {string} figure */
function opened(words, inner, figure) {
  return h(
    "details",
    { class: "figure-line" },
    h("summary", { class: "row between" }, h("span", {}, words), h("b", { class: "fig-link" }, figure)),
    inner,
  );
}

/** @param {any[]} rows */
const list = (rows) => h("ul", { class: "t2 small" }, rows.length ? rows : h("li", {}, "没有"));

/** @param {any} found */
function figures(found) {
  const before = found.kept.length + found.gone.length;
  const tasks = found.tasks.map((/** @type {any} */ one) =>
    h(
      "li",
      {},
      `${one.title}：${name(one.grid)} → ${name(one.to_grid)}`,
      one.person === one.to_person ? `，还是${one.person}` : `，${one.person} → ${one.to_person}`,
    ),
  );
  const ended = found.ended_duties.map((/** @type {any} */ one) =>
    h("li", {}, `${one.person}，${name(one.grid)}${one.role_name}`),
  );
  const line = (/** @type {string} */ words, /** @type {string} */ figure) =>
    h("div", { class: "row between" }, h("span", {}, words), h("b", {}, figure));
  return [
    before > 0 && [
      line("换责任人的户", `${found.reassigned_households} 户`),
      line("换网格的户", `${found.moved_households} 户`),
      opened("要移交的任务", list(tasks), `${tasks.length} 件`),
      opened("保留的网格编码", names(found.kept), `${found.kept.length} / ${before}`),
      ended.length > 0 && opened("跟着旧编码结束的职责", list(ended), `${ended.length} 项`),
    ],
    found.fresh.length > 0 && opened("新编码的网格", names(found.fresh), `${found.fresh.length} 个`),
    opened("没有责任人的网格", names(found.open_grids), `${found.open_grids.length} 个`),
    opened("每格、每人的量", loads(found), `${found.grids.length} 格`),
  ];
}

const BECAME = /** @type {Record<string, string>} */ ({
  kept: "不动",
  moved: "边上有户换格",
  split: "分出一格",
  merged: "并进了别的格",
  new: "新的一格",
  retired: "停用",
});

/** What became of every code of the plan the draft goes on from, if it does. @param {any[]|undefined} changes */
function codes(changes) {
  const moving = (changes ?? []).filter((one) => one.kind !== "kept");
  if (!changes) return null;
  const rows = moving.map((one) => {
    const households = Math.round(one.moved_households);
    return h("li", {}, `${name(one.code)}：${BECAME[one.kind] ?? one.kind}`, households > 0 && `，${households} 户`);
  });
  return opened("和现行方案比，动了的网格", list(rows), `${moving.length} 个`);
}

/** What each grid would carry, in the order of codes; a person's sum only shows who has several. @param {any} found */
function loads(found) {
  return h(
    "div",
    { class: "col gap-s small" },
    h(
      "table",
      { "aria-label": "每个网格的量" },
      h(
        "tbody",
        {},
        found.grids.map((/** @type {any} */ grid) =>
          h(
            "tr",
            {},
            h("td", {}, name(grid.code)),
            h("td", { class: "n" }, `${grid.households} 户`),
            h("td", { class: grid.person ? "" : "danger-text" }, grid.person || "没有责任人"),
          ),
        ),
      ),
    ),
    found.persons.map((/** @type {any} */ one) =>
      h("p", { class: "t2" }, `${one.name}：一共 ${one.grids} 个网格，${one.households} 户（含别村）`),
    ),
  );
}

/** @param {any} plan @param {any} village @param {(answer: any) => Promise<void>} published */
function publisher(plan, village, published) {
  const isOld = plan.state === "retired";
  const act = () =>
    busy(press, "正在发布……", async () =>
      published(await post(`plans/${plan.id}/${isOld ? "republish" : "publish"}`)),
    );
  const words = isOld ? `恢复${village.short_name}的这个旧方案` : "看清楚了，发布";
  const press = button(words, { class: "btn main grow", icon: "ok", act: () => void act() });
  return press;
}

/** @param {HTMLElement} holder @param {string} place @param {any} answer */
export function sayPublished(holder, place, answer) {
  const open = answer.open_grids;
  const shown = open.slice(0, 12).map(name).join("、");
  fill(
    holder,
    h(
      "div",
      { class: "col gap-s grow scroll", role: "status" },
      h("p", { class: "note ok" }, icon("ok"), `已发布。${place}用新方案了。`),
      h("p", {}, `责任人接着管的 ${answer.carried_duties} 项，跟着地走的任务 ${answer.moved_tasks} 件。`),
      (answer.refused ?? []).map((/** @type {any} */ one) =>
        h("p", { class: "note danger small" }, icon("warn"), `${one.name}没有发布：${one.text}`),
      ),
      open.length > 0 &&
        h(
          "div",
          { class: "note danger" },
          icon("people"),
          h("span", {}, `${open.length} 个网格还没有责任人`, open.length <= 12 && `：${shown}`),
        ),
    ),
    open.length > 0 &&
      h("div", { class: "row" }, h("a", { class: "btn grow", href: "/admin/people/" }, icon("people"), "去指定")),
  );
}
