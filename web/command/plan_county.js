// @ts-check
/** A whole county: one job for each township, how far each is, what could not be divided and why. */

import { button, byId, fill, h, icon } from "./dom.js";
import { get, post } from "./http.js";
import { busy, empty } from "./pane.js";
import { exportLinks } from "./plan_choice.js";
import { choices, failures, follow, progress } from "./plan_draft.js";
import { lamp } from "./plan_metrics.js";

const ASK_MS = 2000;
/** @typedef {{code: string, name: string, towns: Map<string, any[]>, open: (code: string) => void}} County */

/** @type {County|null} */
let county = null;

/** Show a county with its newest run. @param {County} chosen */
export async function openCounty(chosen) {
  county = chosen;
  const villages = [...chosen.towns.values()].flat().length;
  fill(byId("facts"), `${chosen.code} · ${chosen.towns.size} 个乡镇，${villages} 个村有边界`);
  fill(byId("town-title"), `${chosen.name}各乡镇`);
  fill(byId("town-changes-title"), "算到哪里了");
  fill(byId("town-file"), exportLinks(`units/${chosen.code}/grids.file`));
  const runs = await get("division-runs", { unit: chosen.code });
  if (county === chosen) await showRun(runs[0]);
}

export function closeCounty() {
  county = null;
}

/** Divide every village of the county. */
export async function draftCounty() {
  if (!county) return;
  const { k: _, ...body } = /** @type {any} */ (choices());
  await showRun(await post("division-runs", { unit: county.code, ...body }));
}

/** @param {any} run or undefined */
async function showRun(run) {
  const here = county;
  if (!here) return;
  if (!run) {
    townsTable(here, undefined);
    const words = "写好每格约多少户，点“算全县草案”。每个乡镇自己算，不会动现行方案。";
    fill(byId("town-changes"), empty("还没有草案", words, "split"));
    return;
  }
  const draw = (/** @type {any} */ now) => {
    townsTable(here, now);
    outcome(now);
  };
  await follow(run, draw, () => county === here, { everyMs: ASK_MS });
}

/** @param {County} here @param {any} run */
function townsTable(here, run) {
  const parts = new Map((run?.townships ?? []).map((/** @type {any} */ part) => [part.township, part]));
  fill(
    byId("town-villages"),
    h(
      "table",
      { "aria-label": "各乡镇的草案" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, "乡镇"),
          h("th", { class: "n" }, "村"),
          h("th", { class: "n" }, "算好"),
          h("th", { class: "n" }, "等发布"),
          h("th", {}, "结果"),
        ),
      ),
      h(
        "tbody",
        {},
        [...here.towns].map(([code, inside]) => townRow(here, code, inside, parts.get(code))),
      ),
    ),
  );
}

/** @param {County} here @param {string} code @param {any[]} inside @param {any} part */
function townRow(here, code, inside, part) {
  const act = () => here.open(inside.length > 1 ? code : inside[0].code);
  return h(
    "tr",
    {},
    h("td", {}, button(inside[0].parent_name, { class: "btn quiet", act })),
    h("td", { class: "n" }, inside.length),
    h("td", { class: "n" }, part ? part.done : "—"),
    h("td", { class: "n" }, part ? part.drafts : "—"),
    h("td", {}, part && stateOf(part)),
  );
}

/** Where a township is; a village that could not be divided stands with its reason. @param {any} part */
function stateOf(part) {
  const kind = { done: "g", failed: "r" }[/** @type {string} */ (part.state)];
  return [
    kind ? lamp(/** @type {any} */ (kind), part.state_name) : h("span", { class: "t2" }, part.state_name),
    part.failures.map((/** @type {any} */ one) => h("p", { class: "danger-text small" }, `${one.name}：${one.text}`)),
  ];
}

/** @param {any} run */
function outcome(run) {
  const pane = byId("town-changes");
  const bad = failures(run).length;
  const again = (/** @type {string} */ words) => {
    const act = () => busy(press, "正在接着算……", async () => showRun(await post(`division-runs/${run.id}/resume`)));
    const press = button(words, { class: "btn grow", icon: "undo", act: () => void act() });
    return h("div", { class: "row wrap" }, press);
  };
  if (run.state !== "done") {
    const stuck = "关掉这一页也会接着算。停电停机后很久不动，点下面。";
    fill(pane, progress(run), h("p", { class: "small t2 grow" }, stuck), again("接着算"));
    return;
  }
  const line = (/** @type {string} */ words, /** @type {string} */ figure) =>
    h("div", { class: "row between" }, h("span", {}, words), h("b", {}, figure));
  fill(
    pane,
    h(
      "div",
      { class: "col gap-s grow scroll" },
      line("算好的村", `${run.done} / ${run.villages} 个`),
      line("等发布的草案", `${run.drafts} 份`),
      bad > 0 && h("p", { class: "note danger small" }, icon("warn"), `${bad} 个村没算成，左边写着原因。`),
      h("p", { class: "small t2" }, "点乡镇名，看每个村的结果和发布前会变的，一镇一镇发布。"),
    ),
    bad > 0 && again("再算没算成的村"),
  );
}
